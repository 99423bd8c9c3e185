"""Flushing: rows of visitors follow their profiles, and a crash between leaves nothing out."""

import pytest
from django.contrib.auth import get_user_model

from personalize.connections import worker_redis
from personalize.models import Visitor
from personalize.profile.flush import flush_visitors, set_aside, write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import DIRTY_KEY, Change, save

pytestmark = pytest.mark.django_db
SEEN_AT = 1_780_000_000_000


def profile(subject: str = "a:visitor", **known: object) -> Profile:
    known = {"events": 1, "first_seen_at": SEEN_AT, "last_seen_at": SEEN_AT} | known
    return Profile(subject, **known)  # type: ignore[arg-type]


def test_a_row_follows_its_profile_and_keeps_its_public_id() -> None:
    save([Change(profile(), Seen(), "1")], partition=0)
    assert flush_visitors() == 1
    before = Visitor.objects.get()
    save([Change(profile(events=5), Seen(), "2")], partition=0)
    flush_visitors()
    after = Visitor.objects.get()
    assert (after.events, after.uuid) == (5, before.uuid)


def test_what_a_dead_flush_set_aside_is_written_by_the_next() -> None:
    save([Change(profile(), Seen(), "1")], partition=0)
    set_aside(DIRTY_KEY)
    save([Change(profile("a:stranger"), Seen(), "1")], partition=0)
    flush_visitors()
    flush_visitors()
    assert Visitor.objects.count() == 2
    assert worker_redis().keys("px:dirty*") == []


def test_a_user_is_linked_when_django_has_one_of_that_id() -> None:
    editor = get_user_model().objects.create(username="editor")
    ours = profile(f"u:{editor.pk}", user_id=str(editor.pk))
    write_rows([ours, profile("u:crm-7", user_id="crm-7")])
    users = dict(Visitor.objects.values_list("subject", "user"))
    assert users == {f"u:{editor.pk}": editor.pk, "u:crm-7": None}


def test_a_visitor_who_became_a_user_has_no_row_any_more() -> None:
    write_rows([profile()])
    write_rows([profile(merged_into="u:7")])
    assert not Visitor.objects.exists()
