"""An export has everything of the days asked for, around visitors, sessions and persons."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from personalize.lake.export import export
from personalize.lake.leases import somebody_reads
from personalize.lake.outbox import put
from personalize.lake.star import TABLES
from personalize.lake.write import write_waiting
from tests.factories import MembershipFactory, SegmentFactory, VisitorFactory
from tests.lake.conftest import event

pytestmark = pytest.mark.django_db

VISITOR, USER = "a:visitor", "u:7"
MINUTE, DAY = 60, 86_400
BEGAN = 1_790_000_000  # of event 0: 2026-09-21 14:13:20 UTC


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(BEGAN + seconds, UTC).replace(tzinfo=None)


def took_effect(subject: str, *numbers: int, **fields: Any) -> None:
    for number in numbers:
        put(subject, [event(number, subject=subject, **fields)])


def exported(folder: Path, **options: Any) -> dict[str, list[dict[str, Any]]]:
    write_waiting()
    done = list(export(str(folder), file_format="parquet", **options))
    tables = {each.table: pq.read_table(folder / f"{each.table}.parquet") for each in done}
    assert {each.table: each.rows for each in done} == {
        name: table.num_rows for name, table in tables.items()
    }
    return {name: table.to_pylist() for name, table in tables.items()}


def test_an_event_has_a_row_with_its_properties(lake, tmp_path):
    bought = {"product_id": "p1", "price": 9.5, "tags": ["red"]}
    took_effect(VISITOR, 0, properties=bought, context={"path": "/shop"})
    (row,) = exported(tmp_path)["events"]
    assert row.pop("event_id")
    assert row == {
        "visitor_id": VISITOR,
        "person_id": VISITOR,
        "session_id": "a:visitor@1790000000000",
        "day": date(2026, 9, 21),
        "occurred_at": at(0),
        "received_at": at(0),
        "type": "track",
        "event": "Product Viewed",
        "source": "browser",
        "path": "/shop",
        "product_id": "p1",
        "category": None,
        "price": 9.5,
        "quantity": None,
        "order_id": None,
        "revenue": None,
        "currency": None,
        "properties": '{"product_id":"p1","price":9.5,"tags":["red"]}',
    }


def test_a_session_ends_with_the_sites_gap(lake, tmp_path, settings):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "SESSION_GAP_SECONDS": 10 * MINUTE}
    viewed = {"type": "page", "event": "Page Viewed"}
    took_effect(VISITOR, 0, context={"path": "/in", "utm_source": "mail"}, **viewed)
    took_effect(VISITOR, 10 * MINUTE, context={"path": "/out"}, **viewed)
    took_effect(VISITOR, 20 * MINUTE + 1, event="Order Completed", properties={"total": 30})
    first, second = sorted(exported(tmp_path)["sessions"], key=lambda row: row["started_at"])
    assert (first["started_at"], first["ended_at"]) == (at(0), at(10 * MINUTE))
    assert (first["seconds"], first["events"], first["page_views"]) == (600, 2, 2)
    assert (first["entry_path"], first["exit_path"], first["utm_source"]) == ("/in", "/out", "mail")
    assert (first["orders"], first["revenue"]) == (0, None)
    assert (second["started_at"], second["orders"], second["revenue"]) == (at(1201), 1, 30.0)


def test_a_log_in_does_not_end_a_session(lake, tmp_path):
    took_effect(VISITOR, 0)
    took_effect(VISITOR, 1, type="link", event="Identity Linked", properties={"user_id": "7"})
    took_effect(USER, 2, type="merge", event="Profile Merged", anonymous_id="visitor")
    took_effect(USER, 60)
    tables = exported(tmp_path)
    assert [(row["person_id"], row["events"]) for row in tables["sessions"]] == [(USER, 2)]
    assert {row["visitor_id"]: row["person_id"] for row in tables["visitors"]} == {
        VISITOR: USER,
        USER: USER,
    }
    assert len(tables["events"]) == 2


def test_bots_are_in_no_table(lake, tmp_path):
    took_effect(VISITOR, 0, bot="ua")
    assert {name: len(rows) for name, rows in exported(tmp_path).items()} == dict.fromkeys(
        TABLES, 0
    )


def test_what_a_server_sends_makes_no_session(lake, tmp_path):
    took_effect(VISITOR, 0, source="crm")
    tables = exported(tmp_path)
    assert tables["sessions"] == []
    assert tables["events"][0]["session_id"] is None


def test_exposures_have_a_table_of_their_own(lake, tmp_path):
    shown = {"slot": "hero", "variant": "v1", "reason": "SPLIT", "exposure": "e1"}
    served = {"source": "system", "context": {"page": {"path": "/"}}}
    took_effect(VISITOR, 0, event="Variant Served", properties=shown, **served)
    took_effect(VISITOR, 1, event="Variant Seen", properties={"exposure": "e1"})
    tables = exported(tmp_path)
    assert [
        (row["kind"], row["exposure"], row["slot"], row["variant"], row["path"])
        for row in sorted(tables["exposures"], key=lambda row: row["occurred_at"])
    ] == [("served", "e1", "hero", "v1", "/"), ("seen", "e1", None, None, None)]
    assert tables["events"] == []


def test_a_stay_in_a_segment_has_a_row_and_its_visitor_another(lake, tmp_path):
    entered_at = at(0).replace(tzinfo=UTC)
    MembershipFactory(
        visitor=VisitorFactory(subject=VISITOR),
        segment=SegmentFactory(slug="vip", name="Very important"),
        entered_at=entered_at,
    )
    tables = exported(tmp_path)
    assert tables["memberships"] == [
        {
            "visitor_id": VISITOR,
            "person_id": VISITOR,
            "segment": "vip",
            "segment_name": "Very important",
            "entered_at": at(0),
            "exited_at": None,
        }
    ]
    assert [(row["visitor_id"], row["events"]) for row in tables["visitors"]] == [(VISITOR, 0)]


def test_only_the_days_asked_for_are_there(lake, tmp_path):
    took_effect(VISITOR, -DAY, 0, DAY, 2 * DAY)
    days = {"first_day": date(2026, 9, 21), "last_day": date(2026, 9, 22)}
    tables = exported(tmp_path, **days)
    assert sorted(row["occurred_at"] for row in tables["events"]) == [at(0), at(DAY)]
    assert len(tables["sessions"]) == 2
    assert tables["visitors"][0]["first_seen_at"] == at(0)


def test_a_session_over_midnight_is_whole_on_both_days(lake, tmp_path):
    midnight = int(datetime(2026, 9, 22, tzinfo=UTC).timestamp()) - BEGAN
    took_effect(VISITOR, midnight - 60, midnight + 60)
    day = {"first_day": date(2026, 9, 22), "last_day": date(2026, 9, 22)}
    tables = exported(tmp_path, **day)
    assert [(row["events"], row["seconds"]) for row in tables["sessions"]] == [(2, 120)]
    assert [row["session_id"] for row in tables["events"]] == [tables["sessions"][0]["session_id"]]


def test_every_key_is_found_in_its_table(lake, tmp_path):
    took_effect(VISITOR, 0, 1, 7_200)
    took_effect("a:stranger", 5)
    took_effect(VISITOR, 9, event="Variant Seen", properties={"exposure": "e1"})
    tables = exported(tmp_path)
    visitors = [row["visitor_id"] for row in tables["visitors"]]
    sessions = [row["session_id"] for row in tables["sessions"]]
    events = [row["event_id"] for row in tables["events"] + tables["exposures"]]
    assert [len(keys) for keys in (visitors, sessions, events)] == [2, 3, 5]
    assert [len(set(keys)) for keys in (visitors, sessions, events)] == [2, 3, 5]
    for name in ("events", "sessions", "exposures"):
        assert {row["visitor_id"] for row in tables[name]} <= set(visitors)
    assert {row["session_id"] for row in tables["events"]} <= set(sessions)


def test_files_of_the_lake_stay_while_it_is_exported(lake, tmp_path):
    tables = export(str(tmp_path), file_format="csv")
    next(tables)
    assert somebody_reads()
    list(tables)
    assert not somebody_reads()


def test_the_reference_names_every_column_with_its_type(lake, tmp_path):
    list(export(str(tmp_path), file_format="parquet"))
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "export.md").read_text()
    sections = re.split(r"^## `(\w+)`$", reference, flags=re.MULTILINE)[1:]
    documented = {
        table: re.findall(r"^\| `(\w+)` \| (\w+) \|", text.split("\n## ")[0], re.MULTILINE)
        for table, text in zip(sections[::2], sections[1::2], strict=True)
    }
    names = {"string": "text", "date32[day]": "date", "double": "number", "bool": "boolean"}
    names |= {"timestamp[ms]": "time", "timestamp[us]": "time", "int64": "whole"}
    assert documented == {
        table: [
            (field.name, names[str(field.type)])
            for field in pq.read_schema(tmp_path / f"{table}.parquet")
        ]
        for table in TABLES
    }
