"""A decision with all that it was made of: kept, it can be made again, and explained. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import msgspec

from personalize.decide.candidates import candidate_of
from personalize.decide.decide import decide
from personalize.decide.decision import (
    Candidate,
    Decision,
    Plan,
    PlannedArm,
    PlannedExperiment,
    PlannedSlot,
    Viewer,
)
from personalize.decide.evidence import Evidence
from personalize.profile.profile import Profile
from personalize.rules.evaluate import compile_rule
from personalize.rules.facts import Facts
from personalize.rules.syntax import Group, parse, to_json

TAKEN = "@"  # begins a name that no slot can have


class KeptCandidate(msgspec.Struct, array_like=True):
    """A variant that could be chosen; times are milliseconds."""

    id: str
    rule: Any
    priority: int
    starts_at: int | None
    ends_at: int | None
    group: str = ""


class KeptExperiment(msgspec.Struct, array_like=True):
    """The experiment that was running."""

    seed: str
    rule: Any
    traffic: float
    arms: list[tuple[str, str | None, int]]


class Record(msgspec.Struct, omit_defaults=True):
    """One slot as it was planned, who looked and when, and what the rules were answered.

    `contextual` has those of the named segments that the request alone decided, `taken` the groups
    of variants of which an earlier slot of the page showed one.
    """

    slot: str
    at: int
    viewer: Viewer
    holdout: float
    candidates: list[KeptCandidate]
    experiment: KeptExperiment | None
    contextual: list[str]
    taken: list[str]
    evidence: Evidence

    @classmethod
    def of(
        cls,
        slot: PlannedSlot,
        *,
        plan: Plan,
        facts: Facts,
        viewer: Viewer,
        now: int,
        taken: Iterable[str] = (),
    ) -> Self:
        """Return what deciding for the slot rests on; `facts` are the visitor's."""
        rules = [candidate.rule for candidate in slot.candidates]
        if slot.experiment:
            rules.append(slot.experiment.rule)
        named = frozenset[str]().union(*(each.segments for each in slot.candidates))
        return cls(
            slot=slot.key,
            at=now,
            viewer=viewer,
            holdout=plan.holdout,
            candidates=[_kept(candidate) for candidate in slot.candidates],
            experiment=_kept_experiment(slot.experiment) if slot.experiment else None,
            contextual=sorted(named & plan.contextual),
            taken=sorted({each.group for each in slot.candidates} & set(taken)),
            evidence=Evidence.of(rules, facts=facts),
        )

    def decide_again(self) -> Decision:
        """Return the decision, with every rule that was tried."""
        plan = Plan(facts=self._facts, contextual=frozenset(self.contextual), holdout=self.holdout)
        # Slots that show one of each group, before the one in question.
        earlier = [
            PlannedSlot(f"{TAKEN}{group}", (candidate_of("taken", rule={}, group=group),))
            for group in self.taken
        ]
        slots = [*earlier, self.planned()]
        decisions = decide(
            None, {}, slots, plan=plan, now=self.at, viewer=self.viewer, explain=True
        )
        return decisions[self.slot]

    def planned(self) -> PlannedSlot:
        """Return all that could happen in the slot."""
        return PlannedSlot(
            self.slot,
            tuple(
                candidate_of(
                    each.id,
                    rule=each.rule,
                    priority=each.priority,
                    starts_at=each.starts_at,
                    ends_at=each.ends_at,
                    group=each.group,
                )
                for each in self.candidates
            ),
            _planned_experiment(self.experiment) if self.experiment else None,
        )

    def _facts(self, profile: Profile | None, context: Mapping[str, Any], now: int) -> Facts:
        return self.evidence


def records_of(
    slots: Iterable[PlannedSlot],
    *,
    decisions: Mapping[str, Decision],
    plan: Plan,
    facts: Facts,
    viewer: Viewer,
    now: int,
) -> list[Record]:
    """Return a record for each slot of a page, in the page's order."""
    records: list[Record] = []
    taken: set[str] = set()
    for slot in slots:
        record = Record.of(slot, plan=plan, facts=facts, viewer=viewer, now=now, taken=taken)
        records.append(record)
        chosen = decisions[slot.key].variant
        taken |= {each.group for each in slot.candidates if each.group and each.id == chosen}
    return records


encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(Record).decode


def _kept(candidate: Candidate) -> KeptCandidate:
    return KeptCandidate(
        candidate.id,
        to_json(candidate.rule),
        candidate.priority,
        candidate.starts_at,
        candidate.ends_at,
        candidate.group,
    )


def _kept_experiment(experiment: PlannedExperiment) -> KeptExperiment:
    arms = [(arm.key, arm.variant, arm.weight) for arm in experiment.arms]
    return KeptExperiment(experiment.seed, to_json(experiment.rule), experiment.traffic, arms)


def _planned_experiment(kept: KeptExperiment) -> PlannedExperiment:
    rule: Group = parse(kept.rule)
    arms = tuple(PlannedArm(*arm) for arm in kept.arms)
    return PlannedExperiment(kept.seed, compile_rule(rule), kept.traffic, arms, rule)
