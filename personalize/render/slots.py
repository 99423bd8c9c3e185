"""Write slots, variants and merge tags: all of them into the page, between markers, or in place."""

import json
from typing import Any

from django.http import HttpRequest

from personalize.decide.plan import current_plan
from personalize.render.markers import SLOT, TRAIT, VARIANT, closing, opening
from personalize.render.variants import render_variant

# Before the key of a choice that is no slot: it is not measured.
UNNAMED = "@"


def is_filled_later(request: HttpRequest) -> bool:
    """Return whether the middleware will fill the holes of this request's response."""
    return getattr(request, "personalize_fills_holes", False)


def slot_markup(key: str, *, body: str, request: HttpRequest | None) -> str:
    """Return a slot: its body (default and inline variants), and the variants of the database."""
    plan = current_plan()
    variants: list[str] = []
    for candidate in plan.slot(key).candidates:
        content = plan.contents[candidate.id]
        markup = render_variant(content, request=request)
        if markup is not None:
            mark = {"i": candidate.id, "h": content.version}
            variants.append(_enclosed(VARIANT, mark, markup))
    return _enclosed(SLOT, {"k": key}, body + "".join(variants))


def choice_markup(*, rule: Any, body: str, default: str) -> str:
    """Return `body` for those whom the rule matches, `default` for the others: a nameless slot."""
    # The rule is the choice's name: the same question has the same answer all over the page.
    key = UNNAMED + json.dumps(rule, sort_keys=True)
    return _enclosed(SLOT, {"k": key}, variant_markup("1", rule=rule, body=body) + default)


def variant_markup(variant: str, *, body: str, **audience: Any) -> str:
    """Return a variant that carries its audience with it, as `variant_marker` takes it."""
    return f"{variant_marker(variant, **audience)}{body}{closing(VARIANT)}"


def variant_marker(
    variant: str,
    *,
    rule: Any,
    priority: int = 100,
    starts_at: int | None = None,
    ends_at: int | None = None,
    group: str = "",
) -> str:
    """Return the marker that opens a variant; times are milliseconds."""
    values = {
        "i": variant,
        "r": rule,
        "p": priority,
        "f": starts_at,
        "u": ends_at,
        "g": group or None,
    }
    return opening(VARIANT, {k: v for k, v in values.items() if v is not None})


def trait_markup(key: str, *, default: str) -> str:
    """Return a merge tag."""
    return opening(TRAIT, {"k": key, "d": default})


def _enclosed(kind: str, payload: dict[str, Any], body: str) -> str:
    return f"{opening(kind, payload)}{body}{closing(kind)}"
