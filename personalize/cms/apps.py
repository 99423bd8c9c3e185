"""The second app, for sites that run django CMS."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonalizeCMSConfig(AppConfig):
    """Slots and variants as plugins."""

    name = "personalize.cms"
    label = "personalize_cms"
    verbose_name = _("Personalization in pages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect the receivers."""
        from personalize.cms import receivers  # noqa: PLC0415 - models exist only now

        receivers.connect()
