"""Links: what their events carry, and that they are logged once."""

import pytest
from msgspec.structs import replace

from personalize.models import IdentityLink
from personalize.profile.links import log_links, merge_event
from personalize.profile.profile import Profile, decode
from personalize.profile.seen import Seen
from tests.profile.naive import event


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
