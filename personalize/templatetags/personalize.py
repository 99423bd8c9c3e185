"""The template tags: `{% load personalize %}`. None of what they write depends on the visitor."""

import logging
from datetime import datetime
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.exceptions import TemplateSyntaxError
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from personalize.conf import settings
from personalize.decide.candidates import audience_rule, milliseconds
from personalize.render.inplace import finished
from personalize.render.slots import choice_markup, slot_markup, trait_markup, variant_markup
from personalize.segment.intern import intern_on_render

register = template.Library()
logger = logging.getLogger(__name__)

# The context's name for the slot being written: a variant elsewhere would show itself to everybody.
CURRENT = "personalize_slot"


class HoleNode(Node):
    """A tag whose markup the middleware fills, or the tag itself when there is none."""

    def __init__(self, parser: Parser, arguments: "Arguments") -> None:
        self.arguments = arguments
        # A fragment within {% cache %} outlives the request, so nothing may be decided in it.
        self.is_cached = any(command == "cache" for command, _ in parser.command_stack)

    def finished(self, markup: str, context: Context) -> SafeString:
        """Return the markup as it shall stand in the page."""
        request: HttpRequest | None = context.get("request")
        return finished(markup, request=request, may_decide=not self.is_cached)


class SlotNode(HoleNode):
    """A slot: `{% slot "hero" %}the default{% variant … %}…{% endvariant %}{% endslot %}`."""

    def __init__(self, parser: Parser, arguments: "Arguments", *, nodelist: NodeList) -> None:
        super().__init__(parser, arguments)
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        """Write the default and every variant."""
        key = str(self.arguments.positional(context))
        with context.push(**{CURRENT: key}):
            body = self.nodelist.render(context)
        return self.finished(slot_markup(key, body=body, request=context.get("request")), context)


class AsyncSlotNode(Node):
    """A slot that the tracker fills: `{% slot "hero" async min_height="20rem" %}…{% endslot %}`."""

    def __init__(self, arguments: "Arguments", *, nodelist: NodeList) -> None:
        self.arguments = arguments
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        """Write the default into an element that the tracker finds."""
        named = self.arguments.named(context)
        height = named.get("min_height")
        style = f"min-height:{height}" if height else None
        with context.push(**{CURRENT: None}):
            body = self.nodelist.render(context)
        attributes = [
            format_html(' {}="{}"', name, value)
            for name, value in (
                ("class", named.get("class")),
                ("style", style),
            )
            if value
        ]
        return format_html(
            '<div data-pz-slot="{}"{}>{}</div>',
            self.arguments.positional(context),
            mark_safe("".join(attributes)),  # noqa: S308 - made by format_html
            body,
        )


class InSegmentNode(HoleNode):
    """A choice: `{% insegment "high-intent" %}…{% else %}…{% endinsegment %}`."""

    def __init__(
        self, parser: Parser, arguments: "Arguments", *, inside: NodeList, outside: NodeList
    ) -> None:
        super().__init__(parser, arguments)
        self.inside = inside
        self.outside = outside

    def render(self, context: Context) -> SafeString:
        """Write both sides."""
        markup = choice_markup(
            rule=audience_rule(in_segments=slugs(self.arguments.positional(context))),
            body=self.inside.render(context),
            default=self.outside.render(context),
        )
        return self.finished(markup, context)


class TraitNode(HoleNode):
    """A merge tag: `{% trait "first_name" default="there" %}`."""

    def render(self, context: Context) -> SafeString:
        """Write the merge tag; its value is escaped when it is filled in."""
        default = self.arguments.named(context).get("default", "")
        key = str(self.arguments.positional(context))
        return self.finished(trait_markup(key, default=str(default)), context)


class Arguments:
    """What follows a tag's name: one value, flags, and named values."""

    def __init__(
        self,
        parser: Parser,
        token: Token,
        *,
        named: tuple[str, ...] = (),
        flags: tuple[str, ...] = (),
    ) -> None:
        tag, *bits = token.split_contents()
        if not bits:
            raise TemplateSyntaxError(f'{tag!r} needs a value, for example {{% {tag} "name" %}}.')
        self._value: FilterExpression = parser.compile_filter(bits.pop(0))
        self.flags = {bit for bit in bits if bit in flags}
        rest = [bit for bit in bits if bit not in flags]
        self._named: dict[str, FilterExpression] = token_kwargs(rest, parser)
        if rest or self._named.keys() - set(named):
            wrong = rest[0] if rest else min(self._named.keys() - set(named))
            raise TemplateSyntaxError(
                f"{tag!r} has no option {wrong!r}; it knows {[*flags, *named]}."
            )

    def positional(self, context: Context) -> Any:
        """Return the value."""
        return self._value.resolve(context)

    def named(self, context: Context) -> dict[str, Any]:
        """Return the named values."""
        return {name: value.resolve(context) for name, value in self._named.items()}


@register.tag
def slot(parser: Parser, token: Token) -> Node:
    """Compile `slot`."""
    arguments = Arguments(parser, token, named=("min_height", "class"), flags=("async",))
    nodelist = parser.parse(("endslot",))
    parser.delete_first_token()
    if "async" not in arguments.flags:
        return SlotNode(parser, arguments, nodelist=nodelist)
    return AsyncSlotNode(arguments, nodelist=nodelist)


@register.tag
def insegment(parser: Parser, token: Token) -> InSegmentNode:
    """Compile `insegment`."""
    arguments = Arguments(parser, token)
    inside, outside = parser.parse(("else", "endinsegment")), NodeList()
    if parser.next_token().contents == "else":
        outside = parser.parse(("endinsegment",))
        parser.delete_first_token()
    return InSegmentNode(parser, arguments, inside=inside, outside=outside)


@register.tag
def trait(parser: Parser, token: Token) -> TraitNode:
    """Compile `trait`."""
    return TraitNode(parser, Arguments(parser, token, named=("default",)))


@register.simple_block_tag(takes_context=True)
def variant(
    context: Context,
    content: str,
    name: str,
    segments: Any = "",
    rule: Any = None,
    priority: int = 100,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    group: str = "",
) -> str:
    """Write a variant of the slot around it.

    `segments` is a list, or slugs with commas between: any of them; `rule` is in the rule language.
    """
    if context.get(CURRENT) is None:
        logger.error("The variant %s stands in no slot, or in an async one: nobody sees it", name)
        return ""
    if rule:
        intern_on_render(rule)
    markup = variant_markup(
        str(name),
        rule=audience_rule(rule=rule, in_segments=slugs(segments)),
        body=content,
        priority=int(priority),
        starts_at=milliseconds(starts_at),
        ends_at=milliseconds(ends_at),
        group=str(group),
    )
    return mark_safe(markup)  # noqa: S308 - the content is escaped where it comes from


@register.simple_tag(takes_context=True)
def personalize_scripts(context: Context, modules: str | None = None) -> SafeString:
    """Write the tracker's script tag: the same for every visitor, so that pages can be stored."""
    request = context.get("request")
    nonce = context.get("csp_nonce") or getattr(request, "csp_nonce", "")
    attributes = {
        "nonce": str(nonce) if nonce else None,
        "data-endpoint": reverse("personalize:batch").removesuffix("v1/batch"),
        "data-consent": " ".join(settings().CONSENT_REQUIRED),
        "data-consent-version": settings().CONSENT_VERSION,
        "data-modules": modules,
    }
    written = [format_html(' {}="{}"', *pair) for pair in attributes.items() if pair[1] is not None]
    return format_html(
        '<script src="{}" defer{}></script>',
        static("personalize/tracker.js"),
        mark_safe("".join(written)),  # noqa: S308 - made by format_html
    )


@register.simple_tag
def personalize_honeypot() -> SafeString:
    """Write a link that no person sees or reaches by keyboard: who follows it is a program."""
    attributes = 'rel="nofollow" tabindex="-1" aria-hidden="true" hidden'
    written = mark_safe(attributes)  # noqa: S308 - written here
    return format_html('<a href="{}" {}>More</a>', reverse("personalize:honeypot"), written)


def slugs(named: Any) -> list[str]:
    """Return the segments that a template names: a list, or text with commas."""
    parts = named.split(",") if isinstance(named, str) else [str(slug) for slug in named or ()]
    return [part.strip() for part in parts if part.strip()]
