"""Hypothesis strategies for requests: some that make no sense at all, and chats that do."""

from hypothesis import strategies as st

MODELS = st.sampled_from(
    [
        "claude-2.1",
        "claude-2",
        "claude-3-haiku-20240307",
        "claude-sonnet-4-5",
        "claude-opus-4-6",
        "claude-sonnet-5",
        "claude-sonnet-5-5",
        "claude-opus-5-5",
        "claude-mythos-preview",
        "someone/else",
        "x",
    ]
)
WORDS = st.sampled_from(
    [
        *[
            "user",
            "assistant",
            "system",
            "tool",
            "function",
            "text",
            "image_url",
            "file",
            "auto",
            "required",
            "none",
            "high",
            "minimal",
            "enabled",
        ],
        *[
            "adaptive",
            "json_object",
            "json_schema",
            "type",
            "c1",
            "{}",
            "[1]",
            "data:image/png;base64,AAAA",
            "https://a/b",
            "a.b",
        ],
        *("", " \n", "\0", "\ud800", "data:text/plain;base64,/w=="),
    ]
)
KEYS = st.sampled_from(
    [
        "model",
        "messages",
        "max_tokens",
        "max_completion_tokens",
        "max_tokens_to_sample",
        "prompt",
        "role",
        "content",
        "type",
        "text",
        "image_url",
        "url",
        "file",
        "file_data",
        "tool_calls",
        "tool_call_id",
        "id",
        "function",
        "name",
        "arguments",
        "function_call",
        "tools",
        "tool_choice",
        "parameters",
        "strict",
        "cache_control",
        "response_format",
        "json_schema",
        "schema",
        "reasoning_effort",
        "thinking",
        "budget_tokens",
        "stop",
        "n",
        "temperature",
        "top_p",
        "top_k",
        "user",
        "metadata",
        "user_id",
        "thinking_blocks",
        "system",
        "stream",
        "output_config",
        "service_tier",
        "modalities",
        "parallel_tool_calls",
        "refusal",
        "input",
        "source",
    ]
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(min_value=2**62), st.floats(), WORDS, st.text()
)


def objects(values):
    return st.dictionaries(KEYS, values, max_size=6)


JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | objects(inner), max_leaves=12)
ANY = WORDS | JSON
MESSAGE = st.fixed_dictionaries(
    {"role": ANY},
    optional={
        "content": ANY | st.lists(objects(ANY), max_size=3),
        "tool_calls": st.lists(
            st.fixed_dictionaries(
                {"id": ANY, "function": st.fixed_dictionaries({"name": ANY, "arguments": ANY})}
            )
            | JSON,
            max_size=3,
        ),
        "tool_call_id": ANY,
        "function_call": objects(ANY),
        "name": WORDS,
        "cache_control": JSON,
    },
)
REQUEST = st.fixed_dictionaries(
    {"model": MODELS, "messages": st.lists(MESSAGE, min_size=1, max_size=5) | JSON},
    optional=dict.fromkeys(
        [
            "max_tokens",
            "tools",
            "tool_choice",
            "response_format",
            "stop",
            "thinking",
            "reasoning_effort",
            "temperature",
            "prompt",
            "n",
            "user",
        ],
        ANY,
    ),
)

IDS = st.lists(st.sampled_from(["c1", "c:1", "c.1", "d"]), min_size=1, max_size=3, unique=True)
NAMES = st.sampled_from(["f", "a.b", "a_b", "json_tool_call", "x" * 70, "x" * 71])


def spoken(role):
    return st.builds(
        lambda text: [{"role": role, "content": text}], st.sampled_from(["hi", " a\n", "Human: b"])
    )


@st.composite
def exchanges(draw):
    """Some tool calls, their results in any order, and perhaps a word in between."""
    ids = draw(IDS)
    calls = [{"id": i, "type": "function", "function": {"name": draw(NAMES), "arguments": "{}"}} for i in ids]
    results = [{"role": "tool", "tool_call_id": i, "content": "1"} for i in draw(st.permutations(ids))]
    between = draw(st.just([]) | spoken("user"))
    return [{"role": "assistant", "content": None, "tool_calls": calls}, *results[:1], *between, *results[1:]]


CHAT = st.fixed_dictionaries(
    {
        "model": st.sampled_from(
            ["claude-3-haiku-20240307", "claude-sonnet-4-5", "claude-opus-4-6", "claude-sonnet-5"]
        ),
        "messages": st.lists(
            spoken("user") | spoken("assistant") | spoken("system") | exchanges(), max_size=6
        ).map(
            lambda parts: (
                [message for part in parts for message in part] + [{"role": "user", "content": "hi"}]
            )
        ),
    },
    optional={
        "tools": st.lists(
            st.builds(lambda name: {"type": "function", "function": {"name": name}}, NAMES), max_size=3
        ),
        "tool_choice": st.sampled_from(["auto", "none"]),
        "response_format": st.sampled_from(
            [{"type": "json_object"}, {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}}]
        ),
        "reasoning_effort": st.sampled_from(["none", "minimal", "high", "max"]),
        "max_tokens": st.sampled_from([1, 500, 3_000, 40_000]),
        "temperature": st.sampled_from([0, 1, 1.5]),
        "top_p": st.sampled_from([0.5, 1]),
    },
)
