import json
from collections.abc import Callable
from typing import Any

import pytest

from claude.dialect import Dialect
from claude.report import Unsupported
from claude.request import InvalidRequestError, WireRequest, inspect_request, wire_request

HI = [{"role": "user", "content": "hi"}]


def translate(request: dict[str, Any]) -> WireRequest:
    complete = {"model": "claude-sonnet-4-5", "messages": HI} | request
    return wire_request(Dialect.CHAT, json.dumps(complete), {}, stream=False)


@pytest.fixture
def sent() -> Callable[..., dict[str, Any]]:
    """Give the body that goes out for a chat request with these fields."""
    return lambda **fields: json.loads(translate(fields).body)


@pytest.fixture
def warnings() -> Callable[..., tuple[str, ...]]:
    """Give the warnings for a chat request with these fields."""
    return lambda **fields: translate(fields).warnings


@pytest.fixture
def refused() -> Callable[..., list[str]]:
    """Give the fields that a refused chat request with these fields is refused for."""

    def fields_of(**fields: Any) -> list[str]:
        with pytest.raises(InvalidRequestError) as raised:
            translate(fields)
        return [problem.field for problem in raised.value.problems]

    return fields_of


@pytest.fixture
def unsupported() -> Callable[..., list[str]]:
    """Give the fields for which a chat request is refused by those who want nothing dropped."""

    def fields_of(**fields: Any) -> list[str]:
        body = json.dumps({"model": "claude-sonnet-4-5", "messages": HI} | fields)
        with pytest.raises(InvalidRequestError) as raised:
            inspect_request(Dialect.CHAT, body, unsupported=Unsupported.ERROR)
        return [problem.field for problem in raised.value.problems]

    return fields_of
