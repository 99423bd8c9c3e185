"""The export: everything about a person, nothing about others, and all of it plain JSON."""

import json

import msgspec
import pytest
from django.core.serializers.json import DjangoJSONEncoder

from personalize.privacy.export import FORMAT, export
from personalize.profile.profile import Profile, Session
from personalize.profile.seen import Seen
from personalize.profile.store import Change, Saved, save
from personalize.profile.timeline import Moment
from tests.factories import (
    NOON,
    ConsentRecordFactory,
    IdentityLinkFactory,
    MembershipFactory,
    SegmentFactory,
    VisitorFactory,
)

pytestmark = pytest.mark.django_db


def keep(subject: str, *moments: Moment, **profile: object) -> None:
    """Store a profile as the pipeline does."""
    change = Change(Profile(subject, **profile), Seen(), "1", moments=moments)
    assert save([change], partition=0) == [Saved.DONE]


def test_a_profile_is_exported_with_its_timeline():
    moments = [Moment(5, "Page Viewed", {"path": "/"}), Moment(9, "Product Viewed")]
    keep("a:visitor", *moments, traits={"plan": "gold"}, sessions=[Session(5, 9, views=1)])
    exported = export(["a:visitor"])
    assert exported["format"] == FORMAT
    (profile,) = exported["profiles"]
    assert profile["traits"] == {"plan": "gold"}
    assert profile["sessions"][0]["last_at"] == 9
    assert profile["timeline"] == [
        {"at": 9, "event": "Product Viewed", "properties": {}},
        {"at": 5, "event": "Page Viewed", "properties": {"path": "/"}},
    ]


def test_computed_traits_are_exported_readable():
    state = msgspec.msgpack.encode({"count": 3})
    keep("a:visitor", computed={"b_1": msgspec.Raw(state)})
    (profile,) = export(["a:visitor"])["profiles"]
    assert profile["computed"] == {"b_1": {"count": 3}}


def test_rows_of_the_database_are_exported():
    visitor = VisitorFactory(subject="a:visitor", traits={"plan": "gold"})
    segment = SegmentFactory(name="Newcomers")
    MembershipFactory(visitor=visitor, segment=segment, exited_at=NOON)
    ConsentRecordFactory(anonymous_id="visitor", purposes={"analytics": True}, locale="de")
    IdentityLinkFactory(anonymous_id="visitor", user_id="7")
    exported = export(["a:visitor"])
    assert [row["traits"] for row in exported["visitors"]] == [{"plan": "gold"}]
    assert exported["memberships"] == [
        {"segment__name": "Newcomers", "entered_at": NOON, "exited_at": NOON}
    ]
    assert [row["purposes"] for row in exported["consents"]] == [{"analytics": True}]
    assert [row["user_id"] for row in exported["links"]] == ["7"]


def test_nothing_of_others_is_exported():
    for name in ("visitor", "stranger"):
        visitor = VisitorFactory(subject=f"a:{name}", traits={"name": name})
        MembershipFactory(visitor=visitor, segment=SegmentFactory(name=f"Of the {name}"))
        ConsentRecordFactory(anonymous_id=name, text_version=name)
        IdentityLinkFactory(anonymous_id=name, user_id=f"user of {name}")
        keep(f"a:{name}", Moment(1, f"Seen by {name}"), traits={"name": name})
    text = json.dumps(export(["a:visitor"]), cls=DjangoJSONEncoder)
    assert "stranger" not in text
    assert text.count("visitor") > 5


def test_a_users_links_are_exported_though_the_browser_is_not_named():
    IdentityLinkFactory(anonymous_id="phone", user_id="7")
    assert export(["u:7"])["links"][0]["anonymous_id"] == "phone"


def test_a_name_of_the_other_kind_is_somebody_else():
    ConsentRecordFactory(anonymous_id="7")
    IdentityLinkFactory(anonymous_id="7", user_id="8")
    exported = export(["u:7"])
    assert (exported["consents"], exported["links"]) == ([], [])


def test_a_subject_of_whom_nothing_is_known_is_exported_empty():
    exported = export(["a:stranger"])
    assert exported["profiles"] == [{"subject": "a:stranger", "timeline": []}]
    assert exported["visitors"] == []


def test_an_export_is_plain_json():
    IdentityLinkFactory(anonymous_id="visitor", user_id="7")
    VisitorFactory(subject="a:visitor")
    keep("a:visitor", traits={"raw": b"bytes", "nothing": None})
    exported = export(["a:visitor", "u:7"])
    again = json.loads(json.dumps(exported, cls=DjangoJSONEncoder))
    assert again["links"][0]["linked_at"].startswith("2026-11-20T12:00")
    assert again.keys() == exported.keys()


def test_nobodys_export_is_empty():
    exported = export([])
    assert all(exported[key] == [] for key in ("profiles", "visitors", "consents", "links"))
