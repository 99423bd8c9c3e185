"""Checks of where the middleware stands."""

import pytest

from tests.checks.site import CONDITIONAL, FETCH, GZIP, OURS, UPDATE, ids, messages, middleware

FAULTS = [
    ("E006", middleware(GZIP, CONDITIONAL)),
    ("E007", middleware(UPDATE, OURS)),
    ("E007", middleware(FETCH, OURS)),
    ("E008", middleware(OURS, GZIP)),
    ("E009", middleware(OURS, CONDITIONAL)),
    ("W005", middleware(OURS, "htmlmin.middleware.HtmlMinifyMiddleware")),
]


@pytest.mark.parametrize(("expected", "overrides"), FAULTS)
def test_each_wrong_order_yields_exactly_one_message_with_its_fix(expected, overrides):
    found = messages(**overrides)

    assert ids(found) == [expected]
    assert found[0].hint
