"""Run all benchmarks, or those named: `python -m benchmarks [name …]`, one JSON line a figure.

Each runs in a process of its own, with Django set up on the reference site's settings, an empty
Redis with the append-only file on (`REDIS_URL`), and an empty, migrated SQLite file
(`DATABASE_URL`).
"""

import multiprocessing
import os
import pkgutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import benchmarks
from tests.servers import RedisServer

NOT_BENCHMARKS = {"__main__", "result"}


def names() -> list[str]:
    """Return the names of all benchmarks."""
    found = {module.name for module in pkgutil.iter_modules(benchmarks.__path__)}
    return sorted(found - NOT_BENCHMARKS)


def measure(name: str) -> None:
    """Run one benchmark in this (new) process and print its figures."""
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


def main(wanted: list[str]) -> int:
    """Run the benchmarks in turn; return the exit status: 1 when any of them failed."""
    known = names()
    if unknown := [name for name in wanted if name not in known]:
        print(f"No benchmark named {', '.join(unknown)}, but: {', '.join(known)}", file=sys.stderr)
        return 2
    failed = []
    for name in wanted or known:
        process = multiprocessing.get_context("spawn").Process(target=measure, args=(name,))
        process.start()
        process.join()
        if process.exitcode:
            failed.append(name)
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
