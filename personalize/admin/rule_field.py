"""Rules in forms: the visual builder, over a JSON area that works without JavaScript."""

from typing import Any, ClassVar

from django.urls import reverse

from personalize.admin.json_field import CodeArea, IndentedJSONField
from personalize.admin.rule_words import WORDS

CALLS = ("catalogue", "read", "count", "test")


class RuleArea(CodeArea):
    """The JSON area, and beside it what the builder needs to take its place."""

    template_name = "admin/personalize/rule_area.html"

    class Media:
        css: ClassVar = {"all": ["personalize/admin/rule-builder.css"]}
        js: ClassVar = ["personalize/admin/rule-builder.js"]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Add the builder's words, and the addresses it asks."""
        context = super().get_context(name, value, attrs)
        urls = {call: reverse(f"admin:personalize_rules_{call}") for call in CALLS}
        words = {key: str(word) for key, word in WORDS.items()}
        context["builder"] = {"urls": urls, "words": words}
        return context


class RuleFormField(IndentedJSONField):
    """A form's field for a rule."""

    area = RuleArea
