"""The sandbox's whole menu of faults: what becomes of each job, what is recorded, and what it costs."""

import httpx
import pytest

from claude.answer import TokenUsage
from claude.prices import cost
from tests.eventually import until
from tests.journeys.fault_menu import (
    LASTING,
    LONG,
    MODEL,
    ODD_BUT_SOUND,
    OF_THE_ACCOUNT,
    PASSING,
    Fault,
)
from tests.journeys.stack import Stack

pytestmark = pytest.mark.journey

FINAL = {"succeeded", "errored", "canceled", "expired"}
SHORT = {"PROMPTMILL_STALL_TIMEOUT_S": "2", "PROMPTMILL_CALL_TIMEOUT_S": "4"}
ALONE = {"PROMPTMILL_LIMITS": "off"}  # no job's fault slows down the others

HEADERS = {"x-api-key": "any", "anthropic-version": "2023-06-01"}


def submit(stack, request, **fields):
    response = stack.client.post("/v1/jobs", json={"request": request, "max_failures": 2, **fields})
    assert response.status_code == httpx.codes.ACCEPTED, response.text
    return response.json()["id"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory, sqlite_template, valkey_server):
    folder = tmp_path_factory.mktemp("faults")
    (folder / "promptmill.db").write_bytes(sqlite_template.read_bytes())
    # Another database there than other stacks have, or each would take the other's jobs from the queue.
    broker = valkey_server.removesuffix("/0") + "/2"
    stack = Stack(folder, database_url=f"sqlite:///{folder / 'promptmill.db'}", redis_url=broker)
    stack.environment |= SHORT | ALONE
    stack.start_all()
    yield stack
    stack.close()


@pytest.fixture(scope="module")
def menu(stack):
    """Submit all of the menu at once, so that its waits go by at the same time."""
    once = {fault: submit(stack, fault.request(f"{fault.script}, then ok")) for fault in PASSING}
    ever = {fault: submit(stack, fault.request(fault.script)) for fault in (*LASTING, *ODD_BUT_SOUND)}
    return once | ever | {fault: submit(stack, fault.request(fault.script)) for fault in OF_THE_ACCOUNT}


def job(stack, job_id):
    return stack.client.get(f"/v1/jobs/{job_id}").raise_for_status().json()


def ended(stack, job_id):
    def look():
        found = job(stack, job_id)
        return found if found["state"] in FINAL else None

    return until(look, f"{job_id} to end")


def check_record(attempt, fault):
    assert (attempt["status"], attempt["error"]["type"]) == (fault.status, fault.error_type)
    assert attempt["error"]["message"]
    assert fault.says in attempt["error"]["message"]
    was_heard = fault.status is not None or fault.is_begun or fault.is_headed
    assert bool(attempt["request_id"]) == was_heard
    assert attempt["usage"]["output_tokens"] == int(fault.is_begun)
    assert (attempt["usage"]["input_tokens"] > 0) == fault.is_begun
    assert (attempt["usage"]["cost"] > 0) == fault.is_begun


def check_bill(found):
    """Check that each attempt costs what its tokens do, and the job what its attempts do."""
    usages = [attempt["usage"] for attempt in found["attempts"]]
    for usage in usages:
        tokens = TokenUsage(
            input=usage["input_tokens"],
            output=usage["output_tokens"],
            cache_write=usage["cache_write_tokens"],
            cache_read=usage["cache_read_tokens"],
        )
        assert usage["cost"] == pytest.approx(cost(MODEL, tokens))
    for name, total in found["usage"].items():
        assert total == pytest.approx(sum(usage[name] for usage in usages)), name


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_a_passing_fault_costs_one_more_attempt(stack, menu, fault):
    found = ended(stack, menu[fault])
    assert found["state"] == "succeeded", found["error"]
    assert found["failures"] == int(fault.costs_a_failure)
    failed, succeeded = found["attempts"]
    assert (failed["state"], failed["reason"]) == ("waiting", "retry")
    assert failed["is_failure"] is fault.costs_a_failure
    check_record(failed, fault)
    assert (succeeded["status"], succeeded["error"]) == (200, None)
    assert succeeded["usage"]["output_tokens"] == found["response"]["usage"]["output_tokens"]
    check_bill(found)


@pytest.mark.parametrize("fault", LASTING, ids=str)
def test_a_lasting_fault_ends_the_job_at_its_first_attempt_with_claudes_words(stack, menu, fault):
    found = ended(stack, menu[fault])
    assert (found["state"], found["reason"], found["failures"]) == ("errored", "refused", 1)
    [attempt] = found["attempts"]
    check_record(attempt, fault)
    assert found["error"] | {"details": None} == attempt["error"]  # which are kept for the job alone
    assert found["response"] is None
    check_bill(found)


@pytest.mark.parametrize("fault", OF_THE_ACCOUNT, ids=str)
def test_a_fault_of_the_account_counts_against_no_job(stack, menu, fault):
    attempt = until(lambda: ended_attempts(stack, menu[fault]), "the first attempt to end")[0]
    found = job(stack, menu[fault])
    assert found["state"] not in FINAL
    assert found["failures"] == 0
    assert (attempt["state"], attempt["reason"]) == ("waiting", "lane_paused")
    assert not attempt["is_failure"]
    check_record(attempt, fault)


def ended_attempts(stack, job_id):
    return [attempt for attempt in job(stack, job_id)["attempts"] if attempt["ended_at"]]


@pytest.mark.parametrize("fault", ODD_BUT_SOUND, ids=str)
def test_what_is_odd_but_sound_succeeds_at_once(stack, menu, fault):
    found = ended(stack, menu[fault])
    assert (found["state"], len(found["attempts"])) == ("succeeded", 1), found["error"]
    check_bill(found)


@pytest.mark.parametrize(
    ("script", "stop_reason"),
    [
        ("refusal category=cyber after=3", "refusal"),
        ("max_tokens", "max_tokens"),
        ("empty", "end_turn"),
        ("stop-reason pause_turn", "pause_turn"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_is_short_or_refused_is_an_answer(stack, script, stop_reason, stream):
    found = ended(stack, submit(stack, Fault(script, 200, "", stream=stream).request(script)))
    assert (found["state"], len(found["attempts"])) == ("succeeded", 1), found["error"]
    assert found["response"]["stop_reason"] == stop_reason
    check_bill(found)


@pytest.mark.parametrize("stream", [False, True])
def test_tokens_read_from_and_written_to_the_cache_are_counted_and_priced(stack, stream):
    script = "usage input=1000 output=50 cache-read=200 cache-write=9"
    found = ended(stack, submit(stack, Fault(script, 200, "", stream=stream).request(script)))
    tokens = {name: count for name, count in found["usage"].items() if name != "cost"}
    assert tokens == {
        "input_tokens": 1000,
        "output_tokens": 50,
        "cache_write_tokens": 9,
        "cache_read_tokens": 200,
    }
    check_bill(found)


def test_a_long_call_is_streamed_upstream_and_answers_as_if_it_were_not(stack):
    long = Fault("mark long-call", 200, "", max_tokens=LONG)
    request = long.request(long.script)
    streamed = ended(stack, submit(stack, request))["response"]
    plain = httpx.post(f"{stack.sandbox_url}/v1/messages", json=request, headers=HEADERS).json()
    assert streamed.pop("id") != plain.pop("id")
    assert streamed == plain
    assert list(streamed) == list(plain)
    calls = httpx.get(f"{stack.sandbox_url}/_sandbox/calls", params={"marker": "long-call"}).json()
    assert [call["stream"] for call in calls] == [True, False]


def test_a_budget_that_is_spent_ends_the_job_with_the_last_fault(stack):
    found = ended(stack, submit(stack, Fault("503", 503, "api_error").request("503")))
    assert (found["state"], found["reason"], found["failures"]) == ("errored", "failures_spent", 2)
    assert [attempt["status"] for attempt in found["attempts"]] == [503, 503]
    assert found["error"]["status"] == 503


def test_a_wait_that_would_outlast_the_job_ends_it_with_claudes_words(stack):
    script = "429 retry-after=999999"
    found = ended(stack, submit(stack, Fault(script, 429, "").request(script)))
    assert (found["state"], found["reason"], found["failures"]) == ("errored", "time_spent", 0)
    assert found["error"]["type"] == "rate_limit_error"


@pytest.mark.parametrize("script", ["cut after=3", "eof after=3", "error-event overloaded_error after=1"])
def test_a_legacy_stream_that_breaks_off_is_tried_again(stack, script):
    prompt = f"\n\nHuman: Say something long. [[{script}, then ok]]\n\nAssistant:"
    request = {"model": "claude-2.1", "prompt": prompt, "max_tokens_to_sample": 64, "stream": True}
    found = ended(stack, submit(stack, request))
    assert (found["state"], found["failures"]) == ("succeeded", 1), found["error"]
    assert len(found["attempts"]) == 2
    assert found["response"]["stop_reason"]


def test_a_bad_key_fails_no_job_and_a_good_one_finishes_them(tmp_path, sqlite_url, valkey_url):
    stack = Stack(tmp_path, database_url=sqlite_url, redis_url=valkey_url)
    stack.environment |= {"ANTHROPIC_API_KEY": "sk-ant-invalid-key", **ALONE}
    try:
        stack.start_all()
        batch_id = stack.submit([f"What is {n} + 1?" for n in range(20)])
        until(lambda: stack.calls()["total"] >= 20, "every job to be refused")
        assert set(stack.calls()["by_status"]) == {"401"}
        assert stack.counts(batch_id)["errored"] == 0
        assert stack.worker.stop() == 0
        stack.start_worker(ANTHROPIC_API_KEY="sk-ant-good")
        stack.client.post("/v1/lanes/resume").raise_for_status()
        assert stack.wait(batch_id)["counts"]["succeeded"] == 20
    finally:
        stack.close()
