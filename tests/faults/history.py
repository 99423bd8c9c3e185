"""What was acknowledged, written down at once: the only witness of what must not be lost."""

import json
import os
from pathlib import Path
from threading import Lock

from tests.faults.expected import Run


class History:
    """A file: the run in its first line, then the numbers acknowledged, each before it counts."""

    def __init__(self, path: Path, run: Run) -> None:
        self.path, self.run = path, run
        self._file = path.open("w")
        self._lock = Lock()
        self._write(json.dumps(run))

    def acknowledged(self, numbers: list[int]) -> None:
        """Write down that the numbers were acknowledged, and wait until the disk has them."""
        self._write("\n".join(map(str, numbers)))

    def close(self) -> None:
        """End the file."""
        self._file.close()

    def _write(self, text: str) -> None:
        with self._lock:
            self._file.write(text + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())


def read(path: Path) -> tuple[Run, list[int]]:
    """Return the run and the acknowledged numbers."""
    first, *lines = path.read_text().splitlines()
    return Run(*json.loads(first)), [int(line) for line in lines if line]
