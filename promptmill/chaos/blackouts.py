"""The faults that take away what the stack stands on: broker, database, disk."""

import resource
import time

import httpx

from promptmill.chaos.broker import OwnBroker
from promptmill.chaos.crew import Crew
from promptmill.chaos.patience import until
from promptmill.chaos.scene import MODEL, Scene

FULL_AT = 256 * 1024  # bytes: no file may grow, or be written to, beyond; any database is larger
REFUSAL_S = 60.0


def broker_killed(scene: Scene) -> None:
    """Kill the broker and bring it back empty; jobs are accepted all the while."""
    broker = _own(scene)
    broker.kill()
    scene.submit_aside("while the broker was gone")
    broker.start()


def broker_paused(scene: Scene) -> None:
    """Freeze the broker, which then keeps connections open and answers nobody."""
    broker = _own(scene)
    broker.freeze()
    try:
        began = time.monotonic()
        scene.submit_aside("while the broker was paused")
        _stay(scene, scene.outage_s - (time.monotonic() - began))
    finally:
        broker.thaw()


def database_cut(scene: Scene) -> None:
    """Cut every connection to the database."""
    scene.database.cut()


def database_stopped(scene: Scene) -> None:
    """Stop the database; the api must say so politely, and no answer of Claude's may be lost."""
    outage = scene.database.outage
    if outage is None:
        raise AssertionError("a database was to be stopped that is not ours")
    outage.stop()
    try:
        _expect_refusal(scene, "while the database was stopped")
        _stay(scene, scene.outage_s)
    finally:
        outage.start()


def disk_full(scene: Scene) -> None:
    """Have every write to the database file fail, as on a full disk, until there is room again."""
    limit_files(scene.crew, FULL_AT)
    try:
        _expect_refusal(scene, "while the disk was full")
        _stay(scene, scene.outage_s / 3)
    finally:
        limit_files(scene.crew, resource.RLIM_INFINITY)


def has_disk_limits() -> bool:
    """Whether this system lets us limit the files of a process that runs (Linux does)."""
    return hasattr(resource, "prlimit")


def limit_files(crew: Crew, size: int) -> None:
    """Let no process that writes to the database write beyond `size` bytes of any file."""
    for process in (*crew.workers, crew.api):
        if process.ending() is None:
            _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, hard))


def _expect_refusal(scene: Scene, when: str) -> None:
    """Wait for the api to refuse a job with 503 and `retry-after`."""

    def refusal() -> httpx.Response | None:
        try:
            response = httpx.post(f"{scene.crew.url}/v1/jobs", json=_probe(), timeout=REFUSAL_S)
        except httpx.TransportError as error:
            scene.problems.append(f"{when}: the api did not answer: {error!r}")
            return httpx.Response(httpx.codes.SERVICE_UNAVAILABLE, headers={"retry-after": "0"})
        return None if response.is_success else response

    refused = until(refusal, f"the api to refuse a job {when}", timeout_s=REFUSAL_S)
    if refused.status_code != httpx.codes.SERVICE_UNAVAILABLE or "retry-after" not in refused.headers:
        scene.problems.append(f"{when}: the api answered {refused.status_code}: {refused.text[:200]}")


def _probe() -> dict[str, object]:
    """Return a job unlike any other, so that its call is no duplicate of another probe's."""
    messages = [{"role": "user", "content": f"Probe {time.monotonic_ns()}"}]
    return {"request": {"model": MODEL, "max_tokens": 8, "messages": messages}}


def _stay(scene: Scene, seconds: float) -> None:
    """Let the fault last, while the crew is looked after."""
    end = time.monotonic() + seconds
    scene.until(lambda: time.monotonic() > end, "time to pass", timeout_s=seconds + REFUSAL_S)


def _own(scene: Scene) -> OwnBroker:
    broker = scene.broker
    assert isinstance(broker, OwnBroker)  # noqa: S101 - `faults_for` has seen to it
    return broker
