"""What can be wrong with an evaluation; every message is one line with the place to look at."""

from jobs.errors import PromptmillError


class EvalError(PromptmillError):
    """The evaluation cannot go on."""


class PlacedError(EvalError):
    """Something is wrong at a place in a file: `gsm8k.yaml:12: graders[0].type: unknown grader 'nummber'`."""

    def __init__(self, message: str, *, file: str, line: int | None = None, path: str = "") -> None:
        self.file = file
        self.line = line
        self.path = path
        """Path of the field, as `graders[0].type`; empty for the file as a whole."""
        self.message = message
        place = f"{file}:{line}" if line is not None else file
        super().__init__(": ".join(part for part in (place, path, message) if part))


class DefinitionError(PlacedError):
    """The definition cannot be used."""


class DatasetError(PlacedError):
    """The dataset cannot be used."""


class TemplateError(EvalError):
    """A template cannot be read, or cannot be filled in."""


class FormulaError(EvalError):
    """A formula cannot be read, or has no value."""


class GraderError(EvalError):
    """A grader cannot say how good this sample is."""
