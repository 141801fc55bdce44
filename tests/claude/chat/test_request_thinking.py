import pytest

BUDGET, OLD = "claude-sonnet-4-5", "claude-3-haiku-20240307"
ENABLED = {"type": "enabled", "budget_tokens": 2_000}
ADAPTIVE = {"type": "adaptive", "display": "summarized"}
TOOLS = {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "required"}
PREFILLED = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "{"}]}


@pytest.mark.parametrize(
    ("effort", "budget"), [("minimal", 1_024), ("low", 1_024), ("medium", 2_048), ("max", 10_666)]
)
def test_models_with_budgets_get_one_that_leaves_half_of_the_limit(sent, effort, budget):
    body = sent(model=BUDGET, reasoning_effort=effort)
    assert body["thinking"] == {"type": "enabled", "budget_tokens": budget}
    assert "output_config" not in body


@pytest.mark.parametrize(
    ("model", "effort", "expected"),
    [
        ("claude-opus-4-6", "high", "high"),
        ("claude-opus-4-6", "xhigh", "high"),
        ("claude-opus-4-6", "max", "max"),
        ("claude-sonnet-5", "minimal", "low"),
        ("claude-opus-5-5", "xhigh", "xhigh"),
        ("claude-next", "medium", "medium"),
    ],
)
def test_newer_models_get_an_effort(sent, model, effort, expected):
    body = sent(model=model, reasoning_effort=effort)
    assert (body["thinking"], body["output_config"]) == (ADAPTIVE, {"effort": expected})


@pytest.mark.parametrize(
    ("model", "thinking", "config"),
    [
        (OLD, None, None),
        (BUDGET, None, None),
        ("claude-opus-4-8", None, None),
        ("claude-sonnet-5", {"type": "disabled"}, None),
        ("claude-sonnet-5-5", {"type": "between_tools"}, None),
        ("claude-opus-5-5", None, {"effort": "low"}),
    ],
)
def test_no_effort_turns_thinking_off_as_far_as_the_model_lets_it(sent, model, thinking, config):
    body = sent(model=model, reasoning_effort="none")
    assert (body.get("thinking"), body.get("output_config")) == (thinking, config)


def test_thinking_goes_out_as_given_where_the_model_takes_it(sent):
    assert sent(model=BUDGET, thinking=ENABLED)["thinking"] == ENABLED
    assert sent(model="claude-opus-5-5", thinking={"type": "adaptive"})["thinking"] == {"type": "adaptive"}
    assert sent(model="claude-next", thinking={"type": "new"})["thinking"] == {"type": "new"}


@pytest.mark.parametrize(("budget", "effort"), [(1_024, "low"), (3_000, "medium"), (9_000, "high")])
def test_a_budget_becomes_an_effort_where_the_model_has_no_budgets(sent, budget, effort):
    body = sent(model="claude-sonnet-5", thinking={"type": "enabled", "budget_tokens": budget})
    assert (body["thinking"], body["output_config"]) == ({"type": "adaptive"}, {"effort": effort})


def test_thinking_is_left_out_with_a_warning_where_there_is_none(sent, warnings):
    assert "thinking" not in sent(model=OLD, thinking=ENABLED)
    assert warnings(model=OLD, thinking=ENABLED) == ("thinking was left out: the model does not take it",)
    assert warnings(model="claude-2", reasoning_effort="low") == (
        "reasoning_effort was left out: the model does not take it",
    )


def test_a_default_limit_grows_to_hold_the_budget_and_a_given_one_does_not(sent, refused):
    thinking = {"type": "enabled", "budget_tokens": 30_000}
    assert sent(model=BUDGET, thinking=thinking)["max_tokens"] == 34_096
    assert refused(model=BUDGET, thinking=thinking, max_tokens=30_000) == ["thinking.budget_tokens"]


@pytest.mark.parametrize("hindrance", [TOOLS, PREFILLED])
def test_a_budget_gives_way_to_what_it_cannot_go_along_with(sent, warnings, hindrance):
    assert "thinking" not in sent(model=BUDGET, reasoning_effort="high", **hindrance)
    assert "thinking" not in sent(model=BUDGET, thinking=ENABLED, **hindrance)
    assert (
        "thinking was left out: it cannot go together with"
        in warnings(model=BUDGET, thinking=ENABLED, **hindrance)[0]
    )


def test_too_small_a_limit_leaves_no_room_for_thinking(sent, warnings):
    assert "thinking" not in sent(model=BUDGET, reasoning_effort="high", max_tokens=2_000)
    assert len(warnings(model=BUDGET, reasoning_effort="high", max_tokens=2_000)) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [({"temperature": 0}, {}), ({"top_p": 0.5, "top_k": 9}, {}), ({"top_p": 0.99}, {"top_p": 0.99})],
)
def test_sampling_gives_way_to_thinking(sent, given, kept):
    body = sent(model=BUDGET, thinking=ENABLED, **given)
    assert {key: body[key] for key in ("temperature", "top_p", "top_k") if key in body} == kept


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reasoning_effort": "bogus"}, "reasoning_effort"),
        ({"reasoning_effort": 7}, "reasoning_effort"),
        ({"thinking": "on"}, "thinking"),
        ({"thinking": {}}, "thinking.type"),
        ({"thinking": {"type": "enabled"}}, "thinking.budget_tokens"),
        ({"thinking": {"type": "enabled", "budget_tokens": "x"}}, "thinking.budget_tokens"),
    ],
)
def test_thinking_that_makes_no_sense_is_refused(refused, fields, field):
    assert refused(model=BUDGET, **fields) == [field]
