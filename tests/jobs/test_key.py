import re

import pytest

from jobs.key import Key, Token
from tests.factories import NOW


def key_of(token, **fields):
    return Key(id=token.id, tenant="t", name=None, digest=token.digest(), created_at=NOW, **fields)


def test_a_key_begins_with_the_id_by_which_it_is_listed():
    token = Token.make()
    assert re.fullmatch(r"pm-[0-9a-z]{10}-[0-9a-z]{40}", token.text)
    assert token.text.startswith(f"{token.id}-")
    assert Token.read(token.text) == token


def test_no_two_keys_are_alike():
    assert len({Token.make().text for _ in range(100)}) == 100


def test_only_the_whole_key_is_good():
    token = Token.make()
    key = key_of(token)
    assert key.is_good(token)
    other = Token(id=token.id, text=f"{token.id}-{Token.make().text[-40:]}")
    assert not key.is_good(other)


def test_a_revoked_key_is_not_good():
    token = Token.make()
    assert not key_of(token, revoked_at=NOW).is_good(token)


def test_neither_the_key_nor_its_hash_is_shown():
    token = Token.make()
    shown = repr(token) + repr(key_of(token))
    assert token.text not in shown
    assert token.digest() not in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pm--",
        "sk-ant-api03-x",
        "pm-0123456789",
        "pm-0123456789-short",
        "pm-" + "\u0661" * 10 + "-" + "0" * 40,
    ],
)
def test_what_has_not_the_form_of_a_key_is_none(text):
    assert Token.read(text) is None


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: text + "\n", lambda text: text[:-1], lambda text: " " + text]
)
def test_a_key_is_taken_letter_for_letter(change):
    assert Token.read(change(Token.make().text)) is None
