"""Slots and the variants that may fill them."""

import posixpath
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.utils.translation import gettext_lazy as _

from personalize.models.fields import RuleField, group_field
from personalize.models.json_schema import faults_in, validate_schema

SLOT_KEY = RegexValidator(
    r"^[a-z0-9][a-z0-9._-]{0,99}\Z", _("Lower-case letters, digits, . _ and - only.")
)

TEMPLATES = "personalize/variants/"


class Slot(models.Model):
    """A place in a page or template that can vary; its default is what everyone else sees."""

    key = models.CharField(
        _("key"),
        max_length=100,
        unique=True,
        validators=[SLOT_KEY],
        help_text=_('How templates name the slot: {% slot "key" %}.'),
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    description = models.TextField(_("description"), blank=True)
    schema = models.JSONField(
        _("JSON schema"),
        default=dict,
        blank=True,
        validators=[validate_schema],
        help_text=_("What the JSON of a variant must look like (JSON Schema, draft 2020-12)."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name or self.key

    def clean(self) -> None:
        """Refuse a schema that the slot's variants do not fit."""
        if not self.pk or not self.schema:
            return
        unfit = [
            f"{variant.name}: {fault}"
            for variant in self.variants.filter(kind=Variant.Kind.JSON)
            for fault in faults_in(variant.data, schema=self.schema)
        ]
        if unfit:
            raise ValidationError({"schema": unfit})


class Variant(models.Model):
    """Alternative content for a slot, with an audience, a priority and a schedule."""

    class Kind(models.TextChoices):
        RICH_TEXT = "rich_text", _("Rich text")
        TEMPLATE = "template", _("Template")
        JSON = "json", _("JSON")

    uuid = models.UUIDField(_("UUID"), default=uuid.uuid4, unique=True, editable=False)
    slot = models.ForeignKey(Slot, models.CASCADE, related_name="variants", verbose_name=_("slot"))
    name = models.CharField(_("name"), max_length=120)
    audience = RuleField(_("audience"), help_text=_("Who may see it; empty means everybody."))
    priority = models.SmallIntegerField(
        _("priority"),
        default=100,
        help_text=_("Of the variants that match, the lowest number wins."),
    )
    group = group_field()
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    is_live = models.BooleanField(
        _("live"), default=False, help_text=_("Only live variants are shown.")
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind, default=Kind.RICH_TEXT)
    content = models.TextField(_("rich text"), blank=True)
    template = models.CharField(
        _("template"),
        max_length=200,
        blank=True,
        help_text=_("One of the templates in personalize/variants/."),
    )
    data = models.JSONField(_("JSON"), default=dict, blank=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ["slot", "priority", "pk"]
        permissions = [("publish_variant", _("Can make variants live"))]
        constraints = [
            models.CheckConstraint(
                name="personalize_variant_ends_after_start",
                condition=models.Q(starts_at__isnull=True)
                | models.Q(ends_at__isnull=True)
                | models.Q(ends_at__gt=models.F("starts_at")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.slot}: {self.name}"

    def clean(self) -> None:
        """Refuse a variant without the content that its kind needs, or one that cannot be shown."""
        self.data = {} if self.data is None else self.data
        if not isinstance(self.data, dict):
            raise ValidationError({"data": _("Expected a JSON object.")})
        needed: dict[str, tuple[str, Any]] = {
            self.Kind.RICH_TEXT: ("content", self.content),
            self.Kind.TEMPLATE: ("template", self.template),
            self.Kind.JSON: ("data", self.data),
        }
        field, value = needed[self.kind]
        if not value:
            raise ValidationError({field: _("This kind of variant needs it.")})
        if self.kind == self.Kind.TEMPLATE:
            _check_template(self.template)
        is_json = self.kind == self.Kind.JSON and self.slot_id
        if is_json and (faults := faults_in(self.data, schema=self.slot.schema)):
            raise ValidationError({"data": faults})


def template_path(name: str) -> str:
    """Return the full path of a variant's template.

    Raises:
        ValueError: the name leads out of the folder of variants.
    """
    path = posixpath.normpath(posixpath.join(TEMPLATES, name))
    if not path.startswith(TEMPLATES):
        raise ValueError(f"expected a path below {TEMPLATES}, got {path}")
    return path


def _check_template(name: str) -> None:
    try:
        get_template(template_path(name))
    except ValueError as error:
        raise ValidationError({"template": str(error)}) from error
    except (TemplateDoesNotExist, OSError) as error:
        message = _("There is no template %(path)s.") % {"path": TEMPLATES + name}
        raise ValidationError({"template": message}) from error
    except TemplateSyntaxError as error:
        message = _("The template is broken: %(fault)s") % {"fault": error}
        raise ValidationError({"template": message}) from error
