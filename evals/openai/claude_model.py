"""Which Claude model is asked where an eval names one of OpenAI's."""

from claude.models import without_prefix
from evals.definition.document import Document


def claude_model(named: object, document: Document, path: str, *, stand_in: str | None) -> str:
    """Return the model as named if it is Claude's, else the stand-in; raises DefinitionError without one."""
    if isinstance(named, str) and without_prefix(named).startswith("claude"):
        return named
    if stand_in is not None:
        return stand_in
    problem = "is missing" if named is None else f"{named!r} is not a Claude model"
    raise document.error(path, f"{problem}: say which one is to be asked instead, as with --model")
