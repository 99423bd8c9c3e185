"""The visitor's own data: everything shown, everything erased, and nothing coming back."""

import pytest
from django.utils import timezone

from personalize.clean.erased import without_erased
from personalize.collect.identity import random_identity
from personalize.connections import worker_redis
from personalize.keys import profile_key
from personalize.models import ConsentRecord, Erasure, IdentityLink, QuarantinedEvent, Visitor
from personalize.profile.profile import Profile, encode
from personalize.testing import event_of

pytestmark = pytest.mark.django_db
URL = "/personalize/v1/me"


def known(subject: str, **traits: object) -> None:
    state = encode(Profile(subject=subject, traits=traits, events=3))
    worker_redis().hset(profile_key(subject), "s", state)
    now = timezone.now()
    Visitor.objects.create(subject=subject, first_seen_at=now, last_seen_at=now, traits=traits)


@pytest.fixture
def visitor(client):
    """A client whose browser is known as `a:<id>`."""
    identity = random_identity()
    client.cookies["px"] = identity.cookie
    client.subject = identity.subject
    known(identity.subject, plan="canary-7")
    ConsentRecord.objects.create(
        anonymous_id=identity.anonymous_id, purposes={}, method="banner", text_version="1"
    )
    return client


def test_a_visitor_sees_everything_known_of_them(visitor):
    answer = visitor.get(URL).json()
    assert answer["subjects"] == [visitor.subject]
    (profile,) = answer["profiles"]
    assert (profile["traits"], profile["events"], profile["timeline"]) == (
        {"plan": "canary-7"}, 3, [],
    )  # fmt: skip
    assert answer["visitors"][0]["traits"] == {"plan": "canary-7"}
    assert answer["consents"][0]["method"] == "banner"


def test_a_stranger_sees_nothing_of_it(visitor, rf):
    from django.test import Client

    stranger = Client()
    stranger.cookies["px"] = random_identity().cookie
    assert b"canary-7" not in stranger.get(URL).content
    assert Client().get(URL).json()["subjects"] == []


def test_a_user_sees_their_other_browsers_too(visitor, django_user_model):
    user = django_user_model.objects.create_user("visitor")
    IdentityLink.objects.create(
        anonymous_id="other", user_id=str(user.pk), proof="login", linked_at=timezone.now()
    )
    known("a:other", plan="gold")
    visitor.force_login(user)
    assert set(visitor.get(URL).json()["subjects"]) >= {f"u:{user.pk}", "a:other"}


def test_an_erasure_leaves_nothing_and_gives_a_receipt(visitor):
    name = visitor.subject[2:]
    QuarantinedEvent.objects.create(stream_position="1", reason="x", raw=f"…{name}…".encode())
    response = visitor.delete(URL)
    assert response.json()["receipt"]["subjects"] == 1
    assert visitor.cookies["px"].value == ""
    assert worker_redis().hgetall(profile_key(visitor.subject)) == {b"erased": b"1"}
    assert not Visitor.objects.exists()
    assert not QuarantinedEvent.objects.exists()
    assert not ConsentRecord.objects.filter(anonymous_id=name).exists()
    assert ConsentRecord.objects.get().anonymous_id.startswith("erased:")
    assert name not in Erasure.objects.get().subject_hash


def test_what_still_comes_in_of_an_erased_visitor_is_refused(visitor):
    visitor.delete(URL)
    events = [event_of(visitor.subject), event_of("a:stranger")]
    assert without_erased(events) == events[1:]


@pytest.mark.parametrize("method", ["get", "delete"])
def test_another_site_can_do_neither(visitor, method):
    response = getattr(visitor, method)(URL, headers={"sec-fetch-site": "cross-site"})
    assert response.status_code == 403
    assert worker_redis().exists(profile_key(visitor.subject))


def test_erasing_without_an_identity_is_harmless(client):
    known("a:stranger")
    assert client.delete(URL).json()["receipt"]["subjects"] == 0
    assert worker_redis().exists(profile_key("a:stranger"))


@pytest.mark.parametrize("method", ["get", "delete"])
def test_asking_is_held_to_the_rate(client, settings, method):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "RATE_EVENTS_PER_MINUTE": 1}
    statuses = [getattr(client, method)(URL).status_code for _ in range(3)]
    assert statuses == [200, 429, 429]
