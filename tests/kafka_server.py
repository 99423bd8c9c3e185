"""A real Apache Kafka broker for the tests: one KRaft node, from Maven Central's jars."""

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.servers import free_port

FOLDER = Path(__file__).parent / "kafka"
JARS = Path(__file__).parent.parent / "var" / "kafka"
# Small and quick; a consumer that died is noticed within seconds.
PROPERTIES = """
process.roles=broker,controller
node.id=1
listeners=CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=CLIENT://127.0.0.1:{port}
inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.quorum.voters=1@127.0.0.1:{controller}
log.dirs={folder}/log
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
log.cleaner.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
"""


def has_kafka() -> bool:
    """Return whether a broker can be started here, or one is named."""
    return bool(named_servers() or (shutil.which("java") and (_jars() or shutil.which("mvn"))))


def named_servers() -> str:
    """Return the broker that the environment names for the tests."""
    return os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")


def fetch_jars() -> None:
    """Let Maven copy the broker and what it needs, once."""
    if _jars():
        return
    copy = ["dependency:copy-dependencies", f"-DoutputDirectory={JARS}"]
    subprocess.run(
        ["mvn", "-q", "-B", "-f", str(FOLDER / "pom.xml"), *copy], check=True, timeout=300
    )


def _jars() -> list[Path]:
    return sorted(JARS.glob("kafka_*.jar"))


@cache
def shared_bootstrap() -> str:
    """Return where the broker is that the tests share; it is started when first asked for."""
    if named_servers():
        return named_servers()
    server = KafkaServer().start()
    atexit.register(server.remove)
    return server.bootstrap


def options_for_test(bootstrap: str = "") -> dict[str, Any]:
    """Return `STREAM_OPTIONS` with a topic and a group of the test's own; nobody waits long."""
    name = f"test-{uuid4().hex[:12]}"
    return {
        "bootstrap_servers": bootstrap or shared_bootstrap(),
        "topic": name,
        "group": name,
        "config": {"topic.metadata.refresh.interval.ms": 1_000},
        "consumer_config": {"session.timeout.ms": 2_000, "heartbeat.interval.ms": 500},
    }


class KafkaServer:
    """A broker that a test may kill and start again; it keeps its folder."""

    def __init__(self) -> None:
        self.port, self.controller = free_port(), free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="personalize-kafka-"))
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        fetch_jars()
        self._properties = self.folder / "server.properties"
        self._properties.write_text(
            PROPERTIES.format(port=self.port, controller=self.controller, folder=self.folder)
        )
        cluster = "-t 5L6g3nShT-eMCtK--X86sw -c"
        tool = self._java("kafka.tools.StorageTool", "format", *cluster.split())
        subprocess.run(tool, check=True, capture_output=True, timeout=60)

    def start(self) -> "KafkaServer":
        """Start the broker and return when it answers."""
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(
                self._java("kafka.Kafka"), stdout=log, stderr=subprocess.STDOUT
            )
        self.wait()
        return self

    def wait(self, *, seconds: float = 60) -> None:
        """Return when the broker answers, or raise TimeoutError."""
        deadline = time.monotonic() + seconds
        admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        while time.monotonic() < deadline:
            try:
                admin.list_topics(timeout=1)
            except KafkaException:
                continue
            return
        raise TimeoutError((self.folder / "log.txt").read_text()[-2_000:])

    def kill(self) -> None:
        """End the broker at once, as a crash would."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def remove(self) -> None:
        """End the broker and forget what it kept."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _java(self, program: str, *arguments: str) -> list[str]:
        memory = "-Xmx384m -Xms128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        logging = f"-Dlog4j2.configurationFile={FOLDER / 'log4j2.properties'}"
        options = [*memory.split(), logging, "-cp", f"{JARS}/*", program, *arguments]
        return ["java", *options, str(self._properties)]
