"""A process that stands still in the middle of a transaction must not hold up the others."""

import signal
import subprocess
import sys
import threading

import pytest

from tests.factories import NOW, WORKER, an_outcome, stored_batch

MERCY_S = 20
FROZEN = """
import sys
from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.factories import NOW, WORKER, an_outcome

with Store(open_engine(sys.argv[1])).write() as tx:
    tx.jobs.settle([an_outcome(sys.argv[2])])
    if sys.argv[3:]:
        tx.jobs.claim(sys.argv[3:], worker_id=WORKER, now=NOW)
    print("settled", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("claims", [0, 1], ids=["settling", "settling and claiming"])
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_frozen_process_does_not_keep_the_batch_of_others_locked(store, database_url, claims):
    _, ids = stored_batch(store, 3)
    with store.write() as tx:
        tx.jobs.claim(ids[:2], worker_id=WORKER, now=NOW)
    command = [sys.executable, "-c", FROZEN, database_url, ids[0], *ids[2:][:claims]]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as frozen:
        assert frozen.stdout.readline() == "settled\n"
        frozen.send_signal(signal.SIGSTOP)
        mercy = threading.Timer(MERCY_S, frozen.kill)
        mercy.start()
        try:
            with store.write() as tx:
                assert tx.jobs.settle([an_outcome(ids[1])]) == [ids[1]]
            assert frozen.poll() is None, f"the others were held up for {MERCY_S} s"
        finally:
            mercy.cancel()
            frozen.kill()
