"""Run one benchmark, in the process at hand: `python -m benchmarks.run name`.

With Django set up on the reference site's settings, an empty Redis with the append-only file on
(`REDIS_URL`), and an empty, migrated SQLite file (`DATABASE_URL`).
"""

import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from tests.servers import RedisServer


def measure(name: str) -> None:
    """Run the benchmark and print its figures, one JSON line each."""
    redis = RedisServer().start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _set_up_django(database=Path(folder) / "bench.sqlite3", redis_url=redis.url)
            for result in import_module(f"benchmarks.{name}").run():
                print(result.to_json(), flush=True)
    finally:
        redis.kill()


def _set_up_django(*, database: Path, redis_url: str) -> None:
    os.environ.update(
        DJANGO_SETTINGS_MODULE="cms_project.settings",
        SECRET_KEY="benchmarks-only",
        DATABASE_URL=f"sqlite:///{database}",
        REDIS_URL=redis_url,
    )
    os.environ.pop("CELERY_BROKER_URL", None)
    django = import_module("django")
    django.setup()
    import_module("django.core.management").call_command("migrate", verbosity=0)


if __name__ == "__main__":
    measure(sys.argv[1])
