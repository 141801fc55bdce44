"""Whose request it is: the dialects share addresses, and clients of each find their own."""

import openai
import pytest

from tests.api.openai.uploads import a_line, created

OPENAI = {"x-stainless-lang": "python", "authorization": "Bearer sk-test"}
ANTHROPIC = {**OPENAI, "anthropic-version": "2023-06-01"}


@pytest.mark.parametrize("address", ["/v1", "/openai/v1"])
def test_both_base_urls_work(shared_url, address):
    with openai.OpenAI(base_url=shared_url + address, api_key="sk-test", max_retries=0) as sdk:
        batch = created(sdk, a_line())
        assert sdk.batches.retrieve(batch.id).object == "batch"
        assert sdk.files.list().data[0].purpose == "batch"
        assert "claude-opus-5-5" in {model.id for model in sdk.models.list()}


def test_batches_are_native_for_everybody_else(shared_http):
    assert "next_cursor" in shared_http.get("/v1/batches").json()
    assert "has_more" in shared_http.get("/v1/batches", headers=OPENAI).json()
    assert "next_cursor" in shared_http.get("/v1/batches", headers=ANTHROPIC).json()


def test_models_are_openais_unless_a_version_of_anthropics_is_named(shared_http):
    assert shared_http.get("/v1/models").json()["object"] == "list"
    assert shared_http.get("/v1/models/claude-opus-5-5").json()["owned_by"] == "anthropic"
    assert "object" not in shared_http.get("/v1/models", headers=ANTHROPIC).json()


@pytest.mark.parametrize("path", ["/v1/files/x", "/openai/v1/files/x", "/openai/v1/nothing", "/v1/batches/x"])
def test_errors_have_openais_shape_and_an_id(shared_http, path):
    refused = shared_http.get(path, headers=OPENAI)
    assert refused.status_code == 404
    assert refused.json()["error"].keys() == {"message", "type", "param", "code"}
    assert refused.headers["x-request-id"] == refused.headers["request-id"]


def test_a_path_that_only_looks_like_openais_is_not_rewritten(shared_http):
    for path in ("/v1/filesystem", "/v1/chat", "/openaiv1/files"):
        assert "request_id" in shared_http.get(path, headers=OPENAI).text


@pytest.mark.parametrize(
    "name", ["claude-opus-5-5", "anthropic/claude-opus-5-5", "claude-haiku-4-5", "claude-2"]
)
def test_a_model_is_found_by_any_of_its_names(shared_http, name):
    model = shared_http.get(f"/openai/v1/models/{name}").json()
    assert (model["id"], model["object"]) == (name.removeprefix("anthropic/"), "model")


def test_a_model_that_is_none_is_not_found(shared_sdk):
    with pytest.raises(openai.NotFoundError, match="does not exist") as caught:
        shared_sdk.models.retrieve("gpt-4o")
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
