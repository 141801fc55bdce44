import httpx
import pytest

from tests.sandbox.running import Running, question


@pytest.mark.parametrize(
    ("script", "status", "kind", "should_retry", "retry_after"),
    [
        ("429 retry-after=2", 429, "rate_limit_error", "true", "2"),
        ("429", 429, "rate_limit_error", "true", "1"),
        ("429 no-retry-after", 429, "rate_limit_error", "true", None),
        ("ramp", 429, "rate_limit_error", "true", "1"),
        ("spend-cap", 429, "rate_limit_error", None, None),
        ("credit", 400, "invalid_request_error", "false", None),
        ("usage-limit", 400, "invalid_request_error", "false", None),
        ("hold", 400, "invalid_request_error", "false", None),
        ("400", 400, "invalid_request_error", "false", None),
        ("401", 401, "authentication_error", "false", None),
        ("402", 402, "billing_error", "false", None),
        ("403", 403, "permission_error", "false", None),
        ("404", 404, "not_found_error", "false", None),
        ("408", 408, "timeout_error", "true", None),
        ("409", 409, "conflict_error", "true", None),
        ("413", 413, "request_too_large", "false", None),
        ("500", 500, "api_error", "true", None),
        ("503 retry-after=3", 503, "api_error", "true", "3"),
        ("504", 504, "timeout_error", "true", None),
        ("529", 529, "overloaded_error", "true", None),
        ("overloaded", 529, "overloaded_error", "true", None),
        ("400 should-retry=true", 400, "invalid_request_error", "true", None),
        ("529 should-retry=none", 529, "overloaded_error", None, None),
        ("503 type=overloaded_error", 503, "overloaded_error", "true", None),
    ],
)
def test_each_status_of_the_menu_can_be_asked_for(
    sandbox: Running, script: str, status: int, kind: str, should_retry: str | None, retry_after: str | None
):
    answer = sandbox.ask(f"[[{script}]] Hi")
    assert answer.status_code == status
    assert answer.json()["error"]["type"] == kind
    assert answer.json()["request_id"] == answer.headers["request-id"]
    assert answer.headers.get("x-should-retry") == should_retry
    assert answer.headers.get("retry-after") == retry_after


def test_error_codes_and_messages_can_be_given(sandbox: Running):
    error = sandbox.ask('[[400 code=tool_name_conflict message="Two of a kind"]]').json()["error"]
    assert error["details"] == {"error_code": "tool_name_conflict"}
    assert error["message"] == "Two of a kind"
    assert sandbox.ask("[[spend-cap]]").json()["error"]["details"] == {
        "error_code": "enforced_spend_limit_reached"
    }


def test_the_next_call_with_the_same_prompt_takes_the_next_step(sandbox: Running):
    prompt = "[[529 x2, then 429 retry-after=0, then ok]] What is 2 + 2? (steps)"
    assert [sandbox.ask(prompt).status_code for _ in range(5)] == [529, 529, 429, 200, 200]


def test_a_status_also_answers_a_stream(sandbox: Running):
    assert sandbox.post(question("[[529]] Hi", stream=True)).json()["error"]["type"] == "overloaded_error"


def test_html_comes_from_a_proxy_not_from_the_api(sandbox: Running):
    answer = sandbox.ask("[[html 502]]")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")
    assert answer.text.startswith("<html>")


def test_a_200_may_be_no_json_or_no_message(sandbox: Running):
    assert sandbox.ask("[[not-json]]").text == "upstream says hello"
    assert sandbox.ask("[[wrong-shape]]").json() == {"ok": True}
    answer = sandbox.ask("[[malformed]] Hi")
    assert answer.status_code == 200
    assert answer.text.startswith('{"id":"msg_')
    assert not answer.text.endswith("}}")


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("reset", httpx.ReadError),
        ("cut", httpx.ReadError),
        ("lost", httpx.ReadError),
        ("drop", httpx.RemoteProtocolError),
        ("eof", httpx.RemoteProtocolError),
    ],
)
def test_a_connection_may_be_reset_or_closed_before_or_within_an_answer(
    sandbox: Running, script: str, error: type[Exception]
):
    marker = f"broken-{script}"
    with pytest.raises(error):
        sandbox.ask(f"[[{script}]] [[mark {marker}]]")
    call = sandbox.calls(marker=marker)[-1]
    assert call["ended"] == "failed"


def test_an_answer_may_be_empty_or_cut_at_max_tokens(sandbox: Running):
    message = sandbox.message("[[empty]]")
    assert (message["content"], message["stop_reason"], message["usage"]["output_tokens"]) == (
        [],
        "end_turn",
        2,
    )
    assert sandbox.message("[[max_tokens]] Hi")["stop_reason"] == "max_tokens"
    assert sandbox.message("[[stop-reason pause_turn]] Hi")["stop_reason"] == "pause_turn"


def test_close_says_so_and_closes(sandbox: Running):
    assert sandbox.ask("[[close]] Hi").headers["connection"] == "close"


def test_brackets_that_are_no_script_are_left_alone(sandbox: Running):
    assert sandbox.text("[[echo]] See [[Paris]] and [[500 miles]]") == "See [[Paris]] and [[500 miles]]"


def test_faults_by_chance_come_at_their_rate_and_the_same_way_each_time(sandbox: Running):
    sandbox.turn(faults={"529": 0.2, "429 retry-after=0": 0.1}, seed=7)
    try:
        first = [sandbox.ask(f"What is {n} + 1? (chance)").status_code for n in range(300)]
        sandbox.http.delete("/_sandbox/calls")
        assert first == [sandbox.ask(f"What is {n} + 1? (chance)").status_code for n in range(300)]
    finally:
        sandbox.turn(faults={}, seed=0)
    assert 40 < first.count(529) < 80
    assert 15 < first.count(429) < 50


def test_wrong_answers_come_at_their_rate(sandbox: Running):
    sandbox.turn(error_rate=0.1)
    try:
        right = [sandbox.text(f"What is {n} + 1? (rate)") == str(n + 1) for n in range(300)]
    finally:
        sandbox.turn(error_rate=0)
    assert 255 < sum(right) < 285


def test_a_path_can_be_scripted_for_calls_without_a_prompt(sandbox: Running):
    sandbox.turn(scripts={"/v1/models*": "529 x2, then ok"})
    try:
        assert [sandbox.http.get("/v1/models").status_code for _ in range(3)] == [529, 529, 200]
    finally:
        sandbox.turn(scripts={})


def test_an_account_can_be_made_to_fail_and_to_recover_while_it_runs(sandbox: Running):
    sandbox.turn(scripts={"*": "credit"})
    assert "credit balance is too low" in sandbox.ask("Hi").json()["error"]["message"]
    sandbox.turn(scripts={})
    assert sandbox.ask("Hi").status_code == 200
