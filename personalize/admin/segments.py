"""The segments' screen: the rule, its sentence, whom it reaches, and where it is used."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from personalize.admin.in_use import KeptWhileUsed
from personalize.admin.rule_desk import rule_desk_urls
from personalize.admin.tracked import TrackedAdmin
from personalize.admin.words import lacking_past, sentence
from personalize.models import Segment
from personalize.rules.syntax import InvalidRule, parse
from personalize.segment.counts import count
from personalize.segment.usage import usages


@admin.register(Segment)
class SegmentAdmin(KeptWhileUsed, TrackedAdmin):
    """Deleting a segment that rules name is refused, with the list of them."""

    list_display = ("name", "slug", "kind", "is_live", "members", "in_words")
    list_filter = ("kind", "is_live")
    search_fields = ("name", "slug", "description")
    fields = (
        "name", "slug", "description", "kind", "is_live", "rule", "in_words", "created_at",
        "updated_at",
    )  # fmt: skip
    change_form_template = "admin/personalize/segment/change_form.html"
    readonly: ClassVar = ("in_words", "created_at", "updated_at")

    def get_urls(self) -> list[URLPattern]:
        """Add what the rule builder asks."""
        return [*rule_desk_urls(self.admin_site), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        """Count the visitors who are in each segment now, as of the last flush."""
        now_in = Count("memberships", filter=Q(memberships__exited_at__isnull=True))
        rows: QuerySet[Segment] = super().get_queryset(request)
        return rows.annotate(now_in=now_in)

    @admin.display(description=_("members"), ordering="now_in")
    def members(self, segment: Any) -> int:
        """Return how many visitors are in the segment."""
        return int(segment.now_in)

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
        """Count the rule's visitors and, with the permission, show ten of them."""
        used_by = usages(row)
        if row.kind != Segment.Kind.RULE:
            return {"used_by": used_by}
        try:
            rule = parse(row.rule)
            audience = count(rule)
        except InvalidRule:
            return {"used_by": used_by}
        except RedisError:
            return {"used_by": used_by, "is_store_down": True}
        may_see = request.user.has_perms(["personalize.view_visitor", "personalize.view_profile"])
        examples = audience.examples if may_see else ()
        return {
            "used_by": used_by,
            "audience": audience,
            "examples": examples,
            "lacking": [] if audience.is_of_lake else lacking_past(rule),
        }
