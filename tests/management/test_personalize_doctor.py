"""`manage.py personalize_doctor`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from personalize.management.commands import personalize_doctor
from personalize.measure.probes import Finding, State

FINE = Finding("redis", State.FINE, "It answers.")
BROKEN = Finding("worker", State.BROKEN, "None answers.", "Start one.")


def run(monkeypatch, findings, *arguments):
    monkeypatch.setattr(personalize_doctor, "examine", lambda **options: iter(findings))
    out = StringIO()
    try:
        call_command("personalize_doctor", *arguments, stdout=out)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_every_finding_is_a_line_and_every_fix_another(monkeypatch):
    said, failure = run(monkeypatch, [FINE, BROKEN])

    assert said.splitlines() == [
        "✓ redis: It answers.",
        "✗ worker: None answers.",
        "    → Start one.",
    ]
    assert failure == "Broken: worker."


def test_it_succeeds_when_nothing_is_broken(monkeypatch):
    assert run(monkeypatch, [FINE])[1] == ""


def test_it_prints_json_for_machines_and_fails_all_the_same(monkeypatch):
    said, failure = run(monkeypatch, [FINE, BROKEN], "--json")

    assert [finding["part"] for finding in json.loads(said)] == ["redis", "worker"]
    assert failure


@pytest.mark.parametrize("url", ["", "/"])
def test_options_reach_the_probes(monkeypatch, url):
    given = {}
    monkeypatch.setattr(
        personalize_doctor, "examine", lambda **options: given.update(options) or iter([FINE])
    )

    call_command("personalize_doctor", f"--url={url}", "--wait=3", stdout=StringIO())

    assert given == {"url": url, "wait_seconds": 3.0}
