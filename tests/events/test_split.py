"""A batch is cut at the commas between its events, whatever is inside of them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize.events.split import split_batch

events = st.lists(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    )
)


@given(events, st.integers() | st.text(), st.sampled_from([None, 1]))
def test_events_come_out_as_they_went_in(sent: list[Any], key: Any, indent: int | None) -> None:
    body = json.dumps({"sentAt": 1, "batch": sent, "writeKey": key}, indent=indent).encode()

    outside, pieces = split_batch(body)

    assert [json.loads(piece) for piece in pieces] == sent
    assert json.loads(outside) == {"sentAt": 1, "batch": [], "writeKey": key}


def test_a_broken_event_is_cut_out_like_any_other() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    body = b'{"batch":[{"a":NaN}, {"b":"\\ud800, ]"},' + deep + b',{"c":1}]}'

    assert split_batch(body) == (
        b'{"batch":[]}',
        [b'{"a":NaN}', b'{"b":"\\ud800, ]"}', deep, b'{"c":1}'],
    )


def test_a_large_honest_batch_is_cut_for_its_one_broken_event() -> None:
    product = {"product_id": "AB", "price": 12.5}
    order = {
        "type": "track",
        "event": "Order Completed",
        "properties": {"products": [product] * 20},
    }
    sent = json.dumps({"batch": [order] * 499}, separators=(",", ":")).encode()

    _, pieces = split_batch(sent[:-2] + b',{"event":NaN}]}')

    assert len(pieces) == 500
    assert json.loads(pieces[498]) == order
    assert pieces[499] == b'{"event":NaN}'


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"batch":{}}', b'{"batch":[{}', b'{"batch":["a]}', b'{"batch":["\\']
)
def test_what_is_no_batch_has_no_events(body: bytes) -> None:
    assert split_batch(body) == (body, [])


@pytest.mark.parametrize("inside", [b"[],", b'{"a":', b'"batch":[', b'\\"'])
def test_a_body_made_to_keep_a_worker_busy_is_given_up(inside: bytes) -> None:
    body = b'{"batch":[{' + inside * 100_000 + b"}]}"

    assert split_batch(body)[0] == body
