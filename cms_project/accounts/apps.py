"""The app's registration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """`cms_project.accounts`."""

    name = "cms_project.accounts"
    default_auto_field = "django.db.models.BigAutoField"
