"""`promptmill keys` and `promptmill tenants`, which need no server."""

import json
import re
import sqlite3
from contextlib import closing

import pytest

KEY = re.compile(r"pm-[0-9a-z]{10}-[0-9a-z]{40}")


def rows(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_key_is_printed_alone_and_only_once(promptmill, tmp_path):
    made = promptmill("keys", "create", "--name", "my [b]laptop")
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    assert KEY.fullmatch(key)
    assert "shown this once" in made.stderr
    assert key not in made.stderr
    listed = promptmill("keys", "list").stdout
    assert key[:13] in listed
    assert "my [b]laptop" in listed
    kept = b"".join(path.read_bytes() for path in (tmp_path / ".promptmill").glob("promptmill.db*"))
    assert key[:13].encode() in kept
    assert key[14:].encode() not in kept


def test_the_first_key_is_said_to_shut_the_door(promptmill):
    assert "ask everybody for a key" in promptmill("keys", "create").stderr
    assert "ask everybody for a key" not in promptmill("keys", "create").stderr


def test_a_key_is_revoked_by_its_id_or_by_the_whole_of_it(promptmill):
    first, second = (promptmill("keys", "create", "--tenant", "acme").stdout.strip() for _ in range(2))
    assert promptmill("keys", "revoke", first[:13]).stdout == f"revoked {first[:13]} of tenant acme\n"
    revoked = promptmill("keys", "revoke", second, "--json")
    assert second not in revoked.stdout
    assert all(row["revoked_at"] for row in rows(promptmill("keys", "list", "--json").stdout))


def test_an_unknown_key_cannot_be_revoked(promptmill):
    promptmill("keys", "create")
    refused = promptmill("keys", "revoke", "pm-nothing")
    assert (refused.returncode, refused.stderr) == (2, "promptmill: there is no key 'pm-nothing'\n")


def test_where_there_is_no_database_none_is_made_by_looking(promptmill, tmp_path):
    for command in (["keys", "list"], ["tenants", "list"], ["keys", "revoke", "pm-x"]):
        refused = promptmill(*command)
        assert refused.returncode == 2
        assert "name the folder with --data, or set DATABASE_URL" in refused.stderr
    assert not (tmp_path / ".promptmill").exists()


def test_keys_are_made_at_database_url_which_must_be_up_to_date(promptmill, tmp_path):
    url = f"sqlite:///{tmp_path / 'here.db'}"
    refused = promptmill("keys", "create", DATABASE_URL=url)
    assert refused.returncode == 2
    assert "promptmill db upgrade" in refused.stderr
    assert promptmill("db", "upgrade", DATABASE_URL=url).returncode == 0
    made = promptmill("keys", "create", DATABASE_URL=url)
    assert "here.db" in made.stderr
    with closing(sqlite3.connect(tmp_path / "here.db")) as connection:
        assert connection.execute("SELECT id FROM keys").fetchall() == [(made.stdout[:13],)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["keys", "create", "--tenant", "a b"],
        ["keys", "create", "--tenant", ""],
        ["keys", "create", "--tenant", "a/../b"],
        ["keys", "create", "--name", ""],
        ["keys", "create", "--name", "x" * 101],
        ["tenants", "set", "acme"],
        ["tenants", "set", "acme", "--weight", "0"],
        ["tenants", "set", "acme", "--weight", "nan"],
        ["tenants", "set", "acme", "--daily-budget", "-1"],
        ["tenants", "set", "acme", "--daily-budget", "inf"],
        ["tenants", "set", "acme", "--requests-per-minute", "0"],
        ["tenants", "set", "acme", "--max-queued", "-1"],
        ["tenants", "set", "acme", "--max-queued", "1", "--no-max-queued"],
    ],
)
def test_bad_usage_is_refused(promptmill, arguments):
    assert promptmill(*arguments).returncode == 2


def test_what_is_laid_down_for_a_tenant_stays_until_it_is_changed(promptmill):
    promptmill("tenants", "set", "acme", "--weight", "2", "--daily-budget", "5.5", "--max-queued", "10")
    promptmill("tenants", "set", "acme", "--no-max-queued", "--requests-per-minute", "60")
    promptmill("keys", "create", "--tenant", "other")
    acme, default, other = rows(promptmill("tenants", "list", "--json").stdout)
    assert acme == {
        "name": "acme",
        "weight": 2.0,
        "daily_budget": 5.5,
        "requests_per_minute": 60,
        "max_queued": None,
        "spent_today": 0.0,
    }
    assert [default["name"], other["name"], other["weight"]] == ["default", "other", 1.0]
    assert "$5.50" in promptmill("tenants", "list").stdout
