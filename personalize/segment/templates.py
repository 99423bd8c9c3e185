"""Segments to begin from: what editors ask for most, as rules that they then make their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CATEGORY = "magazine"  # where a template's category is not chosen


@dataclass(frozen=True, slots=True)
class SegmentTemplate:
    """A rule with a name and the reason for it; `slug` is also the one it proposes."""

    slug: str
    name: str | Promise
    description: str | Promise
    rule: Mapping[str, Any]

    @property
    def is_by_category(self) -> bool:
        """Whether somebody has to say which category is meant."""
        return self.slug == BY_CATEGORY


BY_CATEGORY = "by-category"


def _did(
    event: str,
    operator: str,
    value: Any,
    *,
    window: str | None = None,
    aggregate: str = "count",
    of: str | None = None,
    where: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    behaviour: dict[str, Any] = {"event": event, "aggregate": aggregate, "window": window}
    behaviour |= {"property": of} if of else {}
    behaviour |= {"where": where} if where else {}
    return {
        "field": "behaviour",
        "behaviour": behaviour,
        "operator": operator,
        "value": value,
    }


def _is(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def _all(*rules: Mapping[str, Any]) -> dict[str, Any]:
    return {"combinator": "and", "not": False, "rules": list(rules)}


def _any(*rules: Mapping[str, Any]) -> dict[str, Any]:
    return {"combinator": "or", "not": False, "rules": list(rules)}


def of_category(category: str) -> dict[str, Any]:
    """Return the rule for those who come back to pages or products of a category."""
    within = _all(_is("category", "=", category))
    return _any(
        _did("Page Viewed", ">=", 3, window="30d", where=within),
        _did("Product Viewed", ">=", 3, window="30d", where=within),
    )


TEMPLATES = (
    SegmentTemplate(
        "frequent-browsers",
        _("Frequent browsers with few conversions"),
        _("They come on many days and hardly ever buy: show them what may still be in the way."),
        _all(
            _did("Page Viewed", ">=", 5, window="30d", aggregate="days_active"),
            _did("Order Completed", "<=", 1, window="90d"),
        ),
    ),
    SegmentTemplate(
        "high-intent",
        _("High intent"),
        _("Several looks at products, or the check-out opened, and nothing bought yet this week."),
        _all(
            _any(
                _did("Product Viewed", ">=", 3, window="7d"),
                _did("Checkout Started", ">=", 1, window="7d"),
            ),
            _did("Order Completed", "=", 0, window="7d"),
        ),
    ),
    SegmentTemplate(
        "engaged-readers",
        _("Engaged readers"),
        _("They read for a quarter of an hour a month, and to the end: ask them to subscribe."),
        _all(
            _did("Page Engaged", ">=", 900, window="30d", aggregate="sum", of="visible_seconds"),
            _did("Page Scrolled", ">=", 3, window="30d", where=_all(_is("percent", ">=", 75))),
        ),
    ),
    SegmentTemplate(
        "bargain-hunters",
        _("Bargain hunters"),
        _("They buy with coupons, or search for what is on sale."),
        _any(
            _did("Order Completed", ">=", 1, window="90d", where=_all(_is("coupon", "notNull"))),
            _did(
                "Products Searched", ">=", 1, window="30d",
                where=_any(*(
                    _is("query", "contains", word) for word in ("sale", "discount", "coupon")
                )),
            ),
            _is("context.utm_campaign", "contains", "sale"),
        ),
    ),
    SegmentTemplate(
        "new-visitors",
        _("New visitors"),
        _("In their first session: say who you are before anything else."),
        _all(_is("session.number", "<=", 1)),
    ),
    SegmentTemplate(
        "returning-visitors",
        _("Returning visitors"),
        _("At least their second session, and here before within the last month."),
        _all(
            _is("session.number", ">=", 2),
            _did("Page Viewed", ">=", 2, window="30d", aggregate="days_active"),
        ),
    ),
    SegmentTemplate(
        "lapsing-customers",
        _("Lapsing customers"),
        _("They have bought, and have not been here for one to six months: win them back."),
        _all(
            _did("Order Completed", ">=", 1),
            _did(
                "Page Viewed", "between", [30 * 86_400, 180 * 86_400],
                aggregate="seconds_since_last",
            ),
        ),
    ),
    SegmentTemplate(
        "cart-abandoners",
        _("Cart abandoners"),
        _("Something was put into the cart in the last three days, and nothing was bought since."),
        _all(
            _did("Product Added", ">=", 1, window="3d"),
            _did("Order Completed", "=", 0, window="3d"),
        ),
    ),
    SegmentTemplate(
        "mobile-first",
        _("Mobile first"),
        _("They look at pages mostly on a phone, for which large tables and videos are too much."),
        _all(
            _is("context.device", "=", "mobile"),
            _did("Page Viewed", ">=", 5, window="30d"),
        ),
    ),
    SegmentTemplate(
        BY_CATEGORY,
        _("Interested in a category"),
        _("Three or more pages or products of one category within a month."),
        of_category(CATEGORY),
    ),
)  # fmt: skip

BY_SLUG = {template.slug: template for template in TEMPLATES}


def initial_of(slug: str, *, category: str = "") -> dict[str, Any]:
    """Return what a form for a new segment begins with; nothing for a template there is not."""
    template = BY_SLUG.get(slug)
    if template is None:
        return {}
    initial = {
        "name": str(template.name),
        "slug": template.slug,
        "description": str(template.description),
        "rule": dict(template.rule),
    }
    if template.is_by_category and (category := category.strip()[:100]):
        initial |= {"name": f"{template.name}: {category}", "rule": of_category(category)}
    return initial
