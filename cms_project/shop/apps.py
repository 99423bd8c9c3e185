"""The app's registration."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """`cms_project.shop`."""

    name = "cms_project.shop"
    default_auto_field = "django.db.models.BigAutoField"
