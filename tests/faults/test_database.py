"""The database gone, failed over, read-only, and cut off from the workers alone."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults.expected import thing
from tests.faults.harness import Site, wait_until
from tests.faults.proxy import Proxy
from tests.servers import PostgresServer, free_port

pytestmark = [pytest.mark.timeout(400), pytest.mark.postgres]


class Divided:
    """A site whose web server and worker reach PostgreSQL by a proxy each."""

    def __init__(self, folder: Path, server: PostgresServer) -> None:
        self.server = server
        self.for_web, self.for_work = Proxy(server.port), Proxy(server.port)
        self.site = Site(folder, database=self._url(self.for_web))
        self.site.start(work=False)
        self.site.start_worker(DATABASE_URL=self._url(self.for_work))

    def stop(self) -> None:
        """End everything."""
        self.site.stop()
        self.for_web.close()
        self.for_work.close()

    def lose(self) -> None:
        """Let the database be gone."""
        for proxy in (self.for_web, self.for_work):
            proxy.target = free_port()
            proxy.cut()

    def find(self) -> None:
        """Let it be there again, or its successor."""
        for proxy in (self.for_web, self.for_work):
            proxy.target = self.server.port

    def only_read(self, is_so: bool) -> None:
        """Let every new session be unable to write, or able again."""
        word = "on" if is_so else "off"
        url = self.server.url.partition("?")[0]
        with psycopg.connect(url, autocommit=True) as line:
            line.execute("SET default_transaction_read_only = off")
            line.execute(f"ALTER DATABASE postgres SET default_transaction_read_only = {word}")
        for proxy in (self.for_web, self.for_work):
            proxy.cut()

    def _url(self, proxy: Proxy) -> str:
        return f"postgres://tests@127.0.0.1:{proxy.port}/postgres?conn_max_age=60"


@pytest.fixture(scope="module")
def divided(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Divided]:
    divided = Divided(tmp_path_factory.mktemp("divided"), postgres)
    yield divided
    divided.stop()


def proven(name: str, number: int) -> dict[str, object]:
    """Return a message that links a visitor to a user, which writes a row."""
    fields = {"type": "identify", "userId": f"{name}-user{number}"}
    return thing(f"{name}-link{number}", visitor=f"{name}-link{number}", **fields)


@pytest.mark.parametrize("fault", ["gone", "read-only"])
def test_pages_and_events_go_on_without_the_database_F7(
    divided: Divided, fault: str, is_long: bool, record_property
) -> None:
    """Every connection to PostgreSQL is cut and none is made for a while; sessions that may not
    write; then it is back, as after a fail-over."""
    site, name = divided.site, f"f7-{fault}"
    load, viewer, client = site.load(name).start(), site.viewer().start(), site.client(name + "-k")
    wait_until(lambda: load.acknowledged > 100, "events are taken")
    for number in range(5):
        assert client.send(proven(name, number))[0] == 200
    if fault == "gone":
        divided.lose()
    else:
        divided.only_read(True)
    seen, shown = load.acknowledged, viewer.statuses[200]
    for number in range(5, 10):
        assert client.send(proven(name, number))[0] == 200
    time.sleep(60 if is_long else 8)
    taken, pages = load.acknowledged - seen, viewer.statuses[200] - shown
    assert taken
    assert pages
    if fault == "gone":
        divided.find()
    else:
        divided.only_read(False)
    load.stop()
    viewer.stop()
    seconds = site.settle()
    assert site.ask("links", name=f"{name}-link") == 10
    assert site.ask("quarantined", name=name + "-k") == []
    record_property(
        "figures",
        f"{fault}: {taken} events taken and {pages} pages shown meanwhile; settled "
        f"{seconds:.0f} s after; {site.check(load)}",
    )


def test_nothing_is_acknowledged_by_a_worker_cut_off_from_the_database_F34(
    divided: Divided, record_property
) -> None:
    """The network between worker and PostgreSQL swallows everything; Redis is reached."""
    site = divided.site
    load, client = site.load("f34").start(), site.client("f34-k")
    wait_until(lambda: load.acknowledged > 100, "events are taken")
    divided.for_work.hold()
    for number in range(5):
        assert client.send(proven("f34", number))[0] == 200
    time.sleep(6)
    waits = site.ask("waiting")
    assert waits
    assert site.ask("links", name="f34-link") == 0
    divided.for_work.heal()
    load.stop()
    site.settle()
    assert site.ask("links", name="f34-link") == 5
    record_property("figures", f"{waits} entries waited unacknowledged; {site.check(load)}")
