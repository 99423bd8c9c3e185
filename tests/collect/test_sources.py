"""Write keys: where they stand in a request, and what it costs to look one up."""

import base64

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from personalize.collect import sources
from personalize.collect.refusal import Refused
from personalize.collect.sources import forget_sources, key_in_header, source_of
from personalize.models.source import Source


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    forget_sources()


@pytest.fixture
def write_key(db: None) -> str:
    """The key of a source named shop-server."""
    source = Source(name="shop-server")
    key = source.renew_key()
    source.save()
    return key


def key_of(header: str) -> str:
    return key_in_header(RequestFactory().post("/", headers={"authorization": header}))


def basic(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def refusal_of(key: str) -> Refused:
    with pytest.raises(Refused) as refused:
        source_of(key)
    assert (refused.value.status, refused.value.field) == (401, "writeKey")
    return refused.value


def test_a_write_key_finds_its_source(write_key):
    assert source_of(write_key).name == "shop-server"


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Basic " + basic("key:"), "key"),
        ("basic " + basic("key"), "key"),
        ("Basic " + basic("key:password:more"), "key"),
        ("Basic " + basic(":password"), ""),
        ("Bearer token", ""),
        ("", ""),
    ],
)
def test_the_key_is_the_user_name_of_basic_authentication(header, key):
    assert key_of(header) == key


@pytest.mark.parametrize("header", ["Basic ???", "Basic é", "Basic " + "gA=="])
def test_a_broken_header_is_refused(header):
    with pytest.raises(Refused) as refused:
        key_of(header)
    assert (refused.value.status, refused.value.field) == (401, "Authorization")


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "guessed", "x" * 10_000, "é\x00"])
def test_a_key_of_no_source_is_refused(key):
    assert "No source" in refusal_of(key).message


def test_an_inactive_source_is_refused_by_its_name(write_key):
    Source.objects.update(is_active=False)
    assert "'shop-server'" in refusal_of(write_key).message


def test_right_and_wrong_keys_are_looked_up_once(write_key, django_assert_num_queries):
    with django_assert_num_queries(2):
        for _ in range(3):
            source_of(write_key)
            refusal_of("guessed")


def test_a_change_counts_after_some_seconds_or_at_once_when_told(write_key, monkeypatch):
    source_of(write_key)
    Source.objects.update(is_active=False)
    assert source_of(write_key).is_active
    forget_sources()
    refusal_of(write_key)
    monkeypatch.setattr(sources, "REMEMBER_SECONDS", 0.0)
    forget_sources()
    refusal_of(write_key)
    Source.objects.update(is_active=True)
    assert source_of(write_key).is_active


def test_what_is_known_holds_while_the_database_does_not_answer_F7(write_key, monkeypatch):
    def refuse(**_):
        raise OperationalError("the server went away")

    source_of(write_key)
    monkeypatch.setattr(sources.time, "monotonic", lambda: 1e9)
    monkeypatch.setattr(Source.objects, "filter", refuse)
    assert source_of(write_key).name == "shop-server"
    with pytest.raises(OperationalError):
        source_of("guessed")


@pytest.mark.django_db
def test_guessing_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(sources, "REMEMBER_KEYS", 10)
    for number in range(25):
        refusal_of(f"guess {number}")
    assert len(sources._known) <= 10
