"""`personalize_rescore` says what changes sides."""

from io import StringIO

import pytest
from django.core.management import call_command

from personalize.clean import rejudge
from personalize.profile import store
from tests.history.histories import take
from tests.lake.conftest import lake  # noqa: F401  # a fixture
from tests.streamed import view

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("lake")]


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("personalize_rescore", *arguments, stdout=out)
    return out.getvalue()


def test_what_cannot_be_judged_is_said(settings) -> None:
    take([view(1)])
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_KEEPS_USER_AGENT": False}
    take([view(2), view(3)])
    assert "3 events judged" in said("--dry-run")
    assert "\n2 of them came without a user agent" in said("--dry-run")


def test_a_dry_run_says_what_the_command_does(monkeypatch: pytest.MonkeyPatch) -> None:
    take([view(1), view(2)])
    monkeypatch.setattr(rejudge, "bot_reason", lambda agent, context: "bot_word")
    judged = "2 events judged: 2 are bots' now, 0 are people's now, 0 have other reasons.\n"
    assert said("--dry-run") == f"{judged}1 subjects are concerned.\n"
    profile = store.read_profile("a:visitor")
    assert profile
    assert not profile.is_bot
    assert said() == f"{judged}1 subjects are concerned.\n1 profiles were made anew.\n"
    profile = store.read_profile("a:visitor")
    assert profile
    assert (profile.is_bot, profile.events) == (True, 0)
