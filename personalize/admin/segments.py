"""The segments' screen: the rule, its sentence, whom it reaches, and where it is used."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from personalize.admin.in_use import KeptWhileUsed
from personalize.admin.matrix import matrix_view
from personalize.admin.rule_desk import rule_desk_urls
from personalize.admin.segment_page import segment_page
from personalize.admin.tracked import TrackedAdmin
from personalize.admin.words import lacking_past, rule_column, sentence
from personalize.models import Segment, SegmentSize
from personalize.rules.syntax import InvalidRule, parse
from personalize.segment.counts import count
from personalize.segment.names import editors_names
from personalize.segment.templates import TEMPLATES, initial_of
from personalize.segment.usage import usages


@admin.register(Segment)
class SegmentAdmin(KeptWhileUsed, TrackedAdmin):
    """Deleting a segment that rules name is refused, with the list of them."""

    list_display = ("name", "slug", "kind", "is_live", "members")
    list_filter = ("kind", "is_live")
    search_fields = ("name", "slug", "description")
    fields = (
        "name", "slug", "description", "kind", "is_live", "rule", "in_words", "created_at",
        "updated_at",
    )  # fmt: skip
    change_form_template = "admin/personalize/segment/change_form.html"
    change_list_template = "admin/personalize/segment/change_list.html"
    readonly: ClassVar = ("in_words", "created_at", "updated_at")

    def get_urls(self) -> list[URLPattern]:
        """Add what the rule builder asks, the mapping matrix, and the templates to begin from."""
        view = self.admin_site.admin_view
        pages = [
            path("matrix/", view(self.matrix_view), name="personalize_segment_matrix"),
            path("templates/", view(self.templates_view), name="personalize_segment_templates"),
        ]
        return [*pages, *rule_desk_urls(self.admin_site), *super().get_urls()]

    def matrix_view(self, request: HttpRequest) -> HttpResponse:
        """Show what each segment goes by, and how segments overlap."""
        context = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        return matrix_view(request, context, may_see=self.has_view_permission(request))

    def templates_view(self, request: HttpRequest) -> HttpResponse:
        """Show the segments to begin from."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        names = editors_names()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Begin a segment from a template"),
            "opts": self.opts,
            "media": self.media,
            "templates": [(each, sentence(each.rule, names=names)) for each in TEMPLATES],
        }
        return TemplateResponse(request, "admin/personalize/segment/templates.html", context)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin from the template that the address names."""
        template = request.GET.get("template")
        if template is None:
            return super().get_changeform_initial_data(request)
        return initial_of(template, category=request.GET.get("category", ""))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        """Add each segment's size as it was last counted: to count members takes too long here."""
        sizes = SegmentSize.objects.filter(segment=OuterRef("pk")).order_by("-counted_at")
        rows: QuerySet[Segment] = super().get_queryset(request)
        return rows.annotate(size=Subquery(sizes.values("visitors")[:1]))

    def get_list_display(self, request: HttpRequest) -> Any:
        """Add the rules in words."""
        has_rule = lambda row: row.kind == Segment.Kind.RULE  # noqa: E731
        return (*self.list_display, rule_column("rule", _("in words"), applies=has_rule))

    @admin.display(description=_("visitors"), ordering="size")
    def members(self, segment: Any) -> str:
        """Return how many visitors were in the segment when that was last counted."""
        return "–" if segment.size is None else number_format(segment.size, force_grouping=True)

    @admin.display(description=_("in words"))
    def in_words(self, segment: Segment) -> str:
        """Return the rule as a sentence."""
        return sentence(segment.rule) if segment.kind == Segment.Kind.RULE else "–"

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Tell the rule builder whose rule it is: every segment overlaps itself."""
        form = super().get_form(request, obj, **kwargs)
        if obj and "rule" in form.base_fields:
            form.base_fields["rule"].widget.attrs["data-segment"] = obj.slug
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Rules and templates name the slug, so it stays."""
        return (*self.readonly, "slug") if obj else self.readonly

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> dict[str, tuple[str, ...]]:
        """Propose a slug while the segment is being made."""
        return {} if obj else {"slug": ("name",)}

    def explained(self, request: HttpRequest, row: Segment) -> Mapping[str, Any]:
        """Show the figures as last computed; the rule is counted anew for those who ask."""
        figures = {**segment_page(row, now=timezone.now()), "used_by": usages(row)}
        if row.kind != Segment.Kind.RULE:
            return figures
        is_asked = request.GET.get("count") == "1"
        return {**figures, "has_rule": True, **(_counted(request, row) if is_asked else {})}


def _counted(request: HttpRequest, row: Segment) -> Mapping[str, Any]:
    """Count the rule's visitors now and, with the permission, show ten of them."""
    try:
        rule = parse(row.rule)
        audience = count(rule)
    except InvalidRule:
        return {}
    except RedisError:
        return {"is_store_down": True}
    may_see = request.user.has_perms(["personalize.view_visitor", "personalize.view_profile"])
    return {
        "audience": audience,
        "examples": audience.examples if may_see else (),
        "lacking": [] if audience.is_of_lake else lacking_past(rule),
    }
