"""Requests in Anthropic's legacy Text Completions format: what is checked before they are taken in."""

import re

from claude.body import read_body
from claude.model_name import check_model
from claude.reader import Reader
from claude.report import Found, Report
from claude.tokens import tokens_of, utf8_length

_TURN = re.compile(r"\n\n(Human|Assistant):")


def inspect_complete(body: bytes, report: Report) -> Found | None:
    """Check a request; None where it is no object."""
    reader = read_body(body, report)
    if reader is None:
        return None
    model = check_model(reader)
    max_tokens = reader.count("max_tokens_to_sample")
    if not reader.has("max_tokens_to_sample"):
        reader.refuse("max_tokens_to_sample", "is missing")
    prompt = reader.required_text("prompt") or ""
    _check_turns(prompt, reader)
    stream = reader.flag("stream") or False
    return Found(model, stream, max_tokens, tokens_of(utf8_length(prompt)))


def _check_turns(prompt: str, reader: Reader) -> None:
    r"""Check the turns as the API does, which forgives a first `Human:` without its two newlines.

    Source: docs.anthropic.com/en/api/prompt-validation.
    """
    if not prompt:
        return
    turns = _TURN.findall(prompt if prompt.startswith("\n\n") else f"\n\n{prompt.lstrip()}")
    if not turns or turns[0] != "Human":
        reader.refuse("prompt", r'its first turn must start with "\n\nHuman:"')
    elif turns[-1] != "Assistant":
        reader.refuse("prompt", r'its last turn must start with "\n\nAssistant:"')
