"""The country of a network: read, swapped, and done without."""

import os
from pathlib import Path

import pytest

from personalize import metrics
from personalize.collect import geo
from personalize.collect.geo import country_of
from tests.collect.mmdb import write_countries


@pytest.fixture
def database(tmp_path: Path, settings, monkeypatch) -> Path:
    monkeypatch.setattr(geo, "LOOK_AGAIN_SECONDS", 0.0)
    path = tmp_path / "countries.mmdb"
    write_countries(path, {"203.0.113.0/24": "DE", "198.51.100.0/24": "FR"})
    settings.PERSONALIZE = {**settings.PERSONALIZE, "GEO_DATABASE": str(path)}
    return path


def replace(path: Path, write) -> None:
    """Put another file in its place, as geoipupdate does, with another time of change."""
    new = path.with_suffix(".new")
    write(new)
    os.utime(new, (1, 1))
    new.rename(path)


def test_a_network_has_a_country(database):
    assert country_of("203.0.113.0") == "DE"
    assert country_of("198.51.100.0") == "FR"


@pytest.mark.parametrize("network", ["192.0.2.0", "2001:db8::", "", "nonsense"])
def test_what_the_database_does_not_know_has_none(database, network):
    assert country_of(network) == ""


def test_a_replaced_database_is_noticed(database):
    assert country_of("203.0.113.0") == "DE"
    replace(database, lambda path: write_countries(path, {"203.0.113.0/24": "AT"}))
    assert country_of("203.0.113.0") == "AT"


def test_a_broken_replacement_leaves_the_last_good_one_in_use(database):
    assert country_of("203.0.113.0") == "DE"
    before = metrics.snapshot().get("geo.unavailable", 0)
    replace(database, lambda path: path.write_bytes(b"no database"))
    assert country_of("203.0.113.0") == "DE"
    assert metrics.snapshot()["geo.unavailable"] > before


def test_an_overwritten_file_ends_nobody_F29(database):
    assert country_of("203.0.113.0") == "DE"
    database.write_bytes(b"")
    assert country_of("198.51.100.0") == "FR"


def test_without_a_file_there_is_no_country(settings, tmp_path):
    for path in ("", str(tmp_path / "missing.mmdb")):
        settings.PERSONALIZE = {**settings.PERSONALIZE, "GEO_DATABASE": path}
        assert country_of("203.0.113.0") == ""
