import random
import socket
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.eventually import until
from tests.promptmill.stacks import running

pytestmark = pytest.mark.journey
PROMPTS = "".join(f"What is {number} + 1?\n" for number in range(30))


def read(url):
    """Return what Prometheus would read there: the sum of each metric over its labels."""
    sums = {}
    with urllib.request.urlopen(url) as answer:
        for family in text_string_to_metric_families(answer.read().decode()):
            for sample in family.samples:
                sums[sample.name] = sums.get(sample.name, 0) + sample.value
    return sums


def listens(port):
    with socket.socket() as knocking:
        return knocking.connect_ex(("127.0.0.1", port)) == 0


def is_free(port):
    with socket.socket() as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@pytest.fixture
def metrics_ports():
    """Return two free ports in a row, below those that the system gives out by itself."""

    def found():
        ports = (first := random.randrange(20_000, 30_000), first + 1)
        return all(map(is_free, ports)) and ports

    return until(found, "a free port with a next one")


def test_a_stack_shows_what_it_does(promptmill, tmp_path, metrics_ports):
    with running(
        tmp_path / "stack", "--workers", "2", PROMPTMILL_METRICS_PORT=str(metrics_ports[0])
    ) as stack:
        until(lambda: all(map(listens, metrics_ports)), "both workers to be up")
        done = promptmill("run", "-", "-o", "out.jsonl", url=stack.url, stdin=PROMPTS)
        assert done.returncode == 0, done.stderr
        workers = [read(f"http://127.0.0.1:{port}/metrics") for port in metrics_ports]
        fleet = read(f"{stack.url}/metrics")
    assert sum(each.get("promptmill_calls_total", 0) for each in workers) == 30
    assert sum(each.get("promptmill_call_duration_seconds_count", 0) for each in workers) == 30
    assert sum(each["promptmill_jobs_claimed_total"] for each in workers) == 30
    assert sum(each["promptmill_group_commit_rows_sum"] for each in workers) == 60
    assert sum(each["promptmill_calls_in_flight"] for each in workers) == 0
    assert (fleet["promptmill_workers"], fleet["promptmill_jobs_ended_today"]) == (2, 30)
    assert fleet["promptmill_lane_limit"] > 0
