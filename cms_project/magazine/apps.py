"""The app's registration."""

from django.apps import AppConfig


class MagazineConfig(AppConfig):
    """`cms_project.magazine`."""

    name = "cms_project.magazine"
    default_auto_field = "django.db.models.BigAutoField"
