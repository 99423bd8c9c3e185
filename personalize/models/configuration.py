"""The configuration as a whole: an entry in the admin, with permissions of its own."""

from django.utils.translation import gettext_lazy as _

from personalize.models.slot import Slot


class Configuration(Slot):
    """It has no rows: its page writes all of the configuration as JSON, and loads it."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        permissions = [
            ("import_configuration", _("Can load a configuration, and so change and publish all"))
        ]
        verbose_name = _("configuration as JSON")
        verbose_name_plural = _("configuration as JSON")
