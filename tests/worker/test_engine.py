import threading
from datetime import timedelta

import pytest

from claude.client import ClaudeClient
from claude.errors import HeaderError
from jobs.clock import utc_now
from tests.eventually import until
from worker.engine.engine import Engine
from worker.engine.recorder import Recorder
from worker.limits.no_limits import NoLimits


def an_engine(store, register, *, api_key="sk-ant-test"):
    def make_client():
        return ClaudeClient(
            base_url="http://127.0.0.1:9",
            api_key=api_key,
            call_timeout_s=1,
            stall_timeout_s=1,
            max_connections=10,
        )

    return Engine(
        make_client=make_client,
        make_limiter=NoLimits,
        account="account",
        recorder=Recorder(store=store, register=register, clock=utc_now),
        register=register,
        feed=lambda: False,
        slot_count=10,
        grace_s=1,
        worker_lease=timedelta(seconds=6),
        clock=utc_now,
    )


def slots(store):
    with store.read() as tx:
        return tx.workers.slots()


def engine_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith(("engine", "recorder"))]


def test_an_engine_is_known_while_it_runs_and_leaves_nothing_behind(store, register):
    engine = an_engine(store, register)
    engine.start()
    assert slots(store) == 10
    engine.stop()
    assert slots(store) == 0
    until(lambda: not engine_threads(), "the threads to end")


def test_a_key_that_cannot_be_sent_is_an_error_and_not_a_hang(store, register):
    engine = an_engine(store, register, api_key="sk-ключ")
    with pytest.raises(HeaderError) as caught:
        engine.start()
    assert "ключ" not in str(caught.value)
    assert slots(store) == 0
    until(lambda: not engine_threads(), "the threads to end")
    engine.stop()
