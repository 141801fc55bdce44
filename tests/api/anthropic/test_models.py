import anthropic
import pytest

from claude.models import ALIASES, MODELS

BOTH = pytest.mark.parametrize("which", ["relaying", "keyless"])


@pytest.fixture
def sdk(request, which):
    return request.getfixturevalue(which)


@BOTH
def test_the_models_are_paged_forwards_and_backwards(sdk):
    ids = [model.id for model in sdk.models.list()]
    assert len(ids) == len(set(ids)) > 15
    assert [model.id for model in sdk.models.list(limit=4)] == ids
    assert [model.id for model in sdk.models.list(limit=4, after_id=ids[5])] == ids[6:]
    back = sdk.models.list(limit=4, before_id=ids[5])
    assert [model.id for model in back.data] == ids[1:5]
    assert [model.id for model in back] == [*ids[1:5], ids[0]]


@BOTH
def test_retired_models_are_listed_when_they_are_asked_for(sdk):
    retired = {model.id for model in sdk.models.list(lifecycle=["retired"])}
    assert "claude-2.1" in retired
    assert retired.isdisjoint({model.id for model in sdk.models.list()})
    assert {model.lifecycle for model in sdk.models.list(lifecycle=["retired"])} == {"retired"}


@BOTH
def test_a_model_is_retrieved_by_id_and_by_alias(sdk):
    found = sdk.models.retrieve("claude-sonnet-4-5")
    assert (found.id, found.display_name) == ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5")
    assert (found.type, found.lifecycle, found.line) == ("model", "deprecated", "sonnet")
    assert (found.max_input_tokens, found.max_tokens) == (200_000, 64_000)
    assert found.capabilities.thinking.types.enabled.supported
    assert sdk.models.retrieve(found.id) == found


@BOTH
def test_an_unknown_model_is_not_found(sdk):
    with pytest.raises(anthropic.NotFoundError, match="claude-none-9") as caught:
        sdk.models.retrieve("claude-none-9")
    assert caught.value.request_id == caught.value.body["request_id"]


@BOTH
def test_a_page_after_no_model_is_refused(sdk):
    with pytest.raises(anthropic.BadRequestError, match="after_id"):
        sdk.models.list(after_id="claude-none-9")


@pytest.mark.parametrize("which", ["keyless"])
@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 1001}, {"lifecycle": ["young"]}, {"after_id": "a", "before_id": "b"}]
)
def test_a_query_that_cannot_be_is_refused(sdk, query):
    with pytest.raises(anthropic.BadRequestError):
        sdk.models.list(**query)


@pytest.mark.parametrize("which", ["keyless"])
def test_every_model_that_is_known_here_is_listed_once_and_has_a_name(sdk):
    listed = [*sdk.models.list(lifecycle=["active", "deprecated", "retired"], limit=1000)]
    assert [model.id for model in listed] == [*reversed(MODELS)]
    names = {model.id: model.display_name for model in listed}
    assert len(set(names.values())) == len(names) - 1  # Claude 3.5 Sonnet came twice
    assert names["claude-3-5-haiku-20241022"] == "Claude 3.5 Haiku"
    assert names["claude-instant-1.2"] == "Claude Instant 1.2"
    assert names["claude-mythos-preview"] == "Claude Mythos Preview"
    assert {sdk.models.retrieve(alias).id for alias in ALIASES} <= names.keys()
