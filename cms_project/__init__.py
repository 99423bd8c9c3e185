"""The reference site: a magazine with a small shop on django CMS, personalised."""

from cms_project.celery import app as celery_app

__all__ = ["celery_app"]
