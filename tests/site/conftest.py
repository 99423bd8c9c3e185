"""The reference site with its content, and nobody held out."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from cms_project.demo.audiences import load_segments, load_variants
from cms_project.demo.catalogue import load_catalogue
from cms_project.demo.pages import load_pages
from cms_project.demo.people import load_people
from personalize.decide.plan import forget_plan


@pytest.fixture
def shelves(db: None) -> None:
    """Stories and goods, without pages."""
    load_catalogue()


@pytest.fixture
def alder(shelves: None, settings: Settings) -> None:
    """The whole site as the demo fills it, but for the simulated visitors."""
    settings.PERSONALIZE = {**settings.PERSONALIZE, "GLOBAL_HOLDOUT_PERCENT": 0.0}
    load_people(password="alder-demo")
    load_segments()
    load_variants()
    load_pages(author=User.objects.get(username="editor"))
    forget_plan()
    cache.clear()


@pytest.fixture
def visitor(client: Client) -> Client:
    """Somebody without an account."""
    return client
