"""The options of `promptmill schedule add`, in the panels of its help."""

from copy import copy
from typing import Annotated, Literal, get_args

import typer
from typer.models import OptionInfo

from promptmill.cli import options
from promptmill.cli.options import DEFAULT_MAX_TOKENS, DEFAULT_MODEL
from promptmill.inputs.container import InputFormat

WHEN = "When"
WHAT = "What"
EACH = "Each time"


def _under(panel: str, option: object) -> OptionInfo:
    """Return an option of other commands as help shows it in a panel."""
    [shared] = get_args(option)[1:]
    moved: OptionInfo = copy(shared)
    moved.rich_help_panel = panel
    return moved


Name = Annotated[str, typer.Argument(metavar="NAME", help="What to call the schedule.")]
Cron = Annotated[
    str | None,
    typer.Option("--cron", metavar="C", help="Five fields, as '0 2 * * *', or @daily.", rich_help_panel=WHEN),
]
Zone = Annotated[
    str,
    typer.Option(
        "--zone", metavar="Z", help="Time zone of these times: Europe/Berlin.", rich_help_panel=WHEN
    ),
]
Every = Annotated[
    str | None,
    typer.Option("--every", metavar="T", help="Instead: every 30s, 15m, 1h30m, 7d.", rich_help_panel=WHEN),
]
Start = Annotated[
    str | None,
    typer.Option("--start", metavar="AT", help="Not before: 2026-12-01T08:30.", rich_help_panel=WHEN),
]
End = Annotated[
    str | None, typer.Option("--end", metavar="AT", help="Not after: 2026-12-24.", rich_help_panel=WHEN)
]
Jitter = Annotated[
    str | None,
    typer.Option("--jitter", metavar="T", help="Up to so much later, as 5m.", rich_help_panel=WHEN),
]
Missed = Annotated[
    Literal["latest", "skip", "all"],
    typer.Option(
        "--missed",
        help="Which due times to make up for that passed while no worker was up.",
        rich_help_panel=WHEN,
    ),
]
Overlap = Annotated[
    Literal["skip", "queue", "cancel_previous"],
    typer.Option(
        "--overlap", help="What to do at a due time while the run before is going.", rich_help_panel=WHEN
    ),
]
Eval = Annotated[
    str | None,
    typer.Option("--eval", metavar="FILE", help="An evaluation's definition.", rich_help_panel=WHAT),
]
Prompts = Annotated[
    str | None,
    typer.Option("--prompts", metavar="FILE", help="A file as `run` takes it.", rich_help_panel=WHAT),
]
Batch = Annotated[
    str | None,
    typer.Option("--batch", metavar="FILE", help="Requests, one JSON object a line.", rich_help_panel=WHAT),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="M",
        help="For requests that name none; or asked by --eval instead of its own.",
        show_default=DEFAULT_MODEL,
        rich_help_panel=WHAT,
    ),
]
MaxTokens = Annotated[
    int | None,
    typer.Option(
        "--max-tokens",
        min=1,
        metavar="N",
        help="Longest answer, for requests that do not say.",
        show_default=str(DEFAULT_MAX_TOKENS),
        rich_help_panel=WHAT,
    ),
]
Format = Annotated[
    InputFormat | None,
    typer.Option("--format", "-f", help="Of FILE, if it is not recognised.", rich_help_panel=WHAT),
]
FailBelow = Annotated[
    float | None,
    typer.Option(
        "--fail-below", metavar="X", help="With --eval: a mean below X is worse.", rich_help_panel=WHAT
    ),
]
Webhook = Annotated[
    str | None,
    typer.Option("--webhook", metavar="URL", help="Told when a batch has ended, or an evaluation is graded."),
]
System = Annotated[str | None, _under(WHAT, options.System)]
PromptField = Annotated[str | None, _under(WHAT, options.PromptField)]
Priority = Annotated[
    Literal["interactive", "normal", "background"] | None, _under(EACH, options.BatchPriority)
]
MaxFailures = Annotated[int | None, _under(EACH, options.MaxFailures)]
MaxTime = Annotated[float | None, _under(EACH, options.MaxTime)]
ExpiresIn = Annotated[float | None, _under(EACH, options.ExpiresIn)]
MaxCost = Annotated[float | None, _under(EACH, options.MaxCost)]
