"""The classes in which Anthropic counts models against rate limits."""

import re
from functools import lru_cache

from claude.models import without_prefix

_DATE = re.compile(r"-(20\d{6}|latest)$")
_NAMED = re.compile(r"claude-(?P<family>[a-z]+)-(?P<major>\d)(?:-(?P<minor>\d))?$")
_LEGACY = re.compile(r"claude-([12](\.\d)?|instant-1(\.\d)?)$")
_SHARED_BY_MAJOR = {("opus", "4"): "opus-4", ("sonnet", "4"): "sonnet-4"}
_FABLES = {"fable", "mythos"}


@lru_cache(maxsize=1024)
def model_class(model: str) -> str:
    """Return the class in which Anthropic counts `model`; one that is not known is a class of its own.

    Opus 4.x and Sonnet 4.x are combined, newer models stand alone, the Fable and Mythos models of a
    generation are taken together (https://docs.claude.com/en/api/rate-limits).
    """
    name = _DATE.sub("", without_prefix(model))
    if _LEGACY.match(name):
        return "legacy"
    if name == "claude-mythos-preview":
        return "fable-5"
    if not (parts := _NAMED.match(name)):
        return name
    family, major = parts["family"], parts["major"]
    if family in _FABLES:
        return f"fable-{major}"
    if shared := _SHARED_BY_MAJOR.get((family, major)):
        return shared
    return name.removeprefix("claude-")
