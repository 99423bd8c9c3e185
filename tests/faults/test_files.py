"""The file of countries missing, broken, replaced and overwritten while it is in use."""

import time
from pathlib import Path

import pytest

from tests.collect.mmdb import write_countries
from tests.faults.expected import thing
from tests.faults.harness import Site, wait_until
from tests.streamed import FIREFOX

pytestmark = pytest.mark.timeout(400)


def test_the_file_of_countries_may_be_missing_broken_or_replaced_F29(
    site: Site, tmp_path: Path, record_property
) -> None:
    """No file; one that is none; a good one; another renamed over it; it is cut short in place."""
    path, fresh = Path(site.environment["GEO_DATABASE"]), tmp_path / "fresh.mmdb"
    client, viewer, said = site.client("f29"), site.viewer().start(), []
    numbers = iter(range(10_000))

    def country() -> str:
        """Return where a new visitor is seen to be."""
        name = f"f29-{next(numbers)}"
        context = {"ip": f"203.0.113.{len(said)}", "userAgent": FIREFOX}
        assert client.send(thing(name, visitor=name, context=context))[0] == 200
        wait_until(lambda: site.ask("profile", subject=f"a:{name}") is not None, "it is processed")
        return str(site.ask("profile", subject=f"a:{name}")["context"].get("country", ""))

    assert country() == ""
    path.write_bytes(b"not a database")
    wait_until(lambda: site.ask("counters").get("geo.unavailable", 0) > 0, "the alarm is counted")
    assert country() == ""
    for code in ("DE", "FR"):
        write_countries(fresh, {"203.0.113.0/24": code})
        fresh.rename(path)
        said.append(wait_until(lambda code=code: country() == code, "the file is used"))
    path.write_bytes(b"")  # as a copy over it begins
    time.sleep(6)
    assert country() == "FR"
    viewer.stop()
    site.settle()
    assert site.ask("tallied", name="f29")["stored"] == next(numbers)
    record_property(
        "figures", f"a new file is used after {max(said):.0f} s at most; {viewer.figures}"
    )
