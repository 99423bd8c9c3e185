"""Sampled decisions: kept with consent, handed over, stored once, forgotten with the person."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from personalize import tasks
from personalize.clean.erased import bury
from personalize.connections import worker_redis
from personalize.decide.decide import decide
from personalize.decide.decision import Plan, PlannedSlot, Viewer
from personalize.decide.record import Record, decode
from personalize.measure import samples
from personalize.models import DecisionSample
from personalize.privacy.erase import erase
from personalize.privacy.export import export
from personalize.rules.facts import PlainFacts
from tests.decide.plans import FROM_BERLIN, variant

pytestmark = pytest.mark.django_db
NOW = 1_700_000_000_000
SLOT = PlannedSlot("hero", (variant("berlin", FROM_BERLIN),))


def note(*subjects: str, city: str = "Berlin", path: str = "/") -> None:
    facts, viewer = PlainFacts(traits={"city": city}), Viewer("ada")
    plan = Plan(facts=lambda *_: facts, version=7)
    decision = decide(None, {}, [SLOT], plan=plan, now=NOW, viewer=viewer)["hero"]
    record = Record.of(SLOT, plan=plan, facts=facts, viewer=viewer, now=NOW)
    for subject in subjects:
        samples.note_decisions([(record, decision)], subject=subject, path=path, plan_version=7)


def test_a_sample_is_stored_with_all_that_it_rests_on():
    note("a:ada")
    samples.push()
    tasks.flush()
    row = DecisionSample.objects.get()
    assert (row.subject, row.path, row.plan_version) == ("a:ada", "/", 7)
    assert (row.slot, row.variant, row.reason) == ("hero", "berlin", "targeting_match")
    assert row.decided_at == datetime.fromtimestamp(NOW / 1_000, UTC)
    assert decode(bytes(row.record)).decide_again().variant == "berlin"
    assert not worker_redis().exists(samples.KEY)


def test_a_flush_that_is_done_again_stores_a_sample_once():
    note("a:ada")
    samples.push()
    (waiting,) = worker_redis().lrange(samples.KEY, 0, -1)
    assert samples.flush_samples() == 1
    worker_redis().rpush(samples.KEY, waiting)
    samples.flush_samples()
    assert DecisionSample.objects.count() == 1


def test_what_waits_of_an_erased_visitor_is_dropped():
    note("a:ada", "a:bob")
    samples.push()
    bury("a:ada")
    samples.flush_samples()
    assert DecisionSample.objects.get().subject == "a:bob"


def test_who_is_erased_while_samples_are_stored_is_not_kept(monkeypatch):
    note("a:ada", "a:bob")
    samples.push()
    store = DecisionSample.objects.bulk_create

    def erased_first(rows, **options):
        erase(["a:ada"])
        return store(rows, **options)

    monkeypatch.setattr(DecisionSample.objects, "bulk_create", erased_first)
    samples.flush_samples()
    assert DecisionSample.objects.get().subject == "a:bob"


def test_a_path_that_no_database_takes_stops_nobody(rf):
    note("a:ada", path=rf.get("/a%00b").path)
    samples.push()
    samples.flush_samples()
    assert DecisionSample.objects.get().path == "/ab"


def test_erasure_and_export_reach_samples():
    note("a:ada", "a:bob", city="Rome")
    samples.push()
    samples.flush_samples()
    (told,) = export(["a:ada"])["decisions"]
    assert (told["slot"], told["reason"]) == ("hero", "default")
    assert told["asked"] == {"trait.city": "Rome"}
    assert "Berlin" not in str(told)  # rules are the site's own
    erase(["a:ada"])
    assert DecisionSample.objects.get().subject == "a:bob"


def test_old_samples_are_deleted():
    note("a:ada", "a:bob")
    samples.push()
    samples.flush_samples()
    young = DecisionSample.objects.first()
    young.decided_at = timezone.now() - timedelta(days=29)
    young.save()
    tasks.prune()
    assert DecisionSample.objects.get() == young


@pytest.mark.parametrize(("percent", "is_due"), [(0.0, False), (100.0, True)])
def test_the_share_is_a_setting(settings, percent, is_due):
    settings.PERSONALIZE = {**settings.PERSONALIZE, "DECISION_SAMPLE_PERCENT": percent}
    assert all(samples.is_due() is is_due for _ in range(100))


def test_what_redis_does_not_take_is_not_kept(settings):
    note("a:ada")
    settings.PERSONALIZE = {**settings.PERSONALIZE, "REDIS_URL": "redis://127.0.0.1:1/0"}
    samples.push()
    assert not samples._waiting


def test_a_fact_that_cannot_be_encoded_costs_one_sample():
    note("a:ada", city="\ud800")
    note("a:bob")
    assert len(samples._waiting) == 1


def test_what_cannot_be_read_keeps_nothing_else_from_being_stored():
    worker_redis().rpush(samples.KEY, b"\xc1 of another release")
    note("a:ada")
    samples.push()
    tasks.flush()
    assert DecisionSample.objects.count() == 1
    assert worker_redis().llen(samples.KEY) == 0
