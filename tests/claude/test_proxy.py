import asyncio
import json

import pytest

from claude.direct import complete_directly
from claude.proxy import environment_proxy
from tests.claude.requests_to_send import MESSAGE, client_for, message_request
from tests.claude.scripted_server import ScriptedServer, reply

VARIABLES = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_calls_go_through_the_proxy_that_the_environment_names(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HTTP_PROXY", server.url)
    server.replies.append(reply(MESSAGE))

    async def main() -> str:
        client = client_for("http://claude.invalid")
        answer = await client.send(message_request())
        await client.aclose()
        return answer.body

    assert json.loads(asyncio.run(main())) == MESSAGE
    messages = [{"role": "user", "content": "hi"}]
    complete_directly(
        model="claude-opus-5-5", messages=messages, api_key="k", base_url="http://claude.invalid"
    )
    lines = [received.line for received in server.received]
    assert lines == ["POST http://claude.invalid/v1/messages HTTP/1.1"] * 2


@pytest.mark.parametrize(
    ("url", "variables", "proxy"),
    [
        ("https://claude.invalid", {}, None),
        ("https://claude.invalid", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://claude.invalid", {"https_proxy": "p:1"}, "http://p:1"),
        ("https://claude.invalid", {"HTTP_PROXY": "http://p:1"}, None),
        ("https://claude.invalid", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ("https://claude.invalid", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "claude.invalid"}, None),
        ("http://localhost:8000", {"HTTP_PROXY": "http://p:1"}, None),
        ("http://127.0.0.1:8000", {"HTTP_PROXY": "http://p:1"}, None),
        ("http://[::1]:8000", {"HTTP_PROXY": "http://p:1"}, None),
    ],
)
def test_the_proxy_is_chosen_as_everywhere_but_never_for_this_host(
    monkeypatch: pytest.MonkeyPatch, url: str, variables: dict[str, str], proxy: str | None
):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert environment_proxy(url) == proxy
