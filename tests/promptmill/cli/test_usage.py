import subprocess
import sys

import pytest


def test_without_arguments_the_help_is_shown(promptmill):
    shown = promptmill()
    assert "Usage: promptmill" in shown.stdout + shown.stderr


@pytest.mark.parametrize(
    "command", ["run", "submit", "status", "watch", "results", "cancel", "retry", "jobs"]
)
def test_every_command_that_asks_a_server_can_answer_in_json(promptmill, command):
    shown = promptmill(command, "--help")
    assert shown.returncode == 0
    assert "--json" in shown.stdout


def test_the_version_is_shown(promptmill):
    assert promptmill("--version").stdout.startswith("promptmill 0.")


def test_the_exit_codes_are_in_the_help(promptmill):
    assert "2 bad usage or input, 3 no server" in promptmill("--help").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["run"],
        ["run", "x", "--max-tokens", "0"],
        ["run", "x", "--format", "xml"],
        ["jobs", "--state", "odd"],
        ["status", ""],
    ],
)
def test_bad_usage_has_its_exit_code(promptmill, arguments):
    assert promptmill(*arguments).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "nowhere.txt"], "cannot read nowhere.txt: No such file or directory"),
        (["run", "p.txt", "-o", "no/such/out.jsonl"], "cannot write to the folder no/such"),
        (["run", "p.txt", "-o", "."], ". is a folder"),
        (["run", "p.txt", "-o", "/proc/out.jsonl"], "cannot write to the folder /proc"),
        (["run", "p.txt", "-o", "p.txt"], "would replace the input p.txt"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_submitted(promptmill, tmp_path, arguments, words):
    (tmp_path / "p.txt").write_text("Hello\n")
    done = promptmill(*arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_the_command_line_starts_without_the_heavy_libraries():
    heavy = ("aiohttp", "celery", "litestar", "sqlalchemy", "valkey", "genai_prices")
    code = f"import sys, promptmill.cli.app; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_the_sandbox_gets_its_flags_as_they_are(promptmill):
    assert "--latency-ms" in promptmill("sandbox", "--help").stdout
    assert promptmill("sandbox", "--port", "none").returncode == 2


def test_the_database_is_upgraded_where_the_environment_says(promptmill, tmp_path):
    done = promptmill("db", "upgrade", DATABASE_URL=f"sqlite:///{tmp_path / 'here.db'}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "here.db").stat().st_size > 0
    assert "here.db are up to date" in done.stderr


def test_a_database_url_that_is_none_is_named(promptmill):
    done = promptmill("db", "upgrade", DATABASE_URL="mysql://x")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "DATABASE_URL must start with" in done.stderr
