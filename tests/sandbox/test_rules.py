import pytest

from tests.sandbox.running import Json, Running, question

NEW = "2026-10-21"
TOOL = {"name": "t", "input_schema": {"type": "object"}}
FORCED = {"tools": [TOOL], "tool_choice": {"type": "any"}}
ENABLED = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}
ADAPTIVE = {"thinking": {"type": "adaptive"}}
DISABLED = {"thinking": {"type": "disabled"}}
BETWEEN = {"thinking": {"type": "between_tools"}}
PREFILL = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Well"}]}
SYSTEM_TURN = {"messages": [{"role": "user", "content": "Hi"}, {"role": "system", "content": "Be brief"}]}
NOTHING_TAKEN = [{"temperature": 1.0}, ENABLED, DISABLED, FORCED, PREFILL]


@pytest.mark.parametrize(
    ("model", "taken", "refused"),
    [
        (
            "claude-haiku-4-5",
            [PREFILL, ENABLED, DISABLED, FORCED, {"temperature": 0}],
            [ADAPTIVE, SYSTEM_TURN],
        ),
        (
            "claude-sonnet-4-5",
            [PREFILL, ENABLED, {"top_p": 0.5}],
            [{"temperature": 0, "top_p": 1}, FORCED | ENABLED],
        ),
        ("claude-opus-4-6", [ENABLED, ADAPTIVE, FORCED], [PREFILL, {"output_config": {"effort": "xhigh"}}]),
        ("claude-opus-4-7", [{"temperature": 1.0}, DISABLED], [{"temperature": 0.5}, ENABLED, SYSTEM_TURN]),
        ("claude-opus-4-8", [SYSTEM_TURN, ADAPTIVE, FORCED], [PREFILL, {"top_k": 5}]),
        ("claude-opus-5", [DISABLED], [DISABLED | {"output_config": {"effort": "max"}}, BETWEEN]),
        ("claude-fable-5", [FORCED, {"temperature": 1.0}], [DISABLED, PREFILL]),
        ("claude-fable-5-1", [ADAPTIVE], NOTHING_TAKEN),
        ("claude-opus-5-5", [ADAPTIVE], NOTHING_TAKEN),
        ("claude-sonnet-5-5", [BETWEEN], [*NOTHING_TAKEN, BETWEEN | {"output_config": {"effort": "xhigh"}}]),
        ("claude-haiku-5-5", [DISABLED, FORCED], [ENABLED, PREFILL, {"temperature": 1.0}]),
        ("claude-fable-5-2", [ADAPTIVE], NOTHING_TAKEN),
        ("claude-mythos-preview", [ENABLED, ADAPTIVE], [DISABLED, PREFILL]),
    ],
)
def test_each_family_takes_and_refuses_what_its_table_says(
    sandbox: Running, model: str, taken: list[Json], refused: list[Json]
):
    for change in taken:
        answer = sandbox.post(question("Hi", model=model) | change)
        assert answer.status_code == 200, (change, answer.text)
    for change in refused:
        assert sandbox.post(question("Hi", model=model) | change).status_code == 400, change


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_the_new_version_has_no_sampling_parameters_on_any_model(sandbox: Running, name: str):
    answer = sandbox.post(question("Hi") | {name: 1}, anthropic_version=NEW)
    assert answer.json()["error"]["message"] == f"{name}: Extra inputs are not permitted"


def test_the_new_version_refuses_citations_from_the_user(sandbox: Running):
    block = {"type": "text", "text": "Hi", "citations": [{"type": "char_location"}]}
    body = question("") | {"messages": [{"role": "user", "content": [block]}]}
    assert sandbox.post(body).status_code == 200
    assert sandbox.post(body, anthropic_version=NEW).status_code == 400


@pytest.mark.parametrize(
    ("model", "change", "message"),
    [
        (
            "claude-opus-5",
            PREFILL,
            "This model does not support assistant message prefill. The conversation must",
        ),
        (
            "claude-opus-5",
            ENABLED,
            '"thinking.type.enabled" is not supported for this model. Use "thinking.type.ad',
        ),
        ("claude-haiku-4-5", ADAPTIVE, "adaptive thinking is not supported on this model"),
        (
            "claude-sonnet-5-5",
            DISABLED,
            '"thinking.type.disabled" is not supported for this model. Use "thinking.ty',
        ),
        (
            "claude-haiku-4-5",
            {"max_tokens": 64_001},
            "max_tokens: 64001 > 64000, which is the maximum allowed num",
        ),
        (
            "claude-haiku-4-5",
            {"temperature": 1, "top_p": 1},
            "`temperature` and `top_p` cannot both be specified",
        ),
    ],
)
def test_refusals_are_worded_as_documented(sandbox: Running, model: str, change: Json, message: str):
    answer = sandbox.post(question("Hi", model=model) | change)
    assert answer.json()["error"]["message"].startswith(message)


@pytest.mark.parametrize("model", ["claude-9", "claude-3-opus-20240229", "claude-2.1", "claude-instant-1"])
def test_an_unknown_or_retired_model_is_404(sandbox: Running, model: str):
    answer = sandbox.ask("Hi", model=model)
    assert answer.status_code == 404
    assert answer.json()["error"] == {"type": "not_found_error", "message": f"model: {model}"}


def test_a_tool_call_without_its_result_is_refused(sandbox: Running):
    used = {"type": "tool_use", "id": "toolu_1", "name": "t", "input": {}}
    turns = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "content": [used]},
        {"role": "user", "content": "And?"},
    ]
    error = sandbox.post(question("") | {"messages": turns, "tools": [TOOL]}).json()["error"]
    assert error["message"].startswith("messages.1: `tool_use` ids were found without `tool_result` blocks")
