"""What a variant of the database shows."""

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from personalize import metrics
from personalize.decide.decision import Content
from personalize.render.variants import render_variant
from tests.cms.pages import plain_templates


@pytest.fixture(autouse=True)
def templates(settings: Settings) -> None:
    settings.TEMPLATES = plain_templates()
    assert Path(django_settings.BASE_DIR / "tests" / "templates").is_dir()


def test_render_variant_returns_rich_text() -> None:
    assert render_variant(Content("hero", "1", html="<b>x</b>"), request=None) == "<b>x</b>"


def test_render_variant_renders_a_template_with_its_data() -> None:
    content = Content("hero", "1", template="greeting.html", values={"name": "<Ada>"})
    assert render_variant(content, request=None) == "Hello &lt;Ada&gt; in hero\n"


def test_render_variant_puts_json_where_no_markup_can_end_it() -> None:
    content = Content("hero", "1", values={"title": "</script><b>"})
    markup = render_variant(content, request=None)
    assert markup == (
        '<script type="application/json" data-pz-json="hero">'
        '{"title": "\\u003C/script\\u003E\\u003Cb\\u003E"}</script>'
    )


@pytest.mark.parametrize("template", ["missing.html", "../../plain.html", "broken.html"])
def test_render_variant_returns_nothing_for_a_template_that_fails(
    template: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = metrics.snapshot().get("render.variant_error", 0)
    assert render_variant(Content("hero", "1", template=template), request=None) is None
    assert metrics.snapshot()["render.variant_error"] == before + 1
