"""What a screen says while it is empty: what it will hold, why, and what to do first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Link:
    """A next step: the admin's name of its address, and the permission that it needs."""

    text: str | Promise
    name: str
    permission: str

    @property
    def url(self) -> str:
        """Return the address."""
        return reverse(f"admin:personalize_{self.name}")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A heading, an explanation, and next steps."""

    title: str | Promise
    text: str | Promise
    links: tuple[Link, ...] = ()


_DOCTOR = Link(_("Watch the events of your own browser"), "doctor", "view_dashboard")
LESSONS: Mapping[str, Lesson] = {
    "segment": Lesson(
        _("No segments yet"),
        _(
            "A segment is a named set of visitors, such as those who looked at a product three "
            "times this week. Rules keep it up to date: what visitors do puts them in and takes "
            "them out, on their next page. While you write a rule, the form tells in a sentence "
            "what it means and how many visitors it reaches."
        ),
        (
            Link(_("Begin from a template"), "segment_templates", "add_segment"),
            Link(_("Add a segment of your own"), "segment_add", "add_segment"),
        ),
    ),
    "slot": Lesson(
        _("No slots yet"),
        _(
            "A slot is a place in a page that can show different people different things. "
            "A template names it; its default is what everybody sees whom no variant fits. "
            "In django CMS you make slots in the page itself."
        ),
        (Link(_("Add a slot"), "slot_add", "add_slot"),),
    ),
    "variant": Lesson(
        _("No variants yet"),
        _(
            "A variant is what a slot shows to the visitors of its audience, in place of the "
            "default. Of several that fit, the one with the lowest priority number is shown. It "
            "is a draft until somebody makes it live."
        ),
        (
            Link(_("Add a variant"), "variant_add", "add_variant"),
            Link(_("Look at the slots"), "slot_changelist", "view_slot"),
        ),
    ),
    "experiment": Lesson(
        _("No experiments yet"),
        _(
            "An experiment draws who sees which variant of a slot, so that you can tell what a "
            "variant brings from what would have happened anyway. It needs a slot with a variant; "
            "each of its arms shows a variant or the default."
        ),
        (
            Link(_("Add an experiment"), "experiment_add", "add_experiment"),
            Link(_("Add a variant first"), "variant_add", "add_variant"),
        ),
    ),
    "visitor": Lesson(
        _("No visitors yet"),
        _(
            "Everybody who agreed, and of whom an event came in, is here some seconds later: what "
            "they did, what is known of them, which segments they are in, and why."
        ),
        (_DOCTOR,),
    ),
    "quarantinedevent": Lesson(
        _("Nothing is in quarantine"),
        _(
            "That is how it should be. An event that cannot be processed is kept here with the "
            "reason, the field at fault and its original bytes, until somebody mends the cause "
            "and replays it. Nothing is thrown away silently."
        ),
        (_DOCTOR,),
    ),
    "dataqualityreport": Lesson(
        _("No events yet"),
        _(
            "For every day and source this page says what became of each event that was accepted: "
            "stored, a duplicate, a bot's, in quarantine. It begins with the first event, and a "
            "nightly audit adds it up again."
        ),
        (_DOCTOR,),
    ),
}


def lesson_of(model: str, *, user: Any) -> Lesson | None:
    """Return what to say of the model's empty screen, with the steps that this person may take."""
    lesson = LESSONS.get(model)
    if lesson is None:
        return None
    links = (link for link in lesson.links if user.has_perm(f"personalize.{link.permission}"))
    return Lesson(lesson.title, lesson.text, tuple(links))
