"""`python -m worker` as a process that cannot start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def started_in_vain(**environment):
    return subprocess.run(
        [sys.executable, "-m", "worker"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "ANTHROPIC_API_KEY": "sk-ant-test"} | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_database_without_tables_stops_it_with_one_sentence(tmp_path):
    ended = started_in_vain(DATABASE_URL=f"sqlite:///{tmp_path}/new.db")
    assert ended.returncode == 1
    [sentence] = ended.stderr.splitlines()
    assert "promptmill db upgrade" in sentence


def test_a_database_that_is_away_stops_it_with_one_sentence_that_keeps_the_password(free_tcp_port):
    ended = started_in_vain(DATABASE_URL=f"postgresql://me:hunter2@127.0.0.1:{free_tcp_port}/jobs")
    assert ended.returncode == 1
    [sentence] = ended.stderr.splitlines()
    assert sentence.startswith("the database is unavailable")
    assert "hunter2" not in sentence


@pytest.mark.parametrize("name", ["PROMPTMILL_CONCURRENCY", "REDIS_URL"])
def test_a_bad_setting_stops_it_with_one_sentence_that_names_it(tmp_path, name):
    ended = started_in_vain(**{"DATABASE_URL": f"sqlite:///{tmp_path}/new.db", name: "nonsense"})
    assert ended.returncode == 2
    assert name in ended.stderr
