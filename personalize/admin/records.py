"""Proofs, which nobody edits: consent, erasures, and which visitor became which user."""

from typing import ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from personalize.admin.base import Button, ReadOnlyAdmin
from personalize.models import ConsentRecord, Erasure, IdentityLink
from personalize.profile.links import unlink
from personalize.stream.protocol import StreamUnavailable


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
    """Whom nobody may collect again unless they come back themselves, by a hash alone."""

    list_display = ("subject_hash", "erased_at", "lifted_at")


@admin.register(IdentityLink)
class IdentityLinkAdmin(ReadOnlyAdmin):
    """Which visitor's profile went into which user's, and on which proof."""

    list_display = ("linked_at", "anonymous_id", "user_id", "proof", "undone_at")
    list_filter = ("proof",)
    search_fields = ("anonymous_id", "user_id")
    buttons: ClassVar = (
        Button(
            "undo",
            _("Undo this link"),
            permission="change_identitylink",
            press="press_undo",
            applies=lambda link: link.undone_at is None,
            is_dangerous=True,
        ),
    )

    def press_undo(self, request: HttpRequest, link: IdentityLink) -> str:
        """Let the visitor count on from where they were before the hand-over."""
        try:
            unlink(link)
        except StreamUnavailable as error:
            raise ValidationError(gettext("The stream does not answer.")) from error
        return gettext(
            "The link is undone: the visitor is on their own again. What the user was given stays; "
            "where it must not, erase the user's data."
        )
