"""The app's registration."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    """`cms_project.pages`."""

    name = "cms_project.pages"
    default_auto_field = "django.db.models.BigAutoField"
