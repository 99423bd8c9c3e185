"""Checks of `PERSONALIZE` itself."""

import sys

import pytest

from tests.checks.site import conf, ids, messages

FAULTS = [
    ("E001", {"PERSONALIZE": ["REDIS_URL"]}),
    ("E001", conf(PARTITIONS="8")),
    ("E001", conf(CONSENT_REQUIRED="analytics")),
    ("W001", conf(PARTITION=8)),
    ("E002", conf(PARTITIONS=0)),
    ("E002", conf(GLOBAL_HOLDOUT_PERCENT=101.0)),
    ("E002", conf(TRUSTED_PROXIES=-1)),
    ("E003", conf(STREAM="personalize.stream.nothing.Stream")),
    ("E003", conf(STREAM_OPTIONS={"brokers": []})),
    ("E004", conf(CONSENT_REQUIRED=["analytics", "advertising"])),
    ("E005", conf(ALLOWED_ORIGINS=["*"])),
    ("E005", conf(ALLOWED_ORIGINS=["https://*.example.com"])),
    ("E005", conf(ALLOWED_ORIGINS=["https://example.com/"])),
    ("E005", conf(ALLOWED_ORIGINS=["example.com"])),
    ("E010", {"SECRET_KEY": ""}),
    ("W002", conf(GEO_DATABASE="/nowhere/country.mmdb")),
    ("W009", conf(CRAWLER_RANGES={"Googlebot": "/nowhere/googlebot.json"})),
    ("W009", conf(CRAWLER_RANGES={"Googlebot": __file__})),
    ("W006", conf(IDENTIFY_SECRET="short")),
    ("W008", conf(COOKIE_MAX_AGE_DAYS=730)),
    ("E015", conf(CONSENT_VERSION="")),
    ("E015", conf(CONSENT_VERSION="1.1")),
    ("E015", conf(CONSENT_VERSION="2026-11")),
]


@pytest.mark.parametrize(
    ("expected", "overrides"), FAULTS, ids=[f"{e}-{i}" for i, (e, _) in enumerate(FAULTS)]
)
def test_each_wrong_setting_yields_exactly_one_message_with_its_fix(expected, overrides):
    found = messages(**overrides)

    assert ids(found) == [expected]
    assert found[0].hint


def test_a_stream_without_its_package_is_told_what_to_install(monkeypatch):
    for module in ("kinesis", "kinesis_log"):
        monkeypatch.delitem(sys.modules, f"personalize.stream.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "boto3", None)
    stream = "personalize.stream.kinesis.KinesisStream"

    found = messages(**conf(STREAM=stream, STREAM_OPTIONS={"name": "events"}))

    assert ids(found) == ["E016"]
    assert "django-personalize[kinesis]" in found[0].hint


@pytest.mark.parametrize("version", ["1", "2026_11", "v2"])
def test_a_version_that_the_cookie_can_carry_is_fine(version):
    assert messages(**conf(CONSENT_VERSION=version)) == []


def test_an_unknown_setting_is_told_its_nearest_neighbour_U26():
    (message,) = messages(**conf(partition=8))

    assert "Did you mean 'PARTITIONS'?" in message.msg


def test_a_wrong_type_is_named_with_what_was_expected_U26():
    (message,) = messages(**conf(PARTITIONS="8"))

    assert "`int`" in message.msg
    assert "PARTITIONS" in message.msg
