"""Flushing: rows of visitors follow their profiles, and a crash between leaves nothing out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from pytest_django import Settings

from personalize import metrics
from personalize.connections import worker_redis
from personalize.keys import dirty_key, profile_key, shard_of
from personalize.models import Visitor
from personalize.profile import flush
from personalize.profile.flush import flush_visitors, prune_visitors, set_aside, write_rows
from personalize.profile.profile import Profile
from personalize.profile.seen import Seen
from personalize.profile.store import Change, erase_profile, save

pytestmark = pytest.mark.django_db
SEEN_AT = 1_780_000_000_000


def profile(subject: str = "a:visitor", **known: object) -> Profile:
    known = {"events": 1, "first_seen_at": SEEN_AT, "last_seen_at": SEEN_AT} | known
    return Profile(subject, **known)  # type: ignore[arg-type]


def test_a_row_follows_its_profile_and_keeps_its_public_id() -> None:
    save([Change(profile(), Seen(), "1")], partition=0)
    assert flush_visitors() == 1
    before = Visitor.objects.get()
    save([Change(profile(events=5), Seen(), "2", revision="1")], partition=0)
    flush_visitors()
    after = Visitor.objects.get()
    assert (after.events, after.uuid) == (5, before.uuid)


def test_what_a_dead_flush_set_aside_is_written_by_the_next() -> None:
    save([Change(profile(), Seen(), "1")], partition=0)
    set_aside(dirty_key(shard_of("a:visitor")))
    save([Change(profile("a:stranger"), Seen(), "1")], partition=0)
    flush_visitors()
    flush_visitors()
    assert Visitor.objects.count() == 2
    assert worker_redis().keys("px:*dirty*") == []


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


def test_a_row_of_who_was_erased_while_it_was_written_goes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save([Change(profile(), Seen(), "1"), Change(profile("a:stranger"), Seen(), "1")], partition=0)

    def write_late(profiles: Sequence[Profile]) -> None:
        erase_profile("a:visitor")
        Visitor.objects.filter(subject="a:visitor").delete()
        write_rows(profiles)

    monkeypatch.setattr(flush, "write_rows", write_late)
    flush_visitors()
    assert [row.subject for row in Visitor.objects.all()] == ["a:stranger"]


def test_rows_go_with_the_profiles_that_expired(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PERSONALIZE = {**settings.PERSONALIZE, "PROFILE_TTL_DAYS": 30}
    monkeypatch.setattr(flush, "SUBJECTS_AT_ONCE", 2)
    write_rows([profile(f"a:{number}") for number in range(5)] + [profile("a:stranger")])
    now = datetime.now(UTC)
    old = Visitor.objects.exclude(subject="a:stranger")
    old.update(flushed_at=now - timedelta(days=30, seconds=1))
    assert prune_visitors(now=now) == 5
    assert [row.subject for row in Visitor.objects.all()] == ["a:stranger"]
    assert prune_visitors(now=now) == 0


def test_a_user_id_out_of_any_range_is_no_users_and_stops_nobody() -> None:
    odd = ["9" * 23, "9" * 250, "-1", "1.5", "\u0663", ""]
    write_rows([profile(f"u:{user_id}", user_id=user_id) for user_id in odd])
    assert Visitor.objects.filter(user=None).count() == len(odd)


def test_a_profile_that_no_row_can_hold_is_left_out_alone() -> None:
    before = metrics.snapshot().get("flush.row_failed", 0)
    late = profile("a:stranger", last_seen_at=10**18)
    write_rows([profile(), late, profile("a:editor")])
    assert sorted(Visitor.objects.values_list("subject", flat=True)) == ["a:editor", "a:visitor"]
    assert metrics.snapshot()["flush.row_failed"] == before + 1


def test_a_profile_that_cannot_be_read_keeps_no_other_from_its_row() -> None:
    save([Change(profile(), Seen(), "1")], partition=0)
    save([Change(profile("a:stranger"), Seen(), "1")], partition=0)
    worker_redis().hset(profile_key("a:stranger"), "s", b"\xc1")
    flush_visitors()
    assert Visitor.objects.get().subject == "a:visitor"
