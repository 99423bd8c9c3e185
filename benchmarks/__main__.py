"""Run all benchmarks, or those named: `python -m benchmarks [name …]`, one JSON line a figure.

Each runs in a process of its own, so that none finds what another has warmed up.
"""

import pkgutil
import subprocess
import sys

import benchmarks

NOT_BENCHMARKS = {"__main__", "lake_site", "lake_data", "result", "run", "server"}


def names() -> list[str]:
    """Return the names of all benchmarks."""
    found = {module.name for module in pkgutil.iter_modules(benchmarks.__path__)}
    return sorted(found - NOT_BENCHMARKS)


def main(wanted: list[str]) -> int:
    """Run the benchmarks in turn; return the exit status: 1 when any of them failed."""
    known = names()
    if unknown := [name for name in wanted if name not in known]:
        print(f"No benchmark named {', '.join(unknown)}, but: {', '.join(known)}", file=sys.stderr)
        return 2
    failed = [
        name
        for name in wanted or known
        if subprocess.run([sys.executable, "-m", "benchmarks.run", name], check=False).returncode
    ]
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
