from collections.abc import Callable

import httpx

from sandbox.ids import Ids
from sandbox.ledger import Ledger, digest_of
from tests.sandbox.running import Running, question


def test_every_call_is_written_down_and_can_be_found(sandbox: Running):
    answer = sandbox.post(question("What is 5 + 5? (ledger)", metadata={"user_id": "job-17"}))
    (call,) = sandbox.calls(marker="job-17")
    assert call["request_id"] == answer.headers["request-id"]
    assert (call["method"], call["path"], call["status"]) == ("POST", "/v1/messages", 200)
    assert (call["model"], call["text"]) == ("claude-haiku-4-5", "What is 5 + 5? (ledger)")
    assert (call["stream"], call["ended"], call["anthropic_version"]) == (False, "finished", "2023-06-01")
    assert "sk-ant" not in str(call)
    assert sandbox.calls(text="(ledger)", status=200, model="claude-haiku-4-5") == [call]
    assert sandbox.calls(text="(ledger)", status=500) == []


def test_matching_calls_can_be_counted_and_limited(sandbox: Running):
    for _ in range(3):
        sandbox.ask("Count me.")
    count = sandbox.http.get("/_sandbox/calls", params={"text": "Count me.", "count": "true"}).json()
    assert count == {"count": 3}
    assert len(sandbox.calls(text="Count me.", limit=2)) == 2


def test_an_unknown_filter_is_refused(sandbox: Running):
    assert sandbox.http.get("/_sandbox/calls?colour=red").status_code == 400


def test_the_summary_tells_prompts_called_and_answered_twice(start: Callable[..., Running]):
    sandbox = start()
    for prompt in ("a", "b", "b", "[[529, then ok]] c", "[[529, then ok]] c"):
        sandbox.ask(prompt)
    summary = sandbox.summary()
    assert (summary["total"], summary["by_status"]) == (5, {"200": 4, "529": 1})
    assert (summary["prompts"], summary["prompts_called_more_than_once"]) == (3, 2)
    assert summary["prompts_answered_more_than_once"] == 1
    assert (summary["in_flight"], summary["peak_in_flight"]) == (0, 1)
    sandbox.http.delete("/_sandbox/calls")
    assert sandbox.summary()["total"] == 0


def test_memory_is_bounded_and_forgotten_prompts_no_longer_count():
    ledger = Ledger(size=100, ids=Ids())
    for number in range(1_000):
        call = ledger.begin("POST", "/v1/messages")
        ledger.prompt(call, digest_of(str(number)), str(number))
        ledger.end(call, 200, "finished")
    summary = ledger.summary()
    assert (summary["total"], summary["remembered"], summary["prompts"]) == (1_000, 100, 100)


def test_settings_can_be_read_and_changed_but_not_to_nonsense(sandbox: Running):
    assert sandbox.turn(latency_ms=1).json()["latency_ms"] == 1
    before = sandbox.http.get("/_sandbox/settings").json()
    for wrong in (
        {"error_rate": 2},
        {"colour": 1},
        {"faults": {"thunder": 0.1}},
        {"rpm": 0},
        {"scripts": {"*": "x"}},
    ):
        assert sandbox.turn(**wrong).status_code == 400
    assert sandbox.http.get("/_sandbox/settings").json() == before
    sandbox.turn(latency_ms=0)


def test_calls_that_fail_the_checks_are_written_down_too(sandbox: Running):
    httpx.post(f"{sandbox.url}/v1/messages", json={}, headers={"x-api-key": "sk-ant-invalid-ledger"})
    assert sandbox.calls(status=401)[-1]["prompt"] is None


def test_too_many_calls_at_once_can_be_refused(start: Callable[..., Running]):
    sandbox = start("--overload-at", "1", "--max-in-flight", "1")
    url, headers = f"{sandbox.url}/v1/messages", dict(sandbox.http.headers)
    body = question("[[stall]]", stream=True)
    with httpx.Client() as other, other.stream("POST", url, json=body, headers=headers):
        assert sandbox.ask("Hi").status_code == 529
        sandbox.turn(overload_at=0)
        assert sandbox.ask("Hi").status_code == 429
