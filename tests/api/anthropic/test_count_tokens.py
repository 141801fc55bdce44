import anthropic
import httpx
import pytest

from tests.api.requests import JSON

MESSAGES = [{"role": "user", "content": "How many tokens are these?"}]
MODEL = "claude-haiku-5-5"


@pytest.fixture
def scripted(sandbox_url):
    """Return a function that gives the sandbox a script for counting."""

    def script(text):
        settings = {"scripts": {"/v1/messages/count_tokens": text} if text else {}}
        httpx.put(f"{sandbox_url}/_sandbox/settings", json=settings).raise_for_status()

    yield script
    script(None)


def test_tokens_are_counted_by_claudes_api(relaying, sandbox_url):
    counted = relaying.messages.count_tokens(model=MODEL, messages=MESSAGES, system="Be brief.")
    with anthropic.Anthropic(base_url=sandbox_url, api_key="sk-ant-x") as direct:
        same = direct.messages.count_tokens(model=MODEL, messages=MESSAGES, system="Be brief.")
    assert counted == same
    assert counted.input_tokens > 5


def test_the_callers_version_and_body_go_on_and_the_callers_key_does_not(relaying, sandbox_url):
    httpx.delete(f"{sandbox_url}/_sandbox/calls")
    with pytest.raises(anthropic.BadRequestError, match="temperature: Extra inputs are not permitted"):
        relaying.messages.count_tokens(model=MODEL, messages=MESSAGES, extra_body={"temperature": 1})
    with pytest.raises(anthropic.BadRequestError, match="2020-01-01"):
        relaying.messages.count_tokens(
            model=MODEL, messages=MESSAGES, extra_headers={"anthropic-version": "2020-01-01"}
        )
    with anthropic.Anthropic(base_url=sandbox_url, api_key="sk-ant-ours") as direct:
        direct.messages.count_tokens(model=MODEL, messages=MESSAGES)
    calls = httpx.get(f"{sandbox_url}/_sandbox/calls").json()
    assert len(calls) == 3
    assert len({call["key"] for call in calls}) == 1


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("529", anthropic.OverloadedError),
        ("429 retry-after=1", anthropic.RateLimitError),
        ("html 502", anthropic.InternalServerError),
        ("reset", anthropic.InternalServerError),
    ],
)
def test_what_goes_wrong_there_is_told_in_anthropics_words(relaying, scripted, script, expected):
    scripted(script)
    with pytest.raises(expected) as caught:
        relaying.messages.count_tokens(model=MODEL, messages=MESSAGES)
    assert caught.value.body["type"] == "error"
    assert caught.value.request_id == caught.value.body["request_id"]
    assert "sk-ant-ours" not in str(caught.value.body)


def test_without_a_key_nobody_can_count_and_the_caller_is_told_what_to_do(keyless):
    with pytest.raises(anthropic.InternalServerError, match="set ANTHROPIC_API_KEY") as caught:
        keyless.messages.count_tokens(model=MODEL, messages=MESSAGES)
    assert caught.value.status_code == 501
    assert caught.value.response.headers["x-should-retry"] == "false"


def test_a_body_over_the_limit_is_refused(keyless):
    body = b'{"model": "' + b"x" * (32 << 20) + b'"}'
    refused = httpx.post(f"{keyless.base_url}/v1/messages/count_tokens", content=body, headers=JSON)
    assert (refused.status_code, refused.json()["error"]["type"]) == (413, "request_too_large")
