"""Links: which calls imply one, on which proof, and what the events carry."""

import pytest
from msgspec.structs import replace

from personalize.events.event import Event
from personalize.models import IdentityLink
from personalize.profile.links import implied_link, log_links, merge_event, user_of
from personalize.profile.profile import Profile, decode
from personalize.profile.seen import Seen
from tests.profile.naive import event

IDENTIFY = replace(event(1_000), type="identify", user_id="7")


@pytest.mark.parametrize(("source", "proof"), [("browser", "hash"), ("crm", "source")])
def test_a_proven_identify_call_implies_a_link(source: str, proof: str) -> None:
    link = implied_link(replace(IDENTIFY, source=source), known_visitor="")
    assert link
    assert (link.subject, user_of(link), link.properties["proof"]) == ("a:visitor", "7", proof)


@pytest.mark.parametrize(
    "call", [replace(IDENTIFY, user_id=""), replace(IDENTIFY, anonymous_id=""), event(1)]
)
def test_without_proof_or_visitor_there_is_no_link(call: Event) -> None:
    assert implied_link(call, known_visitor="") is None


def test_a_visitor_who_is_known_is_not_linked_again() -> None:
    assert implied_link(IDENTIFY, known_visitor="visitor") is None


def test_the_hand_over_has_the_same_id_whenever_it_is_sent() -> None:
    link = replace(event(1_000), type="link", properties={"user_id": "7"})
    profile = Profile("a:visitor", events=3)
    one, other = (
        merge_event(link, profile=profile, seen=Seen(), position="00-01") for _ in range(2)
    )
    assert one == other
    assert one.subject == "u:7"
    assert decode(one.properties["profile"]).events == 3


@pytest.mark.django_db
def test_a_link_is_logged_once() -> None:
    link = replace(event(1_000), type="link", properties={"user_id": "7", "proof": "hash"})
    log_links([link])
    log_links([link])
    row = IdentityLink.objects.get()
    assert (row.anonymous_id, row.user_id, row.proof) == ("visitor", "7", "hash")
