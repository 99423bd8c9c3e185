"""A real standalone Spark cluster for the tests: a master and two workers, on loopback."""

import logging
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.servers import free_port

WORKERS = 2
START_SECONDS = 60


def has_spark() -> bool:
    """Return whether a cluster can be started here."""
    return bool(find_spec("pyspark") and shutil.which("java"))


@contextmanager
def spark_session() -> Iterator[Any]:
    """Start a cluster, yield a session on it, and stop both."""
    import pyspark
    from pyspark.sql import SparkSession

    port, processes = free_port(), []
    master = f"spark://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "SPARK_HOME": str(Path(pyspark.__file__).parent),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_WORKER_DIR": folder,
        }
        run = [str(Path(pyspark.__file__).parent / "bin" / "spark-class")]
        here = ["--host", "127.0.0.1", "--webui-port", "0"]
        deploy = "org.apache.spark.deploy"
        commands = [[*run, f"{deploy}.master.Master", *here, "--port", str(port)]]
        workers = ["--cores", "1", "--memory", "1g", "--work-dir", folder, master]
        commands += [[*run, f"{deploy}.worker.Worker", *here, *workers]] * WORKERS
        try:
            for number, command in enumerate(commands):
                log = (Path(folder) / f"log-{number}").open("wb")
                processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
                log.close()
            os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
            # It says when its lines close, which may be after the streams of the log have.
            logging.getLogger("py4j").setLevel(logging.WARNING)
            session = (
                SparkSession.builder.master(master)
                .appName("personalize-tests")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.memory", "1g")
                .config("spark.executor.memory", "900m")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "4")
                .config("spark.sql.session.timeZone", "UTC")
                .config("spark.sql.warehouse.dir", folder)
                .config("spark.log.level", "ERROR")
                .getOrCreate()
            )
            _wait_for_workers(session)
            yield session
            session.stop()
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(timeout=20)


def _wait_for_workers(session: Any) -> None:
    """Wait until both workers have an executor: the driver's own is counted too."""
    ends_at = time.monotonic() + START_SECONDS
    while session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() < WORKERS + 1:
        if time.monotonic() > ends_at:
            raise RuntimeError("The workers did not join the cluster in time")
        time.sleep(0.2)


def delta_on_spark(session: Any, table: Any) -> tuple[Any, Any]:
    """Return Ibis on Spark and its table of a Delta table's rows; Spark reads plain Parquet."""
    import ibis

    session.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
    files = session.read.option("basePath", table.table_uri).parquet(*table.file_uris())
    files.createOrReplaceTempView("events")
    backend = ibis.pyspark.connect(session)
    return backend, backend.table("events")
