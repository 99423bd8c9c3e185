"""Say in words whom a rule means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from personalize.rules import phrases
from personalize.rules.aggregates import AGGREGATES
from personalize.rules.operators import OPERATORS
from personalize.rules.syntax import Behaviour, Group, Leaf

MAX_LISTED = 8


def same(text: str) -> str:
    """Return the text as it is."""
    return text


@dataclass(frozen=True, slots=True)
class Names:
    """How a sentence calls things: its phrases translated, and names for what a rule refers to."""

    translate: Callable[[str], str] = same
    segment: Callable[[str], str] = same
    trait: Callable[[str], str] = same


ENGLISH = Names()


def describe_behaviour(behaviour: Behaviour, *, names: Names = ENGLISH) -> str:
    """Return what is counted: "the number of “Product Viewed” in the last 7 days"."""
    return _Sentence(names).subject(behaviour)


def describe(rule: Leaf | Group, *, names: Names = ENGLISH) -> str:
    """Return the rule in words, without a subject: "is in segment “vip” and device is “phone”"."""
    return _Sentence(names).rule(rule)


class _Sentence:
    """Says a rule in the words of `names`."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def rule(self, rule: Leaf | Group) -> str:
        return (
            self.joined(rule, self.condition) if isinstance(rule, Group) else self.condition(rule)
        )

    def say(self, phrase: str, **parts: str) -> str:
        return self.names.translate(phrase).format(**parts)

    def joined(self, group: Group, condition: Callable[[Leaf], str]) -> str:
        if not group.rules:
            return self.say(phrases.NOBODY if group.negated else phrases.EVERYBODY)
        parts = [
            condition(child) if isinstance(child, Leaf) else self.nested(child, condition)
            for child in group.rules
        ]
        joint = self.say(phrases.AND if group.combinator == "and" else phrases.OR)
        words = f" {joint} ".join(parts)
        return self.say(phrases.NOT, rule=words) if group.negated else words

    def nested(self, group: Group, condition: Callable[[Leaf], str]) -> str:
        words = self.joined(group, condition)
        return words if group.negated or not group.rules else f"({words})"

    def condition(self, leaf: Leaf) -> str:
        if leaf.behaviour:
            return self.done(leaf, leaf.behaviour)
        if leaf.field == "segments":
            slugs = leaf.value if isinstance(leaf.value, tuple) else (leaf.value or "",)
            named = self.listed([self.quoted(self.names.segment(slug)) for slug in slugs])
            return self.say(phrases.SEGMENTS[leaf.operator], segments=named)
        return self.compared(self.field(leaf.field), leaf)

    def filter(self, leaf: Leaf) -> str:
        return self.compared(leaf.field, leaf)

    def field(self, field: str) -> str:
        if field in phrases.FIELDS:
            return self.say(phrases.FIELDS[field])
        family, _, name = field.partition(".")
        if family == "trait":
            return self.say(phrases.TRAIT, name=self.names.trait(name))
        return self.say(phrases.PREDICTION, name=name)

    def compared(
        self, subject: str, leaf: Leaf, say_value: Callable[[Any], str] | None = None
    ) -> str:
        say_value = say_value or self.value
        label = self.say(OPERATORS[leaf.operator].label)
        words = f"{subject} {label}"
        if leaf.value is None:
            return words
        if leaf.operator == "between":
            lowest, highest = map(say_value, leaf.value)
            return f"{words} {self.say(phrases.BOUNDS, lowest=lowest, highest=highest)}"
        if isinstance(leaf.value, tuple):
            return f"{words} {self.listed([say_value(each) for each in leaf.value])}"
        return f"{words} {say_value(leaf.value)}"

    def done(self, leaf: Leaf, behaviour: Behaviour) -> str:
        if behaviour.aggregate == "count" and leaf.operator in phrases.TIMES:
            return self.counted(leaf, self.quoted(behaviour.event)) + self.scope(behaviour)
        is_duration = behaviour.aggregate.startswith("seconds_since")
        subject = self.subject(behaviour)
        return self.compared(subject, leaf, self.duration if is_duration else None)

    def subject(self, behaviour: Behaviour) -> str:
        phrase = AGGREGATES[behaviour.aggregate].phrase
        event, inside = self.quoted(behaviour.event), behaviour.property or ""
        return self.say(phrase, event=event, property=inside) + self.scope(behaviour)

    def counted(self, leaf: Leaf, event: str) -> str:
        if (leaf.operator, leaf.value) in phrases.AT_ALL:
            return self.say(phrases.AT_ALL[leaf.operator, leaf.value], event=event)
        once, often = phrases.HOW_OFTEN
        times = self.say(once if leaf.value == 1 else often, count=self.value(leaf.value))
        return self.say(phrases.TIMES[leaf.operator], event=event, times=times)

    def scope(self, behaviour: Behaviour) -> str:
        words = ""
        if behaviour.window == "session":
            words = f" {self.say(phrases.THIS_SESSION)}"
        elif behaviour.window:
            count, unit = behaviour.window[:-1], behaviour.window[-1]
            one, many = phrases.WINDOWS[unit]
            words = f" {self.say(one if count == '1' else many, count=count)}"
        if behaviour.where:
            words += f" ({self.say(phrases.WHERE, rule=self.joined(behaviour.where, self.filter))})"
        return words

    def duration(self, value: Any) -> str:
        for seconds, one, many in phrases.DURATIONS:
            if isinstance(value, int) and value and value % seconds == 0:
                count = value // seconds
                return self.say(one if count == 1 else many, count=str(count))
        return self.say(phrases.SECONDS, count=self.value(value))

    def value(self, value: Any) -> str:
        if isinstance(value, bool):
            return self.say(phrases.TRUE if value else phrases.FALSE)
        return self.quoted(value) if isinstance(value, str) else str(value)

    def quoted(self, text: str) -> str:
        return self.say(phrases.QUOTED, text=text)

    def listed(self, parts: Sequence[str]) -> str:
        if len(parts) > MAX_LISTED:
            more = str(len(parts) - MAX_LISTED)
            return self.say(phrases.AND_MORE, values=", ".join(parts[:MAX_LISTED]), count=more)
        if len(parts) < 2:
            return "".join(parts) or self.say(phrases.NOTHING)
        return f"{', '.join(parts[:-1])} {self.say(phrases.OR)} {parts[-1]}"
