"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from promptmill.inputs.container import PROMPT_FIELDS, InputFormat
from promptmill.inputs.prepare import InputOptions
from promptmill.inputs.request import Defaults
from promptmill.stack.folder import DEFAULT_FOLDER

DEFAULT_MODEL = "claude-haiku-5-5"
"""Current, and the cheapest: nobody runs up a bill by leaving out --model."""
MODEL_VARIABLE = "PROMPTMILL_MODEL"
DEFAULT_MAX_TOKENS = 4096
"""Room for some thinking before the answer, and no more than the oldest models take."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Data = Annotated[
    Path,
    typer.Option("--data", envvar="PROMPTMILL_DATA", metavar="DIR", help="Folder with the stack's data."),
]
DATA = Path(DEFAULT_FOLDER)
Input = Annotated[str, typer.Argument(metavar="FILE", help="A file of prompts, or - for standard input.")]


def _not_empty(given_id: str) -> str:
    if not given_id.strip():
        raise typer.BadParameter("must not be empty")
    return given_id


Id = Annotated[str, typer.Argument(metavar="ID", help="The id of a job or a batch.", callback=_not_empty)]
Model = Annotated[
    str,
    typer.Option(
        "--model", "-m", envvar=MODEL_VARIABLE, metavar="M", help="Model for requests that name none."
    ),
]
MaxTokens = Annotated[
    int,
    typer.Option("--max-tokens", min=1, metavar="N", help="Longest answer, for requests that do not say."),
]
System = Annotated[
    str | None,
    typer.Option("--system", "-s", metavar="S", help="System prompt for requests without one."),
]
Format = Annotated[
    InputFormat, typer.Option("--format", "-f", help="Format of FILE, if it is not recognised.")
]
BatchPriority = Annotated[
    Literal["interactive", "normal", "background"] | None,
    typer.Option("--priority", metavar="P", help="interactive, normal or background.", show_default="normal"),
]
MaxFailures = Annotated[
    int | None,
    typer.Option("--max-failures", min=1, metavar="N", help="Failed attempts at which a job ends errored."),
]
MaxTime = Annotated[
    float | None,
    typer.Option(
        "--max-time", metavar="S", help="Seconds for which a job is tried again, from its first start."
    ),
]
ExpiresIn = Annotated[
    float | None,
    typer.Option("--expires-in", metavar="S", help="Seconds until jobs that were not started expire."),
]
MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost", min=0, metavar="USD", help="Start no more jobs once the batch has cost as much."
    ),
]
Webhook = Annotated[
    str | None,
    typer.Option("--webhook", metavar="URL", help="Told, by a signed webhook, when the batch has ended."),
]
PromptField = Annotated[
    str | None,
    typer.Option(
        "--prompt-field",
        metavar="NAME",
        help="Field or column that holds the prompt.",
        show_default=" or ".join(PROMPT_FIELDS),
    ),
]


def input_options(
    model: str, max_tokens: int, system: str | None, input_format: InputFormat, prompt_field: str | None
) -> InputOptions:
    """Return how an input is to be read."""
    return InputOptions(
        defaults=Defaults(model=model, max_tokens=max_tokens, system=system),
        input_format=input_format,
        prompt_field=prompt_field,
    )
