"""Rules in words, in the language of the person who reads, with the names that editors gave."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from personalize.rules.describe import Names, describe, describe_behaviour
from personalize.rules.syntax import Group, InvalidRule, parse
from personalize.segment import intern
from personalize.segment.names import editors_names


def sentence(rule: Any, *, names: Names | None = None) -> str:
    """Return the rule as a sentence about a visitor; a rule with faults says so.

    Who says several rules hands in the names, so that they are looked up once.
    """
    try:
        parsed = parse(rule)
    except InvalidRule as error:
        return gettext("The rule has faults: %(faults)s") % {"faults": error}
    return describe(parsed, names=names or editors_names())


def rule_column(
    field: str, title: Any, *, applies: Callable[[Any], bool] = lambda row: True
) -> Callable[[Any], str]:
    """Return a list's column that says each row's rule in words, for one page."""
    names = editors_names()

    @admin.display(description=title)
    def in_words(row: Any) -> str:
        return sentence(getattr(row, field), names=names) if applies(row) else "–"

    return in_words


def lacking_past(rule: Group) -> list[str]:
    """Return a sentence for each behaviour of the rule whose window began before it was counted."""
    return [
        _counted(describe_behaviour(behaviour, names=editors_names()), since)
        for behaviour, since in intern.lacking_past(rule, now=timezone.now()).items()
    ]


def _counted(what: str, since: datetime | None) -> str:
    if since is None:
        return gettext("Not counted yet: %(what)s.") % {"what": what}
    when = date_format(timezone.localtime(since), "DATETIME_FORMAT")
    return gettext("Counted since %(when)s, without what was before: %(what)s.") % {
        "when": when,
        "what": what,
    }
