"""Where exports lie that somebody asked for in the admin, and for how long."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from personalize.conf import settings
from personalize.models.job import Job

ROWS_KEPT_DAYS = 90


def can_export() -> bool:
    """Return whether the site says where exports go, and keeps a lake to export."""
    return bool(settings().EXPORT_URL and settings().LAKE_URL)


def folder_of(uuid: UUID) -> str:
    """Return the folder, or the s3:// address, of a job's files."""
    return f"{settings().EXPORT_URL.rstrip('/')}/{uuid}"


def files_of(uuid: UUID) -> list[Path]:
    """Return a job's files, where they are on this machine and have not gone yet."""
    folder = folder_of(uuid)
    if "://" in folder or not Path(folder).is_dir():
        return []
    return sorted(file for file in Path(folder).iterdir() if not file.name.startswith("."))


def forget_old(*, now: datetime) -> None:
    """Delete exports after `EXPORT_DAYS`, since no erasure reaches them, and rows of old jobs.

    Files under an s3:// address are left to a lifecycle rule of the bucket.
    """
    over = Job.objects.exclude(ended_at=None)
    old = over.filter(
        kind=Job.Kind.EXPORT, ended_at__lt=now - timedelta(days=settings().EXPORT_DAYS)
    )
    for uuid in old.values_list("uuid", flat=True):
        if "://" not in (folder := folder_of(uuid)):
            shutil.rmtree(folder, ignore_errors=True)
    # The row knows where the files are: it stays as long as they do.
    days = max(ROWS_KEPT_DAYS, settings().EXPORT_DAYS)
    over.filter(ended_at__lt=now - timedelta(days=days)).delete()
