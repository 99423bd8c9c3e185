"""The Django app: starts nothing, connects the checks and the configuration's version."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonalizeConfig(AppConfig):
    """The domain of personalization."""

    name = "personalize"
    verbose_name = _("Personalization")
    default_auto_field = "django.db.models.BigAutoField"
