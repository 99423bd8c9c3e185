"""An event in cleaning, for tests of one step."""

from typing import Any

from msgspec.structs import replace

from personalize.clean.draft import Draft
from personalize.clean.policy import Policies, SourcePolicy, Statistics, compile_event
from personalize.events.declared import parse_properties
from personalize.testing import event_of

RATES = {"USD": 0.5, "GBP": 2.0}


def draft_of(
    properties: dict[str, Any],
    *,
    declared: dict[str, Any],
    statistics: dict[str, Statistics] | None = None,
    currency: str = "",
) -> Draft:
    """Return an event of these properties on a site that counts in euros."""
    policy = compile_event(
        parse_properties(declared), statistics=statistics or {}, is_converting=True
    )
    return Draft(
        replace(event_of("a:visitor"), properties=properties),
        policy=policy,
        source=SourcePolicy(currency=currency),
        policies=Policies(currency="EUR", rates=RATES),
    )
