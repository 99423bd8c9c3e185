"""Erasure: nothing of the person is left anywhere, nothing comes back, and others keep theirs."""

import pytest
from msgspec.structs import replace

from personalize.clean.erased import hash_subject, without_erased
from personalize.connections import worker_redis
from personalize.events.event import encode
from personalize.models import (
    ConsentRecord,
    Erasure,
    IdentityLink,
    Membership,
    QuarantinedEvent,
    Visitor,
)
from personalize.privacy.erase import erase, readmit
from personalize.privacy.export import export
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import (
    ERASED_SECONDS,
    Change,
    Saved,
    profile_key,
    read_profile,
    read_timeline,
    save,
)
from personalize.profile.timeline import Moment
from personalize.testing import event_of
from tests.factories import (
    ConsentRecordFactory,
    IdentityLinkFactory,
    MembershipFactory,
    QuarantinedEventFactory,
    VisitorFactory,
)

pytestmark = pytest.mark.django_db
NAME = "0f3a" * 8


def fill(name: str) -> None:
    """Let everything be known of a browser that anything can know."""
    subject = f"a:{name}"
    moments = [Moment(1, "Page Viewed", {"of": name})]
    change = Change(Profile(subject, traits={"of": name}), Seen(), "1", moments=moments, due_at=5)
    save([change], partition=0)
    MembershipFactory(visitor=VisitorFactory(subject=subject, traits={"of": name}))
    ConsentRecordFactory(anonymous_id=name)
    IdentityLinkFactory(anonymous_id=name, user_id=f"user of {name}")
    QuarantinedEventFactory(raw=f'{{"anonymousId": "{name}"}}'.encode())


def everything_in_redis() -> str:
    """Return all keys and what they hold, as text to search."""
    redis = worker_redis()
    readers = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1),
        b"stream": redis.xrange,
    }
    return str([(key, readers[redis.type(key)](key)) for key in redis.scan_iter()])


def test_nothing_of_the_person_is_left():
    fill(NAME)
    assert everything_in_redis().count(NAME) > 4  # the profile, the timeline, what is due
    erase([f"a:{NAME}"])
    assert read_profile(f"a:{NAME}") is None
    assert read_timeline(f"a:{NAME}") == []
    for model in (Visitor, Membership, IdentityLink, QuarantinedEvent):
        assert not model.objects.exists(), model
    assert 0 < worker_redis().ttl(profile_key(f"a:{NAME}")) <= ERASED_SECONDS
    worker_redis().delete(profile_key(f"a:{NAME}"))  # the mark that ends by itself
    assert NAME not in everything_in_redis()
    assert export([f"a:{NAME}"])["consents"] == []


def test_others_keep_what_is_theirs():
    fill(NAME)
    fill("stranger")
    erase([f"a:{NAME}"])
    kept = export(["a:stranger"])
    assert kept["profiles"][0]["traits"] == {"of": "stranger"}
    assert kept["profiles"][0]["timeline"]
    assert all(kept[key] for key in ("visitors", "memberships", "consents", "links"))
    assert QuarantinedEvent.objects.count() == 1


def test_the_proof_of_consent_stays_without_the_id():
    ConsentRecordFactory(anonymous_id=NAME, purposes={"analytics": True}, text_version="3")
    erase([f"a:{NAME}"])
    record = ConsentRecord.objects.get()
    assert record.anonymous_id == f"erased:{hash_subject(f'a:{NAME}')}"
    assert (record.purposes, record.text_version) == ({"analytics": True}, "3")


def test_the_receipt_counts_without_saying_of_whom():
    fill(NAME)
    fill("stranger")
    receipt = erase([f"a:{NAME}", "u:7"]).as_json()
    at = receipt.pop("erased_at")
    assert receipt == {
        "subjects": 2,
        "rows": 3,  # the visitor, the membership, the link
        "quarantined": 1,
        "consents_kept_without_id": 1,
    }
    assert at.endswith("+00:00")
    assert NAME not in str(receipt)


def test_what_is_still_on_its_way_is_refused():
    erase([f"a:{NAME}", "u:7"])
    events = [event_of(f"a:{NAME}"), event_of("u:7"), event_of("a:stranger")]
    assert without_erased(events) == events[2:]


def test_a_users_links_go_though_the_browsers_were_not_named():
    IdentityLinkFactory(anonymous_id="phone", user_id="7")
    IdentityLinkFactory(anonymous_id="7", user_id="8")
    erase(["u:7"])
    assert [link.user_id for link in IdentityLink.objects.all()] == ["8"]


def test_a_user_id_in_a_quarantined_event_is_found_too():
    QuarantinedEventFactory(raw=b'{"userId": "ada.l@example.com"}')
    QuarantinedEventFactory(raw=b"\xff broken")
    assert erase(["u:ada.l@example.com"]).quarantined == 1
    assert QuarantinedEvent.objects.count() == 1


def test_quarantined_events_of_strangers_stay_though_a_short_id_is_in_their_bytes():
    """Row M4: a user whose id is 5 is not everybody with a 5 in a price."""
    theirs = [
        event_of("u:5"),
        replace(event_of("a:visitor"), type="link", properties={"user_id": "5"}),
    ]
    others = [
        replace(event_of("u:15"), properties={"price": "5"}),
        event_of("a:5"),
        replace(event_of("a:visitor"), context={"page": {"path": "/5/"}}),
    ]
    for event in theirs + others:
        QuarantinedEventFactory(raw=encode(event))
    QuarantinedEventFactory(raw=b"\xff 5 broken")
    assert erase(["u:5"]).quarantined == 2
    assert QuarantinedEvent.objects.count() == 4


def test_a_user_who_comes_back_is_written_again_at_once():
    """Row M12: the mark against late writes would swallow an hour of what they do."""
    erase(["u:7"])
    change = Change(Profile("u:7", events=1), Seen(), "1")
    assert save([change], partition=0) == [Saved.ERASED]
    readmit("7")
    assert save([change], partition=0) == [Saved.DONE]


def test_readmitting_is_for_those_alone_who_were_erased():
    erase(["u:7"])
    readmit("8")
    assert without_erased([replace(event_of("u:7"), received_at=2**50)]) == []


def test_erasing_again_changes_nothing():
    fill(NAME)
    erase([f"a:{NAME}"])
    consent = ConsentRecord.objects.get().anonymous_id
    receipt = erase([f"a:{NAME}"])
    assert (receipt.rows, receipt.quarantined, receipt.consents_kept_without_id) == (0, 0, 0)
    assert ConsentRecord.objects.get().anonymous_id == consent
    assert Erasure.objects.count() == 1


def test_erasing_somebody_of_whom_nothing_is_known_still_refuses_them():
    assert erase(["a:stranger"]).rows == 0
    assert without_erased([event_of("a:stranger")]) == []


def test_erasing_nobody_erases_nothing():
    fill("stranger")
    assert erase([]).as_json().items() >= {"subjects": 0, "rows": 0, "quarantined": 0}.items()
    assert Visitor.objects.exists()
    assert not Erasure.objects.exists()
