"""Clients that send what they should not: refused in words, stored once, or kept with a reason."""

import gzip
import json
import random
import socket
from typing import Any

import pytest

from tests.faults.expected import thing
from tests.faults.harness import Site, resident_bytes, wait_until
from tests.faults.load import Client

pytestmark = pytest.mark.timeout(400)

MB = 1_000_000
MAY_GROW = 20 * MB


def memory_of_web(site: Site) -> int:
    assert site.web
    assert site.web.process
    return resident_bytes(site.web.process.pid)


def nested(levels: int) -> bytes:
    inside = b'{"a":' * levels + b"1" + b"}" * levels
    return b'{"batch":[{"type":"track","event":"E","anonymousId":"x","properties":%s}]}' % inside


def test_events_at_fault_are_told_one_by_one_F11(site: Site, record_property) -> None:
    """Batches in which a part of the events has wrong types or lacks fields; bytes on the stream
    that are no event, mended and replayed."""
    load, client = site.load("f11").start(), site.client("f11-fuzz")
    chance = random.Random(11)
    faults: list[dict[str, Any]] = [
        {"event": 5}, {"event": ""}, {"event": None}, {"anonymousId": None}, {"anonymousId": []},
        {"timestamp": "yesterday"}, {"properties": []}, {"properties": "no"}, {"type": "guess"},
        {"type": None}, {"context": 1}, {"messageId": {}}, {"traits": [1]},
    ]  # fmt: skip
    refused = kept = 0
    for round_ in range(40):
        messages, wrong = [], set()
        for place in range(10):
            message = thing(f"f11-{round_}-{place}", visitor="f11-fuzz")
            if place and chance.random() < 0.4:
                message |= chance.choice(faults)
                wrong.add(place)
            messages.append(message)
        status, answer = client.send(*messages)
        assert status == 200
        told = {item["index"]: item["field"] for item in answer.get("rejected", [])}
        assert told.keys() == wrong
        assert all(field.startswith(f"batch[{place}]") for place, field in told.items())
        refused += len(wrong)
        kept += 10 - len(wrong)
    site.ask("garbage", partition=0, raw="\x93\x01\x02")
    wait_until(lambda: load.acknowledged > 100, "the load has come")
    load.stop()
    site.settle()
    assert site.ask("profile", subject="a:f11-fuzz")["events"] == kept
    event = load.run.event(10**6)
    mended = site.ask("mend", raw=_encoded(event))
    site.settle()
    assert mended == 1
    assert site.ask("profile", subject=event.subject)
    record_property("figures", f"{kept} kept, {refused} refused by path; 1 replayed after mending")


def _encoded(event: Any) -> str:
    from msgspec.structs import replace

    from personalize.events.event import encode

    return encode(replace(event, anonymous_id="f11-mended", source="f11-mended")).decode("latin-1")


def test_what_is_too_large_is_refused_before_it_is_read_F17(site: Site, record_property) -> None:
    """10 MB of body, an event of 1 MB, a batch of 100,000, announced and not."""
    client, before = site.client("f17"), memory_of_web(site)
    large = json.dumps({"batch": [thing("f17", visitor="f17", properties={"x": "y" * MB})]})
    bodies = {
        "a body of 10 MB": b'{"batch":[' + b" " * 10 * MB + b"]}",
        "an event of 1 MB": large.encode(),
        "100,000 events": json.dumps({"batch": [{}] * 100_000}).encode(),
        "501 events": json.dumps({"batch": [thing("f17", visitor="f17")] * 501}).encode(),
    }
    for what, body in bodies.items():
        for _ in range(3):
            assert status_of(client, body) in (413, 0), what
    status, _ = site.client("f17-one").send(
        thing("f17-0", visitor="f17", properties={"x": "y" * 40_000})
    )
    assert status == 400
    grown = memory_of_web(site) - before
    assert grown < MAY_GROW
    record_property("figures", f"413 or 400 each; the web server grew by {grown / MB:.1f} MB")


def status_of(client: Client, body: bytes) -> int:
    """Return the status; 0 where the server hung up on what was too long."""
    try:
        return client.post(body)[0]
    except OSError:
        return 0


def test_names_have_a_limit_with_an_alarm_F18(site: Site, is_long: bool, record_property) -> None:
    """An event of 10,000 properties, a name of 1 MB, more event names than the registry takes."""
    client = site.client("f18")
    many = {f"p{number}": 1 for number in range(10_000)}
    assert client.send(thing("f18-a", visitor="f18", properties=many))[0] == 400
    assert status_of(client, json.dumps({"batch": [{"k" * MB: 1}]}).encode()) in (413, 0)
    assert client.send(thing("f18-b", visitor="f18", properties={"k" * 40_000: 1}))[0] == 400
    names = 10_000 if is_long else 1_300
    for start in range(0, names, 100):
        some = range(start, start + 100)
        sent = [
            thing(f"f18-{each}", visitor=f"f18-{each % 7}", event=f"Odd {each}") for each in some
        ]
        assert client.send(*sent)[0] == 200
    site.settle()
    known = site.ask("names_known")
    assert known < 1_100
    assert site.ask("tallied", name="f18")["stored"] == names
    wait_until(lambda: "tally.names_full" in site.ask("counters"), "the alarm is counted")
    record_property(
        "figures", f"{names} names sent and stored, {known} rows of names, alarm counted"
    )


def test_deep_nesting_is_refused_F19(site: Site, record_property) -> None:
    """Objects 9, 64, 5,000 and 100,000 levels deep."""
    client = site.client("f19")
    levels = (9, 64, 5_000, 80_000)
    assert {client.post(nested(each))[0] for each in levels} == {400}
    assert client.post(nested(6))[0] == 200
    record_property("figures", f"400 at {', '.join(map(str, levels))} levels; 6 are taken")


TEXTS = [
    b"\\u0000", b"\\ud800", b"\\u202egnp.exe", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc0\xaf",
    "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}".encode(), "\N{MATHEMATICAL SCRIPT CAPITAL X}".encode(),
    "\N{ARABIC LETTER MEEM}".encode(), b"\\u0007\\u001b[31m", b"<script>alert(1)</script>",
]  # fmt: skip


def test_texts_of_every_kind_are_stored_or_refused_F20(site: Site, record_property) -> None:
    """NUL, lone surrogates, RTL override, emoji, four bytes, broken UTF-8, BOM, UTF-16."""
    client, taken = site.client("f20"), 0
    plain = (
        b'{"type":"track","event":"E","anonymousId":"f20","messageId":"%d","properties":{"t":"%s"}}'
    )
    for number, text in enumerate(TEXTS):
        status, answer = client.post(b'{"batch":[' + plain % (number, text) + b"]}")
        assert status in (200, 400), text
        assert status == 200 or answer["message"]
        taken += status == 200
    for encoding in ("utf-16", "utf-8-sig"):
        assert client.post('{"batch":[]}'.encode(encoding))[0] in (200, 400)
    site.settle()
    assert site.ask("profile", subject="a:f20")["events"] == taken
    rows = site.ask("lake", name="f20", columns=["message_id"])
    assert len(rows) == taken
    record_property("figures", f"{taken} of {len(TEXTS)} stored, the others refused with the field")


NUMBERS = [
    b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-0", b"-0.0", b"9007199254740993",
    b"1" + b"0" * 400, b"1e308", b"5e-324", b'"12"', b"1.5", b"-1e308", b"18446744073709551616",
]  # fmt: skip


def test_numbers_that_no_store_holds_are_refused_or_kept_as_text_F21(
    site: Site, record_property
) -> None:
    """NaN, infinities, 1e999, −0, 2^53+1, 10^400, texts, as prices that are summed."""
    client, taken = site.client("f21"), 0
    plain = (
        b'{"type":"track","event":"Thing Seen","anonymousId":"f21","messageId":"f21-%d",'
        b'"properties":{"price":%s}}'
    )
    for number, written in enumerate(NUMBERS):
        status, answer = client.post(b'{"batch":[' + plain % (number, written) + b"]}")
        assert status in (200, 400), written
        assert status == 200 or answer["message"]
        taken += status == 200
    site.settle()
    assert site.ask("quarantined", name="f21") == []
    assert site.ask("profile", subject="a:f21")["events"] == taken
    assert len(site.ask("lake", name="f21", columns=["message_id"])) == taken
    record_property("figures", f"{taken} of {len(NUMBERS)} stored, the others refused")


def test_broken_requests_are_refused_and_bounded_F22(site: Site, record_property) -> None:
    """A gzip bomb, a wrong Content-Length, garbage in chunks, a wrong type, gzip cut short."""
    client, before = site.client("f22"), memory_of_web(site)
    bomb = gzip.compress(b" " * 300 * MB, 9)
    assert client.post(bomb, Content_Encoding="gzip")[0] == 413
    assert client.post(gzip.compress(b'{"batch":[]}')[:-9], Content_Encoding="gzip")[0] == 400
    assert client.post(b"no gzip", Content_Encoding="gzip")[0] == 400
    assert client.post(b"x", Content_Encoding="br")[0] == 415
    assert client.post(b"<x/>", Content_Type="application/xml")[0] == 415
    assert client.post(b"a=b", Content_Type="application/x-www-form-urlencoded")[0] == 415
    assert client.post(b"\x00\x01\x02")[0] == 400
    head = "POST /personalize/v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
    for rest in (
        "Transfer-Encoding: chunked\r\n\r\nzz\r\ngarbage\r\n",
        "Content-Length: 5\r\n\r\n{",
        "Content-Length: many\r\n\r\n{}",
        "Content-Length: -1\r\n\r\n{}",
    ):
        with socket.create_connection(("127.0.0.1", site.port), timeout=30) as line:
            line.sendall((head + rest).encode())
            line.shutdown(socket.SHUT_WR)
            answer = line.recv(100)
            assert not answer.startswith(b"HTTP/1.1 5"), (rest, answer)
    assert site.answers()
    grown = memory_of_web(site) - before
    assert grown < MAY_GROW
    record_property("figures", f"4xx each; the web server grew by {grown / MB:.1f} MB")
