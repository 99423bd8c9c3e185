"""The test's database for another process: PostgreSQL is there for all, SQLite is copied."""

import sqlite3
from pathlib import Path

from django.db import connection


def copied_database(path: Path) -> str:
    """Return the address at which another process finds what the test has committed."""
    if connection.vendor != "sqlite":
        host = {**connection.settings_dict}
        user = f"{host['USER']}:{host['PASSWORD']}@{host['HOST']}:{host['PORT']}"
        return f"postgres://{user}/{host['NAME']}"
    with sqlite3.connect(path) as copy:
        connection.connection.backup(copy)
    copy.close()
    return f"sqlite:///{path}"
