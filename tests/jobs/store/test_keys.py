from datetime import timedelta

import pytest

from jobs.errors import NotFoundError
from jobs.key import Key, Token
from tests.factories import NOW


def a_key(**fields):
    token = Token.make()
    defaults = {"id": token.id, "tenant": "t", "name": "laptop", "digest": token.digest(), "created_at": NOW}
    return Key(**{**defaults, **fields})


def test_a_key_is_found_by_its_id(store):
    key = a_key()
    with store.write() as tx:
        assert not tx.keys.are_made()
        tx.keys.add(key)
    with store.read() as tx:
        assert tx.keys.are_made()
        assert tx.keys.get(key.id) == key
        assert tx.keys.get("pm-nothing") is None


def test_keys_are_listed_in_the_order_in_which_they_were_made(store):
    newer, older = a_key(created_at=NOW + timedelta(days=1)), a_key()
    with store.write() as tx:
        tx.keys.add(newer)
        tx.keys.add(older)
        assert tx.keys.list() == [older, newer]


def test_a_revoked_key_is_kept_with_the_time_when_it_first_was(store):
    key = a_key()
    with store.write() as tx:
        tx.keys.add(key)
        tx.keys.revoke(key.id, now=NOW)
    with store.write() as tx:
        again = tx.keys.revoke(key.id, now=NOW + timedelta(days=1))
        assert again.revoked_at == NOW
        assert tx.keys.are_made()


def test_an_unknown_key_cannot_be_revoked(store):
    with store.write() as tx, pytest.raises(NotFoundError, match="pm-nothing"):
        tx.keys.revoke("pm-nothing", now=NOW)
