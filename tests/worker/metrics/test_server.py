import urllib.request

import pytest

from jobs.errors import SettingError
from worker.metrics.collector import WorkerCollector
from worker.metrics.counts import Counts
from worker.metrics.server import serving

COLLECTOR = WorkerCollector(Counts(), slot_count=7)


def test_metrics_are_served_beside_those_of_the_process(free_tcp_port):
    url = f"http://127.0.0.1:{free_tcp_port}/metrics"
    with serving(COLLECTOR, host="127.0.0.1", port=free_tcp_port), urllib.request.urlopen(url) as answer:
        text = answer.read().decode()
    assert "promptmill_slots 7.0" in text
    assert "process_resident_memory_bytes" in text
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(url)


def test_a_port_that_is_taken_is_said_in_a_sentence(free_tcp_port):
    with (
        serving(COLLECTOR, host="127.0.0.1", port=free_tcp_port),
        pytest.raises(SettingError, match="PROMPTMILL_METRICS_PORT"),
        serving(COLLECTOR, host="127.0.0.1", port=free_tcp_port),
    ):
        raise AssertionError


def test_without_a_port_nothing_is_served():
    with serving(COLLECTOR, host="127.0.0.1", port=None):
        pass
