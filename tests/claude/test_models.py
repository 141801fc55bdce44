import pytest

from claude.models import ALIASES, LOW_TO_MAX, MODELS, UNKNOWN, Sampling, model_card, without_prefix

LEGACY = ["claude-2.1", "claude-2", "claude-instant-1", "claude-instant-1.2"]


@pytest.mark.parametrize("model", LEGACY)
def test_the_four_legacy_models_take_a_prompt_and_are_retired(model):
    card = model_card(model)
    assert card.is_legacy
    assert card.is_retired
    assert card.has_system_prompt is (model == "claude-2.1")


def test_every_alias_stands_for_a_model_of_the_catalogue():
    assert set(ALIASES.values()) <= MODELS.keys()
    assert ALIASES.keys().isdisjoint(MODELS)


def test_a_dated_snapshot_is_its_model():
    assert model_card("claude-opus-5-5-20260922") is MODELS["claude-opus-5-5"]


def test_a_model_that_nobody_knows_is_sent_what_was_asked_for():
    assert model_card("claude-next") is UNKNOWN
    assert UNKNOWN.takes_prefill
    assert UNKNOWN.default_max_tokens == 4_096


@pytest.mark.parametrize(
    ("model", "default"), [("claude-3-haiku-20240307", 4_096), ("claude-opus-5-5", 21_333)]
)
def test_the_default_limit_is_what_one_unstreamed_call_can_bring(model, default):
    assert model_card(model).default_max_tokens == default


@pytest.mark.parametrize("card", MODELS.values(), ids=MODELS.keys())
def test_each_card_is_consistent(card):
    assert set(card.efforts) <= set(LOW_TO_MAX)
    assert card.thinking <= {"adaptive", "enabled", "disabled", "between_tools"}
    assert card.max_output_tokens < card.context_window
    assert not card.thinks_unasked or card.thinking
    assert "adaptive" not in card.thinking or "low" in card.efforts


def test_a_providers_prefix_is_taken_off_once_known():
    assert without_prefix("anthropic/claude-2") == "claude-2"
    assert without_prefix("anthropic_text/claude-2.1") == "claude-2.1"
    assert without_prefix("openai/gpt") == "openai/gpt"


def test_the_newest_models_take_no_sampling_and_no_prefill():
    for model in ("claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5", "claude-fable-5-2"):
        assert model_card(model).sampling is Sampling.NONE
        assert not model_card(model).takes_prefill
