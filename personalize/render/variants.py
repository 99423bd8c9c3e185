"""Render what a variant of the database shows."""

import json
import logging

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from personalize.decide.decision import Content
from personalize.logs import told
from personalize.metrics import count
from personalize.models.slot import template_path

logger = logging.getLogger(__name__)

# In a script element these three could end it; as escapes they mean the same to JSON.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def render_variant(content: Content, *, request: HttpRequest | None) -> SafeString | None:
    """Return the variant's markup, or None when it cannot be rendered: the default stands in.

    Rich text was sanitised when the plan was compiled; JSON becomes a
    `<script type="application/json">` that the site's own script reads.
    """
    if content.template:
        return _from_template(content, request)
    if content.html:
        return mark_safe(content.html)  # noqa: S308 - sanitised by nh3
    text = json.dumps(content.values).translate(_ESCAPES)
    return format_html(
        '<script type="application/json" data-pz-json="{}">{}</script>',
        content.slot,
        mark_safe(text),  # noqa: S308 - escaped above
    )


def _from_template(content: Content, request: HttpRequest | None) -> SafeString | None:
    given = {"slot": content.slot, "data": content.values}
    try:
        return render_to_string(template_path(content.template), given, request=request)
    except Exception as error:  # noqa: BLE001 - one variant's fault is not its page's
        logger.error("The variant of slot %s could not be rendered: %s", content.slot, told(error))
        count("render.variant_error")
        return None
