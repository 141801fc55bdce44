"""On servers that were given, chaos keeps to what nobody else uses."""

import psycopg
import pytest
from redis import Redis

from promptmill.chaos.broker import DATABASES, empty_database
from promptmill.chaos.database import own_database
from promptmill.errors import StackError


def test_a_database_of_its_own_is_made_and_dropped(postgres_url):
    with own_database(postgres_url, None) as database:
        assert database.url != postgres_url
        with psycopg.connect(database.url) as connection:
            connection.execute("CREATE TABLE something ()")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(database.url)


def test_only_connections_to_its_own_database_are_cut(postgres_url):
    with own_database(postgres_url, None) as database, psycopg.connect(postgres_url) as bystander:
        victim = psycopg.connect(database.url)
        database.cut()
        with pytest.raises(psycopg.OperationalError):
            victim.execute("SELECT 1")
        assert bystander.execute("SELECT 1").fetchone() == (1,)
        victim.close()


def test_a_user_who_may_not_make_databases_is_told_what_is_needed(postgres_url):
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS lodger")
        connection.execute("CREATE ROLE lodger LOGIN")
    url = postgres_url.replace("postgres@", "lodger@")
    with pytest.raises(StackError, match="permission denied"), own_database(url, None):
        pass


def test_the_given_broker_database_is_taken_if_it_is_empty(valkey_url):
    assert empty_database(valkey_url) == valkey_url


def test_another_is_taken_if_the_given_one_holds_something(valkey_url):
    with Redis.from_url(valkey_url) as redis:
        redis.set("precious", "1")
    found = empty_database(valkey_url)
    assert found == valkey_url.removesuffix("0") + "1"


def test_a_broker_without_an_empty_database_is_refused(valkey_url):
    for number in range(DATABASES):
        with Redis.from_url(valkey_url.removesuffix("0") + str(number)) as redis:
            redis.set("precious", "1")
    with pytest.raises(StackError, match="every database there holds something"):
        empty_database(valkey_url)


def test_a_broker_that_does_not_answer_is_said_not_to(free_tcp_port):
    with pytest.raises(StackError, match="cannot look for an empty database"):
        empty_database(f"redis://127.0.0.1:{free_tcp_port}/0")
