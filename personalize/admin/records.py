"""Proofs, to read only: consent, erasures, and which visitor became which user."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from personalize.admin.base import ReadOnlyAdmin
from personalize.models import ConsentRecord, Erasure, IdentityLink


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnlyAdmin):
    """Rows are only ever added, by the visitors themselves."""

    list_display = ("recorded_at", "granted", "refused", "method", "text_version", "locale")
    list_filter = ("method", "text_version")
    search_fields = ("anonymous_id",)
    date_hierarchy = "recorded_at"
    fields = (
        "uuid", "anonymous_id", "granted", "refused", "method", "text_version", "locale",
        "recorded_at",
    )  # fmt: skip
    readonly_fields = ("granted", "refused")

    @admin.display(description=_("granted"))
    def granted(self, record: ConsentRecord) -> str:
        """Return the purposes that the visitor agreed to."""
        return _listed(record, wanted=True)

    @admin.display(description=_("refused"))
    def refused(self, record: ConsentRecord) -> str:
        """Return the purposes that the visitor refused."""
        return _listed(record, wanted=False)


def _listed(record: ConsentRecord, *, wanted: bool) -> str:
    found = [purpose for purpose, granted in record.purposes.items() if bool(granted) is wanted]
    return ", ".join(found) or "–"


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    """Whom nobody may collect again, by a hash alone."""

    list_display = ("subject_hash", "erased_at")


@admin.register(IdentityLink)
class IdentityLinkAdmin(ReadOnlyAdmin):
    """Which visitor's profile went into which user's, and on which proof."""

    list_display = ("linked_at", "anonymous_id", "user_id", "proof", "undone_at")
    list_filter = ("proof",)
    search_fields = ("anonymous_id", "user_id")
