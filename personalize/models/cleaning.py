"""How events are cleaned, by source, and what the values of their properties were like of late."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import connections, models
from django.utils.translation import gettext_lazy as _

from personalize.events.event import BROWSER

QUERY_NAME = re.compile(r"[\w.\[\]-]{1,64}\*?")
is_currency = RegexValidator(
    r"^[A-Z]{3}$", _("Expected an ISO 4217 code of three capital letters, such as EUR.")
)


def validate_query_names(value: Any) -> None:
    """Raise ValidationError unless the value is a list of names, each perhaps with `*` after it."""
    if not isinstance(value, list):
        raise ValidationError(_("Expected a list of names: [“page”, “utm_*”]."))
    wrong = [each for each in value if not _is_query_name(each)]
    if wrong:
        message = _("Expected names of a query, such as “page” or “utm_*”; got %(wrong)s.")
        raise ValidationError(message, params={"wrong": ", ".join(map(repr, wrong))})


def _is_query_name(value: Any) -> bool:
    return isinstance(value, str) and bool(QUERY_NAME.fullmatch(value))


class CleaningPolicy(models.Model):
    """What is done to the events of one source. A source without a row has the defaults."""

    source = models.CharField(
        _("source"),
        max_length=50,
        unique=True,
        help_text=_("“browser” for visitors' browsers, else the name of a source."),
    )
    fingerprint_seconds = models.PositiveIntegerField(
        _("repetitions without an id, in seconds"),
        default=0,
        help_text=_(
            "An event without a message id that a visitor has sent within so many seconds with "
            "exactly the same content is a duplicate. 0: off."
        ),
    )
    bot_threshold = models.PositiveSmallIntegerField(
        _("points that make a bot"),
        default=100,
        help_text=_(
            "Each sign of a program has points: most have 100; what may have another reason, such "
            "as much from one network, has 50. Higher than 100 asks for several signs."
        ),
    )
    visitor_events_a_minute = models.PositiveIntegerField(
        _("events of one visitor in a minute"),
        default=300,
        help_text=_("A visitor with more is a bot for a day. 0: no limit."),
    )
    clicks_in_ten_seconds = models.PositiveIntegerField(
        _("clicks of one visitor in ten seconds"),
        default=40,
        help_text=_("A visitor with more is a bot for a day. 0: no limit."),
    )
    products_a_minute = models.PositiveIntegerField(
        _("products of one visitor in a minute"),
        default=60,
        help_text=_("A visitor who looks at more different ones is a bot for a day. 0: no limit."),
    )
    network_events_a_minute = models.PositiveIntegerField(
        _("events of one network in a minute"),
        default=3_000,
        help_text=_("More are a sign of a program, not enough alone. 0: no limit."),
    )
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        validators=[is_currency],
        help_text=_("Of amounts that come without one; empty: the site's (CURRENCY)."),
    )
    url_query_allowed = models.JSONField(
        _("names kept in queries"),
        default=list,
        blank=True,
        validators=[validate_query_names],
        help_text=_(
            "Of the queries of addresses, beside those in URL_QUERY_ALLOWED and utm_…; all others "
            "are cut, since they may name a person: [“page”, “filter_*”]."
        ),
    )
    masks_personal = models.BooleanField(
        _("mask what names a person"),
        default=True,
        help_text=_(
            "E-mail addresses, telephone, card and account numbers in properties become •••."
        ),
    )

    class Meta:
        verbose_name = _("cleaning policy")
        verbose_name_plural = _("cleaning policies")
        ordering = ["source"]

    def __str__(self) -> str:
        return self.source


class PropertyStatistics(models.Model):
    """What the values of one property of one event were like: computed every day from the lake."""

    event = models.CharField(_("event"), max_length=128)
    property = models.CharField(_("property"), max_length=128)
    count = models.PositiveBigIntegerField(_("values"), default=0)
    nulls = models.PositiveBigIntegerField(_("events without it"), default=0)
    median = models.FloatField(_("median"), null=True, blank=True)
    mad = models.FloatField(_("median absolute deviation"), null=True, blank=True)
    mode = models.JSONField(_("most frequent value"), null=True, blank=True)
    computed_at = models.DateTimeField(_("computed"))

    class Meta:
        verbose_name = _("statistics of a property")
        verbose_name_plural = _("statistics of properties")
        ordering = ["event", "property"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "property"], name="personalize_statistics_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.property}"


def register_browser_policy(*, using: str = "default", **_: Any) -> None:
    """Show the browsers' policy in the admin from the start (a `post_migrate` receiver)."""
    if CleaningPolicy._meta.db_table in connections[using].introspection.table_names():
        policies = CleaningPolicy.objects.using(using)
        policies.bulk_create([CleaningPolicy(source=BROWSER)], ignore_conflicts=True)
