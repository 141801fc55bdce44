import pytest

from tests.sandbox.running import Json, Running, question

LONG = "The mill stands by the river. " * 800
MARK = {"type": "ephemeral"}


def marked(text: str, ttl: str | None = None) -> list[Json]:
    return [{"type": "text", "text": text, "cache_control": MARK | ({"ttl": ttl} if ttl else {})}]


def usage(sandbox: Running, text: str, system: list[Json]) -> Json:
    return dict(sandbox.message(text, system=system)["usage"])


def test_the_first_call_writes_and_the_second_reads(sandbox: Running):
    first = usage(sandbox, "One?", marked(f"first {LONG}"))
    second = usage(sandbox, "Two?", marked(f"first {LONG}"))
    written = first["cache_creation_input_tokens"]
    assert written > 4096
    assert first["cache_read_input_tokens"] == 0
    assert (second["cache_creation_input_tokens"], second["cache_read_input_tokens"]) == (0, written)
    assert first["input_tokens"] < 20


def test_the_parts_add_up_to_the_counted_tokens(sandbox: Running):
    body = question("Three?", system=marked(f"sum {LONG}"))
    counted = {name: value for name, value in body.items() if name != "max_tokens"}
    total = sandbox.post(counted, "/v1/messages/count_tokens").json()["input_tokens"]
    used = sandbox.post(body).json()["usage"]
    parts = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    assert sum(used[part] for part in parts) == total


def test_a_longer_conversation_reads_the_prefix_it_shares(sandbox: Running):
    start = usage(sandbox, "One?", marked(f"grown {LONG}"))
    turns = [{"role": "user", "content": marked("One? " + LONG)}]
    grown = sandbox.post(question("") | {"system": marked(f"grown {LONG}"), "messages": turns}).json()[
        "usage"
    ]
    assert grown["cache_read_input_tokens"] == start["cache_creation_input_tokens"]
    assert grown["cache_creation_input_tokens"] > 0


@pytest.mark.parametrize(("ttl", "five", "hour"), [(None, True, False), ("1h", False, True)])
def test_the_lifetime_asked_for_is_told_apart(sandbox: Running, ttl: str | None, *, five: bool, hour: bool):
    created = usage(sandbox, "Hi", marked(f"{ttl} {LONG}", ttl))["cache_creation"]
    assert (created["ephemeral_5m_input_tokens"] > 0, created["ephemeral_1h_input_tokens"] > 0) == (
        five,
        hour,
    )


def test_a_short_prompt_is_silently_not_cached(sandbox: Running):
    assert usage(sandbox, "Hi", marked("short"))["cache_creation_input_tokens"] == 0


def test_automatic_caching_marks_the_last_block(sandbox: Running):
    used = sandbox.message(f"auto {LONG}", cache_control=MARK)["usage"]
    assert used["cache_creation_input_tokens"] > 4096


def test_more_than_four_marks_are_refused(sandbox: Running):
    answer = sandbox.ask("Hi", system=[*marked("a"), *marked("b"), *marked("c"), *marked("d"), *marked("e")])
    assert answer.json()["error"]["message"].endswith("Found 5.")
