"""The app's registration."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """`cms_project.demo`."""

    name = "cms_project.demo"
    default_auto_field = "django.db.models.BigAutoField"
