"""The visitor's own page: with the cookie alone, without log-in or scripts (U30)."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from personalize.collect.identity import random_identity
from personalize.connections import worker_redis
from personalize.keys import profile_key, timeline_key
from personalize.models import ConsentRecord, Erasure, Visitor
from personalize.profile import timeline
from personalize.profile.profile import Profile, encode
from personalize.profile.timeline import Moment
from tests.admin.conftest import no_redis
from tests.factories import SegmentFactory, UserFactory

__all__ = ["no_redis"]

pytestmark = pytest.mark.django_db
URL = "/personalize/my-data/"


@pytest.fixture
def visitor(client: Client) -> Client:
    """A browser with a profile, and nobody's log-in."""
    identity = random_identity()
    client.cookies["px"] = identity.cookie
    client.cookies["px_consent"] = "1.analytics.personalization"
    SegmentFactory(name="Keen visitors", slug="keen")
    profile = Profile(
        subject=identity.subject,
        events=1_234,
        session_count=2,
        traits={"plan": "gold"},
        segments={"keen": 1},
    )
    worker_redis().hset(profile_key(identity.subject), "s", encode(profile))
    moment = timeline.encode(Moment(1_790_000_000_000, "Product Viewed", {}))
    worker_redis().lpush(timeline_key(identity.subject), moment)
    now = timezone.now()
    Visitor.objects.create(subject=identity.subject, first_seen_at=now, last_seen_at=now)
    client.subject = identity.subject  # type: ignore[attr-defined]
    return client


def page(client: Client) -> str:
    return client.get(URL).content.decode()


def ticked(text: str) -> list[str]:
    return re.findall(r'value="(\w+)" id="px-\w+" checked', text)


def test_a_visitor_sees_what_is_known_and_what_they_chose_U30(visitor) -> None:
    text = page(visitor)
    for part in ("Keen visitors", "plan", "gold", "Product Viewed", "2 visits", "1,234 recorded"):
        assert part in text
    assert ticked(text) == ["analytics", "personalization"]


def test_the_page_is_kept_by_nobody(visitor) -> None:
    answer = visitor.get(URL)
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]


def test_a_choice_holds_from_the_next_request_on_and_its_proof_is_kept_U30(visitor) -> None:
    answer = visitor.post(URL, {"do": "save", "purpose": ["marketing"]})

    assert answer.status_code == 302
    text = visitor.get(answer["Location"]).content.decode()
    assert "Your choice is saved." in text
    assert ticked(text) == ["marketing"]
    assert visitor.get("/personalize/v1/consent").json()["purposes"]["analytics"] is False
    record = ConsentRecord.objects.get()
    assert (record.method, record.purposes["marketing"]) == ("page", True)
    assert "Nothing is known of this browser." in text  # without statistics it has no name


@pytest.mark.parametrize(("button", "number"), [("all", 3), ("none", 0)])
def test_all_and_nothing_are_one_click_away(visitor, button, number) -> None:
    visitor.post(URL, {"do": button, "purpose": ["marketing"]})
    assert len(ticked(page(visitor))) == number


def test_a_stranger_who_agrees_gets_a_name(client) -> None:
    client.post(URL, {"do": "all"})
    assert client.cookies["px"].value
    assert ConsentRecord.objects.get().anonymous_id


def test_a_signal_of_the_browser_holds_whatever_is_ticked(visitor) -> None:
    visitor.post(URL, {"do": "all"}, HTTP_SEC_GPC="1")
    text = visitor.get(URL, HTTP_SEC_GPC="1").content.decode()
    assert ConsentRecord.objects.get().method == "signal"
    assert ticked(text) == []
    assert "Your browser asks all sites not to track you" in text


def test_erasure_asks_once_and_leaves_nothing_U30(visitor) -> None:
    assert visitor.post(URL, {"do": "erase"}).status_code == 400
    assert Visitor.objects.exists()

    answer = visitor.post(URL, {"do": "erase", "confirmed": "yes"}, follow=True)

    text = answer.content.decode()
    assert "Your data is erased." in text
    assert "Nothing is known of this browser." in text
    assert not Visitor.objects.exists()
    assert Erasure.objects.count() == 1
    assert visitor.subject[2:] not in visitor.cookies["px"].value


def test_the_copy_is_a_file_of_everything_U30(visitor) -> None:
    address = re.search(r'href="([^"]+)" download', page(visitor))[1]
    answer = visitor.get(address)
    assert "attachment" in answer["Content-Disposition"]
    assert answer.json()["profiles"][0]["traits"] == {"plan": "gold"}


def test_a_stranger_sees_nothing_of_it(visitor) -> None:
    text = page(Client())
    assert "Keen visitors" not in text
    assert "Nothing is known of this browser." in text
    assert "Erase" not in text


def test_a_user_is_told_that_the_log_in_stays(visitor) -> None:
    visitor.force_login(UserFactory())
    assert "My log-in itself stays" in page(visitor)


def test_another_site_cannot_press_its_buttons(visitor) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = visitor.cookies
    assert strict.post(URL, {"do": "erase", "confirmed": "yes"}).status_code == 403
    assert Visitor.objects.exists()


def test_the_page_is_there_when_redis_is_not(visitor, no_redis) -> None:
    answer = visitor.get(URL)
    assert answer.status_code == 200
    assert "cannot be shown at the moment" in answer.content.decode()
    assert visitor.post(URL, {"do": "erase", "confirmed": "yes"}).status_code == 503


def test_an_unknown_answer_in_the_address_says_nothing(visitor) -> None:
    assert 'role="status"' not in visitor.get(URL, {"done": "<script>"}).content.decode()
