"""The suite: a stack on ground of its own, every fault in turn, for as many rounds as asked."""

import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

import httpx

from jobs.settings import read_settings
from promptmill.chaos.broker import Broker, GivenBroker, OwnBroker, empty_database
from promptmill.chaos.crew import Crew
from promptmill.chaos.database import Database, Outage, own_database
from promptmill.chaos.faults import Fault, faults_for
from promptmill.chaos.finding import Finding
from promptmill.chaos.record import Record
from promptmill.chaos.scene import Scene
from promptmill.chaos.trial import Trial
from promptmill.client import Client
from promptmill.errors import StackError
from promptmill.stack.folder import DataFolder
from promptmill.stack.plan import planned

# The upstream is the sandbox, whatever the environment says; and the rest is found by ourselves.
NOT_OURS = ("ANTHROPIC_", "PROMPTMILL_URL", "PROMPTMILL_HOST", "PROMPTMILL_SPILL_DIR")

APART = 1_000_000  # more than the jobs of a trial


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosOptions:
    """What is asked of the suite."""

    kills: int
    rounds: int
    seed: int
    jobs: int
    workers: int = 2
    latency_ms: int = 1000
    """Of the sandbox: long enough for a batch to last, and for calls to be in flight."""
    outage_s: float = 30.0
    only: frozenset[str] = frozenset()
    """Names of faults; all, if there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A running stack that may be broken."""

    crew: Crew
    broker: Broker
    database: Database
    record: Record
    client: Client
    lease_s: float
    firsts: Iterator[int] = field(default_factory=partial(count, 0, APART))
    """Where the sums of each trial begin."""


@contextmanager
def prepared_ground(
    environment: Mapping[str, str], options: ChaosOptions, folder: Path, outage: Outage | None = None
) -> Iterator[Ground]:
    """Yield a stack on the Redis and Postgres that `environment` names, or on embedded ones.

    On a server that was given it keeps to a database of its own. Raises `StackError` and `SettingError`.
    """
    data = DataFolder(folder)
    data.make()
    ours = {name: value for name, value in environment.items() if not name.startswith(NOT_OURS)}
    with ExitStack() as closings:
        lock = closings.enter_context(data.locked())
        database = Database(url=f"sqlite:///{data.database}")
        if given := ours.get("DATABASE_URL"):
            if given.startswith("sqlite"):
                raise StackError("DATABASE_URL names a file: leave it out, and chaos takes one of its own")
            database = closings.enter_context(own_database(given, outage))
        ours["DATABASE_URL"] = database.url
        given_redis = ours.get("REDIS_URL")
        if given_redis:
            ours["REDIS_URL"] = given_redis = empty_database(given_redis)
        plan = closings.enter_context(planned(data, ours, port=0, workers=options.workers))
        crew = closings.enter_context(closing(Crew(plan, logs=data.logs, lock=lock)))
        crew.start()
        dials = {"latency_ms": options.latency_ms}
        httpx.put(f"{crew.sandbox_url}/_sandbox/settings", json=dials).raise_for_status()
        yield Ground(
            crew=crew,
            broker=GivenBroker(given_redis) if given_redis else _own_broker(crew, data),
            database=database,
            record=closings.enter_context(closing(Record(database.url))),
            client=closings.enter_context(Client(crew.url)),
            lease_s=read_settings(ours).worker_lease.total_seconds(),
        )


def run_suite(
    ground: Ground,
    options: ChaosOptions,
    *,
    show: Callable[[str], None],
    tell: Callable[[Finding], None],
) -> list[Finding]:
    """Run every fault, round after round; `show` gets what goes on, `tell` each finding as it is made."""
    findings: list[Finding] = []
    for number in range(options.rounds):
        for fault in chosen_faults(ground, options):
            # Each has a seed of its own, so that one alone strikes as it did among the others.
            scene = scene_on(ground, options, seed=f"{options.seed}/{number}/{fault.name}")
            trial = Trial(fault, scene, jobs=options.jobs, show=show)
            findings.append(trial.run())
            tell(findings[-1])
    return findings


def chosen_faults(ground: Ground, options: ChaosOptions) -> list[Fault]:
    """Return the faults to inject; raises `StackError` if one was named that cannot be injected here."""
    possible = faults_for(ground.database, ground.broker, kills=options.kills, outage_s=options.outage_s)
    if unknown := options.only - {fault.name for fault in possible}:
        names = ", ".join(fault.name for fault in possible)
        raise StackError(f"{min(unknown)} cannot be injected here; there are {names}")
    return [fault for fault in possible if not options.only or fault.name in options.only]


def scene_on(ground: Ground, options: ChaosOptions, *, seed: str) -> Scene:
    """Return the surroundings of one trial."""
    return Scene(
        crew=ground.crew,
        broker=ground.broker,
        database=ground.database,
        record=ground.record,
        client=ground.client,
        first=next(ground.firsts),
        chance=random.Random(seed),  # noqa: S311 - to be repeated
        outage_s=options.outage_s,
        lease_s=ground.lease_s,
    )


def _own_broker(crew: Crew, data: DataFolder) -> OwnBroker:
    process = crew.broker
    if process is None:
        raise AssertionError("neither a broker was given, nor one planned")
    return OwnBroker(process, url=crew.api.part.environment["REDIS_URL"], folder=data.broker)


def scratch_folder() -> Path:
    """Return a new folder for a stack's data and logs."""
    return Path(tempfile.mkdtemp(prefix="promptmill-chaos-"))
