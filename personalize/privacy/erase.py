"""The right to erasure: all of a person's data goes, and what still comes in is refused."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from personalize.clean.erased import bury, hash_subject, lift
from personalize.events.event import decode_or_none
from personalize.models.consent import ConsentRecord
from personalize.models.decision_sample import DecisionSample
from personalize.models.lake import LakeErasure
from personalize.models.quarantine import QuarantinedEvent
from personalize.models.visitor import IdentityLink, Visitor
from personalize.privacy.subjects import ids_of
from personalize.profile.store import erase_profile, unmark_erased

SHORTEST_SEARCHED_ID = 16


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was erased, without saying of whom."""

    erased_at: str
    subjects: int
    rows: int
    quarantined: int
    consents_kept_without_id: int

    def as_json(self) -> dict[str, Any]:
        """Return the receipt for the visitor."""
        return asdict(self)


def erase(subjects: list[str]) -> Receipt:
    """Erase the subjects from Redis and the database; the lake forgets them within minutes.

    The tombstones come first: an event that is on its way while this runs is refused by the worker,
    so nothing comes back. The proof of consent stays, under the tombstone's hash instead of the id.
    """
    for subject in subjects:
        bury(subject)
        erase_profile(subject)
    visitors, users = ids_of(subjects, kind="a"), ids_of(subjects, kind="u")
    with transaction.atomic():
        links = IdentityLink.objects.filter(Q(anonymous_id__in=visitors) | Q(user_id__in=users))
        samples = DecisionSample.objects.filter(subject__in=subjects)
        rows = sum(
            each.delete()[0]
            for each in (Visitor.objects.filter(subject__in=subjects), links, samples)
        )
        _forget_in_lake(subjects)
        quarantined = _erase_quarantine(visitors=visitors, users=users)
        consents = sum(
            ConsentRecord.objects.filter(anonymous_id=visitor).update(
                anonymous_id=f"erased:{hash_subject(f'a:{visitor}')}"
            )
            for visitor in visitors
        )
    return Receipt(
        erased_at=timezone.now().isoformat(),
        subjects=len(subjects),
        rows=rows,
        quarantined=quarantined,
        consents_kept_without_id=consents,
    )


def readmit(user_id: str) -> None:
    """Take events of an erased user again, who has logged in and consented anew."""
    subject = f"u:{user_id}"
    if lift(subject):
        unmark_erased(subject)


def _forget_in_lake(subjects: list[str]) -> None:
    """Note whom the lake has to forget; `personalize.tasks.maintain_lake` does it.

    Also while the lake is switched off: it and the outboxes may hold rows of before, and the note
    waits until it is on again.
    """
    for subject in subjects:
        LakeErasure.objects.update_or_create(subject=subject, defaults={"asked_at": timezone.now()})


def _erase_quarantine(*, visitors: list[str], users: list[str]) -> int:
    """Delete quarantined events of the people: their bytes cannot be searched by SQL."""
    rows = QuarantinedEvent.objects.values_list("pk", "raw")
    found = [
        pk for pk, raw in rows.iterator() if _is_of(bytes(raw), visitors=visitors, users=users)
    ]
    return QuarantinedEvent.objects.filter(pk__in=found).discard()


def _is_of(raw: bytes, *, visitors: list[str], users: list[str]) -> bool:
    """Return whether an event is of one of the people; in bytes that are none, search long ids.

    A short id, such as the number of a user, is in the bytes of many an event of somebody else.
    """
    event = decode_or_none(raw)
    if event is None:
        ids = [name for name in visitors + users if len(name) >= SHORTEST_SEARCHED_ID]
        return any(name.encode() in raw for name in ids)
    named = {event.user_id, str(event.properties.get("user_id", ""))}
    return event.anonymous_id in visitors or not named.isdisjoint(users)
