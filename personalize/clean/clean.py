"""From what arrived to what is believed: a function of a batch, without I/O."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize

from msgspec.structs import replace

from personalize.clean.bots import bot_reason
from personalize.clean.convert import convert_money, convert_units
from personalize.clean.draft import Draft, Refused
from personalize.clean.evidence import suspected
from personalize.clean.fingerprint import name_by_content
from personalize.clean.missing import fill_missing
from personalize.clean.networks import mark_crowded
from personalize.clean.normalise import clamp_times
from personalize.clean.outliers import mark_outliers
from personalize.clean.pace import HONEYPOT
from personalize.clean.personal import MASK
from personalize.clean.policy import EventPolicy, Policies, SourcePolicy
from personalize.clean.types import coerce_types
from personalize.clean.validate import fault_of
from personalize.events.event import BROWSER, Event

# What is done to events whose registered name declares something, in this order.
STEPS = (coerce_types, convert_units, convert_money, fill_missing, mark_outliers)
NOTHING = EventPolicy()


@dataclass(frozen=True, slots=True)
class Reject:
    """An event that cannot be processed; `index` is its place in the batch."""

    index: int
    event: Event
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What goes on, in order, and what goes to quarantine; how often each step did what, a source.

    The keys of `counts` are the first word of a note and the source: `("imputed", "browser")`.
    """

    events: list[Event] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)


def clean(
    events: Sequence[Event],
    *,
    policies: Policies | None = None,
    crowded: Collection[str] = frozenset(),
) -> Cleaned:
    """Return the believable events; bots go on, marked with the reasons in `bot`.

    `crowded` are the networks from which too much comes (`clean.networks`). To clean what is clean
    changes nothing.
    """
    policies = policies or Policies()
    cleaned = Cleaned()
    events = clamp_times(name_by_content(events, policies=policies))
    for index, event in enumerate(mark_crowded(events, networks=crowded, policies=policies)):
        reason, fault = "invalid", fault_of(event)
        if not fault:
            try:
                cleaned.events.append(_believed(event, policies, cleaned.counts))
                continue
            except Refused as refused:
                reason, fault = "missing", str(refused)
        cleaned.rejects.append(Reject(index, event, reason, fault))
    return cleaned


def _believed(event: Event, policies: Policies, counts: Counter[tuple[str, str]]) -> Event:
    source = policies.sources.get(event.source, policies.default)
    name = event.event
    if not name.isascii() and (normal := normalize("NFC", name)) != name:
        event, name = replace(event, event=normal), normal
    policy = policies.events.get(name)
    before = event.notes
    event = tidied(event, source=source, policy=policy or NOTHING)
    if policy:
        draft = Draft(event, policy=policy, source=source, policies=policies)
        for step in STEPS:
            step(draft)
        event = draft.finished()
    if event.notes is not before or before:
        _count(event, counts)
    return _marked(event, source)


def tidied(event: Event, *, source: SourcePolicy, policy: EventPolicy) -> Event:
    """Return the event with its texts in one form, and nothing in them that names a person."""
    given, tidier = event.properties, source.tidier
    properties = tidier.tidied(given, kept=policy.kept) if given else given
    context = _tidy_context(event.context, source)
    if properties is given and context is event.context:
        return event
    masked = (name for name, value in properties.items() if _is_masked(given.get(name), value))
    notes = [f"masked:{name[:64]}" for name in masked] if properties is not given else []
    notes = [note for note in notes if note not in event.notes]
    notes = [*event.notes, *notes] if notes else event.notes
    return replace(event, properties=properties, context=context, notes=notes)


def _tidy_context(context: dict[str, Any], source: SourcePolicy) -> dict[str, Any]:
    page, campaign = context.get("page"), context.get("campaign")
    if type(page) is dict:
        tidy = source.tidier.page(page)
        if tidy is not page:
            context = {**context, "page": tidy}
    if type(campaign) is dict:
        tidy = source.tidier.tidied(campaign)
        if tidy is not campaign:
            context = {**context, "campaign": tidy}
    return context


def _is_masked(before: Any, after: Any) -> bool:
    return before is not after and before != after and MASK in str(after)


def _count(event: Event, counts: Counter[tuple[str, str]]) -> None:
    for note in event.notes:
        counts[note.partition(":")[0], event.source] += 1


def _marked(event: Event, source: SourcePolicy) -> Event:
    if event.event == HONEYPOT and event.source == BROWSER:
        event = suspected(event, ["honeypot"], threshold=source.bot_threshold)
    agent = event.context.get("userAgent")
    if event.bot or (event.source != BROWSER and not agent):
        return event  # a server that passes a visitor's events on says so by the visitor's agent
    reason = bot_reason(agent if isinstance(agent, str) else "", context=event.context)
    return suspected(event, [reason], threshold=source.bot_threshold) if reason else event
