"""The disk is full while the lake is written: nothing breaks, nothing is lost, and it goes on."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from personalize.lake.outbox import number_waiting, put
from personalize.lake.read import events_table
from personalize.lake.table import lake_table
from personalize.lake.write import write_waiting
from personalize.tasks import write_lake
from tests.lake.conftest import event

SUBJECTS = 20


@pytest.fixture
def small_disk(tmp_path: Path, settings) -> Iterator[Path]:
    """Mount two megabytes of memory as a disk, with the lake on it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    settings.PERSONALIZE = {**settings.PERSONALIZE, "LAKE_URL": str(disk / "lake")}
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def put_many(start: int, number: int) -> None:
    """Put events into the outboxes that no compression makes small."""
    for each in range(start, start + number):
        subject = f"a:{each % SUBJECTS}"
        noise = os.urandom(1_000).hex()
        put(subject, [event(each, subject=subject, properties={"noise": noise})])


def in_lake() -> list[str]:
    return sorted(events_table().message_id.to_pyarrow().to_pylist())


def names(number: int) -> list[str]:
    return sorted(f"m{each}" for each in range(number))


def fill(disk: Path, *, leave_bytes: int) -> Path:
    """Fill the disk with something else, but for so much."""
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(disk).free - leave_bytes))
    return ballast


# Room for nothing, for a part of the rows, and for the rows but hardly for the log.
@pytest.mark.parametrize("leave_bytes", [0, 40_000, 150_000, 260_000])
def test_a_full_disk_delays_the_lake_and_no_more_F15(small_disk, leave_bytes):
    put_many(0, 50)
    assert write_waiting() == 50
    put_many(50, 200)
    ballast = fill(small_disk, leave_bytes=leave_bytes)
    version = lake_table().version()
    assert write_lake() == 0
    assert lake_table().version() == version
    assert in_lake() == names(50)
    assert number_waiting() == 200
    ballast.unlink()
    assert write_lake() == 200
    assert in_lake() == names(250)
    assert number_waiting() == 0
