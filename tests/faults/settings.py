"""The reference site as the faults find it: tables without migrations, a page, and mischief."""

import json
import os
from typing import Any

from cms_project.settings import *  # noqa: F403
from cms_project.settings import CELERY_BROKER_TRANSPORT_OPTIONS, INSTALLED_APPS, PERSONALIZE


class _NoMigrations:
    def __contains__(self, label: str) -> bool:
        return True

    def __getitem__(self, label: str) -> None:
        return None


MIGRATION_MODULES: Any = _NoMigrations()
ROOT_URLCONF = "tests.faults.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.mischief"]

# A machine that runs tests is slow; tests about time-outs set their own.
PERSONALIZE = {
    **PERSONALIZE,
    "STORE_TIMEOUT_MS": 250,
    "GLOBAL_HOLDOUT_PERCENT": 0.0,
    **json.loads(os.environ.get("FAULTS_PERSONALIZE", "{}")),
}
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **CELERY_BROKER_TRANSPORT_OPTIONS,
    **json.loads(os.environ.get("FAULTS_BROKER", "{}")),
}
