import pytest

from tests.sandbox.running import Running


def ids(sandbox: Running, query: str = "") -> list[str]:
    return [model["id"] for model in sandbox.http.get(f"/v1/models?limit=1000{query}").json()["data"]]


def test_active_and_deprecated_models_are_listed_newest_first(sandbox: Running):
    listed = ids(sandbox)
    assert listed[:3] == ["claude-fable-5-2", "claude-mythos-5-2", "claude-haiku-5-5"]
    assert "claude-sonnet-4-5-20250929" in listed
    assert "claude-2.1" not in listed


def test_retired_models_are_listed_only_when_asked_for(sandbox: Running):
    listed = ids(sandbox, "&lifecycle[]=retired")
    assert {"claude-2.1", "claude-instant-1.2", "claude-3-opus-20240229"} <= set(listed)
    assert "claude-opus-5-5" not in listed
    assert sandbox.http.get("/v1/models?lifecycle[]=young").status_code == 400


@pytest.mark.parametrize(
    ("name", "model_id", "display"),
    [
        ("claude-haiku-4-5", "claude-haiku-4-5-20251001", "Claude Haiku 4.5"),
        ("claude-opus-5-5", "claude-opus-5-5", "Claude Opus 5.5"),
        ("claude-2", "claude-2.1", "Claude 2.1"),
        ("claude-instant-1", "claude-instant-1.2", "Claude Instant 1.2"),
    ],
)
def test_an_alias_leads_to_its_model(sandbox: Running, name: str, model_id: str, display: str):
    model = sandbox.http.get(f"/v1/models/{name}").json()
    assert (model["type"], model["id"], model["display_name"]) == ("model", model_id, display)


def test_capabilities_tell_what_a_model_rejects(sandbox: Running):
    model = sandbox.http.get("/v1/models/claude-sonnet-5-5").json()
    thinking = model["capabilities"]["thinking"]["types"]
    assert {name for name, one in thinking.items() if one["supported"]} == {"adaptive", "between_tools"}
    assert (model["max_input_tokens"], model["max_tokens"]) == (1_000_000, 128_000)


def test_an_unknown_model_is_404(sandbox: Running):
    assert sandbox.http.get("/v1/models/claude-9").status_code == 404
