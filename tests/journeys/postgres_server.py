"""A Postgres that can be killed and started again."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.eventually import until
from tests.leashed import let_go, popen
from tests.postgres import WHEEL, _demotion, _reachable

START_S = 60


class PostgresServer:
    """One Postgres, kept in a directory of its own; its data outlives its process."""

    def __init__(self, directory: Path) -> None:
        self.url = f"postgresql://postgres@/postgres?host={directory}"
        self._demotion = _demotion(directory)
        programs = _reachable(WHEEL, directory) / "pginstall" / "bin"
        data = directory / "data"
        initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, **self._demotion)
        self._command = [programs / "postgres", "-D", data, "-k", directory, "-h", "", "-c", "fsync=off"]
        self._log = directory / "log"

    def start(self) -> None:
        """Start it and wait until it answers; after a crash it first reads its log again."""
        with self._log.open("ab") as output:
            self._process = popen(self._command, stdout=output, stderr=output, **self._demotion)
        until(self._answers, f"Postgres; its log is {self._log}", timeout_s=START_S)

    def stop(self) -> None:
        """End it at once, and everybody's connections with it, as a crash of it would."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()
        let_go(self._process)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def postgres_server(directory: Path) -> Iterator[PostgresServer]:
    """Yield a Postgres that runs, and stop it."""
    server = PostgresServer(directory)
    server.start()
    try:
        yield server
    finally:
        server.stop()
