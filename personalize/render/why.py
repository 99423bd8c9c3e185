"""Why a slot shows what it shows, in words: what was tried, and what each condition met."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from personalize.decide.assign import takes_part
from personalize.decide.decision import Decision, PlannedExperiment, Reason
from personalize.decide.record import Record
from personalize.rules.describe import Names, describe
from personalize.rules.evaluate import Explanation, explain
from personalize.rules.facts import Facts
from personalize.rules.syntax import Group, Leaf, segments_of
from personalize.rules.windows import MINUTE
from personalize.segment.names import editors_names, titles_of
from personalize.stats.bucketing import bucket

REASONS: dict[str, Promise] = {
    Reason.DEFAULT: _("No audience matched, so the default is shown."),
    Reason.TARGETING_MATCH: _("It is the first variant by priority whose audience matches."),
    Reason.SPLIT: _("It is the experiment's arm that was drawn for this visitor."),
    Reason.HOLDOUT: _("Held out: this visitor sees defaults everywhere, to compare with."),
    Reason.NO_CONSENT: _("Without consent to personalization only the request itself decides."),
    Reason.BOT: _("Programs see defaults."),
    Reason.STALE: _("The profile store did not answer in time, so the default is shown."),
    Reason.ERROR: _("Something failed, so the default is shown."),
}
SKIPPED: dict[str, Promise] = {
    "schedule": _("not tried: outside of its schedule"),
    "group": _("not tried: an earlier slot of the page shows one of its group"),
    "decided": _("not tried: decided before its turn came"),
    Reason.NO_CONSENT: _("not tried: it asks for more than consent allows"),
    Reason.BOT: _("not tried: programs see defaults"),
    Reason.STALE: _("not tried: the profile store did not answer"),
    Reason.HOLDOUT: _("not tried: the visitor is held out"),
}


class KnownFacts(Facts, Protocol):
    """Facts that know their age, and the rules of segments."""

    def rule_of(self, slug: str) -> Group | None:
        """Return the rule that decides who belongs to a segment."""

    def known_since(self, leaf: Leaf) -> int | None:
        """Return when what the condition asks was last told or counted, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One node of a rule with what it found: words, mark, the value and its age, nodes below.

    The nodes below a condition on segments are these segments, each with its rule.
    """

    words: str
    matched: bool
    actual: Any = None
    age: str = ""
    children: "tuple[Clause, ...]" = ()
    is_group: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """A variant or an experiment of the slot: what became of it, and its audience if asked."""

    name: str
    is_experiment: bool
    is_chosen: bool
    outcome: str
    audience: Clause | None


@dataclass(frozen=True, slots=True)
class Why:
    """One slot's answer."""

    slot: str
    shown: str
    reason: str
    sentence: str | Promise
    attempts: tuple[Attempt, ...]

    @property
    def is_default(self) -> bool:
        """Whether the slot shows its default."""
        return not self.shown


def whys_of(records: Sequence[Record]) -> list[Why]:
    """Return the answer for each record; the names of all are looked up together."""
    names = editors_names()
    asked = {each.id for record in records for each in record.candidates}
    asked |= {record.experiment.seed for record in records if record.experiment}
    for record in records:
        asked |= {arm[1] for arm in (record.experiment.arms if record.experiment else ()) if arm[1]}
    titles = titles_of(asked)
    return [_why(record, names, titles) for record in records]


def clause_of(rule: Leaf | Group, *, facts: KnownFacts, names: Names, now: int) -> Clause:
    """Return the rule with what each of its nodes found at `now`; segments are unfolded."""
    return _clause(rule, explain(rule, facts), _Asked(facts, names, now))


def moment(milliseconds: int) -> datetime:
    """Return the moment as an aware datetime."""
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)


def _why(record: Record, names: Names, titles: dict[str, str]) -> Why:
    decision, planned = record.decide_again(), record.planned()
    told = {each.get("variant") or each["experiment"]: each for each in decision.explanation}
    asked = _Asked(record.evidence, names, record.at)
    attempts = []
    if planned.experiment:
        skipped = told[planned.experiment.seed].get("skipped")
        attempts.append(_experiment(planned.experiment, decision, record, skipped, asked, titles))
    for candidate in planned.candidates:
        found = told[candidate.id]
        is_chosen = decision.variant == candidate.id and decision.reason is Reason.TARGETING_MATCH
        attempts.append(
            Attempt(
                titles.get(candidate.id, candidate.id),
                False,
                is_chosen,
                _outcome(found.get("skipped"), bool(found.get("matched")), is_chosen),
                None if "skipped" in found else asked.clause(candidate.rule),
            )
        )
    shown = titles.get(decision.variant, decision.variant) if decision.variant else ""
    sentence = REASONS[decision.reason]
    return Why(record.slot, shown, decision.reason.value, sentence, tuple(attempts))


def _outcome(skipped: str | None, matched: bool, is_chosen: bool) -> str:
    if skipped:
        return str(SKIPPED.get(skipped, skipped))
    if is_chosen:
        return gettext("its audience matches: chosen")
    return gettext("its audience matches") if matched else gettext("its audience does not match")


def _experiment(
    experiment: PlannedExperiment,
    decision: Decision,
    record: Record,
    skipped: str | None,
    asked: "_Asked",
    titles: dict[str, str],
) -> Attempt:
    visitor, is_chosen = record.viewer.visitor, decision.reason is Reason.SPLIT
    audience = None if skipped else asked.clause(experiment.rule)
    if skipped:
        outcome = str(SKIPPED.get(skipped, skipped))
    elif is_chosen:
        outcome = gettext("drew %(point)s, which is arm “%(arm)s”") % {
            "point": f"{bucket(experiment.seed, visitor):.4f}",
            "arm": decision.arm,
        }
    elif not takes_part(experiment, visitor):
        outcome = gettext("not in the %(percent)s %% of visitors who take part") % {
            "percent": f"{experiment.traffic * 100:g}"
        }
    else:
        outcome = gettext("its audience does not match")
    name = titles.get(experiment.seed, experiment.seed)
    return Attempt(name, True, is_chosen, outcome, audience)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The facts and names behind clauses; `unfolded` are the segments on the way down here."""

    facts: KnownFacts
    names: Names
    now: int
    unfolded: frozenset[str] = frozenset()

    def clause(self, rule: Leaf | Group) -> Clause:
        return _clause(rule, explain(rule, self.facts), self)

    def age(self, leaf: Leaf) -> str:
        since = self.facts.known_since(leaf)
        if since is None:
            return ""
        if self.now - since < MINUTE:
            return gettext("just now")
        at, now = moment(since), moment(self.now)
        return gettext("%(time)s old") % {"time": timesince(at, now)}

    def segments(self, slugs: Sequence[str]) -> tuple[Clause, ...]:
        """Return each segment with its rule; where there is one, the condition has named it."""
        found = tuple(self.segment(slug) for slug in slugs)
        return found[0].children if len(found) == 1 else found

    def segment(self, slug: str) -> Clause:
        rule = None if slug in self.unfolded else self.facts.rule_of(slug)
        below = replace(self, unfolded=self.unfolded | {slug})
        return Clause(
            self.names.segment(slug),
            self.facts.in_segment(slug),
            children=(below.clause(rule),) if rule else (),
        )


def _clause(rule: Leaf | Group, found: Explanation, asked: _Asked) -> Clause:
    if isinstance(rule, Leaf):
        return Clause(
            describe(rule, names=asked.names),
            found.matched,
            _said(found.actual, rule, asked.names),
            asked.age(rule),
            asked.segments(segments_of(rule)),
        )
    children = tuple(
        _clause(child, below, asked)
        for child, below in zip(rule.rules, found.children, strict=True)
    )
    if len(children) == 1 and not rule.negated:
        return children[0]
    return Clause(
        rule.combinator, found.matched, children=children, is_group=True, negated=rule.negated
    )


def _said(actual: Any, leaf: Leaf, names: Names) -> Any:
    """Return the value in words where it is not one itself."""
    if leaf.field == "segments" and isinstance(actual, Iterable):
        return ", ".join(names.segment(slug) for slug in actual) or gettext("none of them")
    if isinstance(actual, bool):
        return gettext("yes") if actual else gettext("no")
    return ", ".join(map(str, actual)) if isinstance(actual, list) else actual
