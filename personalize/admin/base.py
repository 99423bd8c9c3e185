"""What the admin's screens share: JSON areas, read-only records, and buttons that post."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import JSONField, Model, TextField
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from personalize.admin.json_field import IndentedJSONField
from personalize.admin.rule_field import RuleFormField
from personalize.admin.teaching import lesson_of
from personalize.models.fields import RuleField


@dataclass(frozen=True, slots=True)
class Button:
    """An action on one row, shown on its page to those with the permission.

    `press` names a method of the admin that takes request and row, and returns a sentence to show
    or a whole response. `applies` says for which rows the button is there.
    """

    name: str
    label: str | Promise
    permission: str
    press: str
    applies: Callable[[Any], bool] = lambda row: True
    is_dangerous: bool = False


class PersonalizeAdmin(admin.ModelAdmin):
    """The look and the buttons of every screen here."""

    buttons: ClassVar[tuple[Button, ...]] = ()
    formfield_overrides: ClassVar[Any] = {
        JSONField: {"form_class": IndentedJSONField},
        RuleField: {"form_class": RuleFormField},
        TextField: {"widget": AdminTextareaWidget(attrs={"rows": 4})},
    }
    show_full_result_count = False
    list_per_page = 50

    class Media:
        css: ClassVar = {"all": ["personalize/admin/personalize.css"]}

    def get_urls(self) -> list[URLPattern]:
        """Add one address for the buttons, which only takes POST."""
        view = self.admin_site.admin_view(require_POST(self.press_button))
        name = f"personalize_{self.opts.model_name}_press"
        return [path("<int:pk>/press/<slug:name>/", view, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Hand the list what it says while there are no rows."""
        lesson = {"lesson": lesson_of(str(self.opts.model_name), user=request.user)}
        return super().changelist_view(request, {**lesson, **(extra_context or {})})

    def press_button(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Do what the button says, and come back to the row's page."""
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        pressed = [button for button in self.buttons_for(request, row) if button.name == name]
        if not pressed:
            raise PermissionDenied
        try:
            answer = getattr(self, pressed[0].press)(request, row)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        except RedisError:
            said = gettext("Redis does not answer. Try again when it does.")
            self.message_user(request, said, messages.ERROR)
        else:
            if isinstance(answer, HttpResponse):
                return answer
            self.log_change(request, row, str(pressed[0].label))
            self.message_user(request, answer, messages.SUCCESS)
        return HttpResponseRedirect(self.address(row))

    def address(self, row: Model) -> str:
        """Return the address of the row's page."""
        return reverse(f"admin:personalize_{self.opts.model_name}_change", args=[row.pk])

    def buttons_for(self, request: HttpRequest, row: Any) -> list[Button]:
        """Return the buttons that this person has for this row."""
        if not self.has_view_permission(request, row):
            return []
        return [
            button
            for button in self.buttons
            if request.user.has_perm(f"personalize.{button.permission}") and button.applies(row)
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Hand the buttons, and whatever else the screen explains, to the template."""
        row = kwargs.get("obj")
        if row is not None:
            context["buttons"] = self.buttons_for(request, row)
            context["press_url_name"] = f"admin:personalize_{self.opts.model_name}_press"
            context.update(self.explained(request, row))
        return super().render_change_form(request, context, *args, **kwargs)

    def explained(self, request: HttpRequest, row: Any) -> Mapping[str, Any]:
        """Return what the row's page shows beside the form."""
        return {}


class LabelledFormSet(BaseInlineFormSet):
    """Names each input of a table's row for those who do not see the column's head."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Label the inputs, also the one that deletes the row."""
        super().add_fields(form, index)
        for name, field in form.fields.items():
            if not field.widget.is_hidden:
                field.widget.attrs.setdefault("aria-label", field.label or name)


class ReadOnlyAdmin(PersonalizeAdmin):
    """Records that people look at and never write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds one by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes one."""
        return False
