"""The plan of a process: compiled once per version, by one thread, while the others go on."""

import time
from threading import Barrier, Event, Thread

import pytest
from django.db import DatabaseError
from pytest_django import Settings

from personalize.decide.compiled import empty_plan
from personalize.decide.decision import Plan
from personalize.decide.plan import PlanKeeper, current_plan, forget_plan, plan_at
from personalize.models import Slot, Variant
from personalize.profile.store import bump_plan_version
from tests.decide.plans import plan_of


class Compiler:
    """Compiles empty plans, and counts how often."""

    def __init__(self) -> None:
        self.versions: list[int | None] = []
        self.is_open = Event()
        self.is_open.set()
        self.fails = False

    def __call__(self, version: int | None) -> Plan:
        self.versions.append(version)
        self.is_open.wait(10)
        if self.fails:
            raise DatabaseError
        return plan_of(version=version)


@pytest.fixture
def compiler() -> Compiler:
    return Compiler()


def test_keeper_compiles_once_per_version(compiler: Compiler) -> None:
    keeper = PlanKeeper(compiler)
    assert [keeper.at(version).version for version in (1, 1, 2, 2)] == [1, 1, 2, 2]
    assert compiler.versions == [1, 2]


def test_keeper_keeps_its_plan_when_nobody_knows_the_version(compiler: Compiler) -> None:
    """Redis is down: what was compiled stands."""
    keeper = PlanKeeper(compiler)
    keeper.at(1)
    assert keeper.at(None).version == 1
    assert compiler.versions == [1]


def test_keeper_lets_others_go_on_with_the_old_plan(compiler: Compiler) -> None:
    """Row F24: a change is compiled once, and nobody waits for it."""
    keeper = PlanKeeper(compiler)
    keeper.at(1)
    compiler.is_open.clear()
    first = Thread(target=keeper.at, args=(2,))
    first.start()
    while len(compiler.versions) < 2:
        time.sleep(0.001)
    assert [keeper.at(2).version for _ in range(100)] == [1] * 100
    compiler.is_open.set()
    first.join()
    assert keeper.at(2).version == 2
    assert compiler.versions == [1, 2]


def test_keeper_lets_the_first_requests_of_a_process_wait(compiler: Compiler) -> None:
    keeper, barrier = PlanKeeper(compiler), Barrier(8)
    found: list[int | None] = []

    def ask() -> None:
        barrier.wait()
        found.append(keeper.at(1).version)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8
    assert compiler.versions == [1]


def test_keeper_survives_a_database_that_is_down(compiler: Compiler) -> None:
    """Row F7: what was compiled stands, or nothing is configured; and it is tried again, seldom."""
    compiler.fails = True
    keeper = PlanKeeper(compiler)
    assert [keeper.at(1).slots for _ in range(5)] == [empty_plan().slots] * 5
    assert compiler.versions == [1]
    keeper.forget()
    compiler.fails = False
    assert keeper.at(1).version == 1
    compiler.fails = True
    assert keeper.at(2).version == 1


@pytest.mark.django_db
def test_plan_at_follows_the_version() -> None:
    forget_plan()
    slot = Slot.objects.create(key="hero")
    assert plan_at(1).slot("hero").candidates == ()
    Variant.objects.create(slot=slot, name="a", content="x", is_live=True)
    assert plan_at(1).slot("hero").candidates == ()
    assert len(plan_at(2).slot("hero").candidates) == 1


@pytest.mark.django_db
def test_current_plan_asks_for_the_version_now_and_then(settings: Settings) -> None:
    forget_plan()
    assert current_plan().slot("hero").candidates == ()
    Variant.objects.create(
        slot=Slot.objects.create(key="hero"), name="a", content="x", is_live=True
    )
    bump_plan_version()
    assert current_plan().slot("hero").candidates == ()
    settings.PERSONALIZE = {**settings.PERSONALIZE, "PLAN_MAX_AGE_SECONDS": 0.0}
    assert len(current_plan().slot("hero").candidates) == 1
