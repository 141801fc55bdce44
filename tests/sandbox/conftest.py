"""A running sandbox over real sockets, shared by the tests that need no flags of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.sandbox.running import Running, started


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Running]:
    with started() as running:
        yield running


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    with ExitStack() as stack:
        yield lambda *flags: stack.enter_context(started(*flags))
