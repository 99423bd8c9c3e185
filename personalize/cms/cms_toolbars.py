"""The toolbar's menu: view the page as somebody, ask why it shows what it shows."""

from urllib.parse import urlencode

from cms.toolbar_base import CMSToolbar
from cms.toolbar_pool import toolbar_pool
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from personalize.render.preview import may_preview, preview_of

MENU = "personalize"


@toolbar_pool.register
class PersonalizeToolbar(CMSToolbar):
    """For all who may preview, on every page that has a toolbar."""

    def populate(self) -> None:
        """Add the menu; what ends or asks is there when it does something."""
        if not may_preview(self.request.user):
            return
        preview, path = preview_of(self.request), self.request.get_full_path()
        menu = self.toolbar.get_or_create_menu(MENU, _("Personalization"))
        form = reverse("admin:personalize_viewas_changelist")
        menu.add_link_item(_("View as…"), url=f"{form}?{urlencode({'to': path})}")
        asks_why = preview is not None and preview.asks_why
        menu.add_ajax_item(
            _("Hide why") if asks_why else _("Why do I see this?"),
            action=reverse("personalize:preview_why"),
            data={"to": path},
            active=asks_why,
            on_success=self.toolbar.REFRESH_PAGE,
        )
        if preview:
            menu.add_ajax_item(
                _("End this view"),
                action=reverse("personalize:preview_end"),
                data={"to": path},
                on_success=self.toolbar.REFRESH_PAGE,
            )
