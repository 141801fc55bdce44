"""The short form of `make chaos`: each database loses its worst."""

import os
import tempfile
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from promptmill.chaos.report import report_json
from promptmill.chaos.suite import ChaosOptions, prepared_ground, run_suite
from tests.journeys.postgres_server import postgres_server

pytestmark = pytest.mark.journey

SEED = 3
SHORT = {"kills": 1, "jobs": 600}
FULL = {"kills": 3, "jobs": 2000}
IN_BOTH_FORMS = pytest.mark.parametrize(
    "form", [pytest.param(SHORT, id="short"), pytest.param(FULL, id="full", marks=pytest.mark.long)]
)


@pytest.fixture
def given():
    return {name: value for name, value in os.environ.items() if name not in {"REDIS_URL", "DATABASE_URL"}}


@pytest.fixture
def postgres():
    # Not in the test's own folder: the path of a Unix socket may have about a hundred characters only.
    with (
        tempfile.TemporaryDirectory(prefix="pm-pg-") as directory,
        postgres_server(Path(directory)) as server,
    ):
        yield server


def options(form, *faults):
    return ChaosOptions(rounds=1, seed=SEED, latency_ms=300, outage_s=3, only=frozenset(faults), **form)


def run(asked, environment, folder, outage=None):
    """Run the suite; print what it found, and assert that it is sound."""
    with prepared_ground(environment, asked, folder, outage=outage) as ground:
        findings = run_suite(ground, asked, show=lambda _: None, tell=print)
    assert {finding.fault for finding in findings} == asked.only
    assert all(finding.struck for finding in findings)
    assert all(finding.is_sound for finding in findings), report_json(findings, seed=SEED)


def leftovers(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname ~ 'promptmill_chaos'").fetchall()


@IN_BOTH_FORMS
def test_on_sqlite_nothing_is_lost_or_doubled_whatever_is_killed_or_full(given, tmp_path, form):
    run(options(form, "worker-killed", "broker-killed", "broker-paused", "disk-full"), given, tmp_path)


@IN_BOTH_FORMS
def test_on_postgres_nothing_is_lost_or_doubled_though_the_database_goes_away(
    given, postgres, tmp_path, form
):
    faults = options(form, "all-killed", "worker-frozen", "database-stopped")
    run(faults, {**given, "DATABASE_URL": postgres.url}, tmp_path, outage=postgres)


def test_on_somebodys_services_only_databases_of_our_own_are_used(given, postgres_url, valkey_url, tmp_path):
    with Redis.from_url(valkey_url) as redis:
        redis.set("precious", "1")
        asked = options(SHORT, "broker-flushed", "database-cut")
        run(asked, {**given, "DATABASE_URL": postgres_url, "REDIS_URL": valkey_url}, tmp_path)
        assert redis.get("precious") == b"1"
    assert leftovers(postgres_url) == []
