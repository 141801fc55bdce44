import threading

import pytest

from jobs.clock import utc_now
from worker.engine.recorder import Recorder
from worker.engine.register import Register


@pytest.fixture
def register(store):
    register = Register(store=store, worker_id="worker_under_test", slot_count=10, clock=utc_now)
    register.enter()
    return register


@pytest.fixture
def recorder(store, register):
    recorder = Recorder(store=store, register=register, clock=utc_now)
    recorder.start()
    yield recorder
    recorder.stop(patience_s=5)
    assert not any(thread.name.startswith("recorder") for thread in threading.enumerate())
