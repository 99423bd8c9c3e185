"""The pages and visitors that journeys share."""

from typing import Any

import pytest
from django.contrib.auth.models import AbstractUser
from pytest_django import Settings

from personalize.decide.plan import forget_plan
from tests.cms.pages import plain_templates


@pytest.fixture
def plain(settings: Settings) -> Settings:
    """Pages on the tests' own templates, and nobody held out."""
    settings.TEMPLATES = plain_templates()
    settings.CMS_TEMPLATES = [("plain.html", "Plain")]
    settings.PERSONALIZE = {**settings.PERSONALIZE, "GLOBAL_HOLDOUT_PERCENT": 0.0}
    forget_plan()
    return settings


@pytest.fixture
def editor(admin_user: AbstractUser, db: Any) -> AbstractUser:
    """Somebody who may edit pages."""
    return admin_user
