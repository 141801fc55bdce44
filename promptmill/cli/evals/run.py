"""`promptmill eval run`: from a definition to a verdict in one go."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from evalruns.told import Changes, ToldEvaluation
from promptmill.cli.console import print_json, print_text, say, sheet
from promptmill.cli.evals.files import checked, grader_of, told_by_file, told_by_flags
from promptmill.cli.evals.shown import show_run
from promptmill.cli.exits import ExitCode
from promptmill.cli.options import DATA, DEFAULT_MODEL, BatchPriority, Data, Json, MaxCost
from promptmill.cli.progress import BatchProgress, batch_progress
from promptmill.cli.server import any_server, running_server
from promptmill.cli.words import count
from promptmill.client import Client
from promptmill.errors import InputError
from promptmill.eval_asks import RunOptions
from promptmill.eval_records import EvalRun

DefinitionFile = Annotated[
    str | None, typer.Argument(metavar="[FILE]", help="A definition in YAML or JSON; or say it by flags.")
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="Take so many items only.")]
Epochs = Annotated[int | None, typer.Option("--epochs", min=1, metavar="N", help="Ask each item so often.")]
Seed = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="Draw the items of --limit by this seed.")
]
Models = Annotated[
    list[str] | None,
    typer.Option("--model", "-m", metavar="M", help="Ask this model instead; may be given several times."),
]
FailBelow = Annotated[
    float | None,
    typer.Option("--fail-below", metavar="X", help="End with 4 if a model's mean score is below X."),
]
FailIfWorse = Annotated[
    bool, typer.Option("--fail-if-worse", help="End with 4 if the run is worse than the one before.")
]
Detach = Annotated[bool, typer.Option("--detach", help="Print the run's id and do not wait.")]
Cache = Annotated[
    bool | None,
    typer.Option("--cache/--no-cache", help="Use answers again that earlier runs got to the same request."),
]
Webhook = Annotated[str | None, typer.Option("--webhook", metavar="URL", help="Told when the run is graded.")]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="Without FILE: its name.")]
DatasetFile = Annotated[
    str | None, typer.Option("--dataset", metavar="FILE", help="Without FILE: the items, JSONL or CSV.")
]
Prompt = Annotated[
    str | None,
    typer.Option("--prompt", "-p", metavar="T", help="Without FILE: a template, as '{{ item.question }}'."),
]
SystemPrompt = Annotated[
    str | None, typer.Option("--system", "-s", metavar="S", help="Without FILE: the system prompt.")
]
Graders = Annotated[
    list[str] | None,
    typer.Option(
        "--grader",
        "-g",
        metavar="G",
        help="Without FILE: 'number={{ item.answer }}', or an object in JSON; may be given several times.",
    ),
]


def run(
    file: DefinitionFile = None,
    limit: Limit = None,
    epochs: Epochs = None,
    seed: Seed = None,
    model: Models = None,
    fail_below: FailBelow = None,
    fail_if_worse: FailIfWorse = False,
    detach: Detach = False,
    cache: Cache = None,
    name: Name = None,
    dataset: DatasetFile = None,
    prompt: Prompt = None,
    system: SystemPrompt = None,
    grader: Graders = None,
    priority: BatchPriority = None,
    max_cost: MaxCost = None,
    webhook: Webhook = None,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Run an evaluation, grade the answers, and compare with the run before.

    Uses the server at PROMPTMILL_URL, else one that runs on this machine, else a stack of its own that is
    stopped afterwards. Ends with 4 where --fail-below or --fail-if-worse say so.
    """
    changes = Changes(limit=limit, epochs=epochs, seed=seed, fail_below=fail_below, cache=cache)
    flags = {"name": name, "dataset": dataset, "prompt": prompt, "system": system, "grader": grader}
    told = _told(file, flags, model, changes)
    checked(told)
    options: RunOptions = {"priority": priority, "max_cost": max_cost, "webhook": webhook}
    if detach:
        _start(told, options, data, as_json=as_json)
        return
    ended = _finish(told, options, data)
    print_json(ended) if as_json else show_run(sheet(), ended)
    _exit(ended, fail_below=fail_below, fail_if_worse=fail_if_worse)


def _start(told: ToldEvaluation, options: RunOptions, data: Path, *, as_json: bool) -> None:
    with running_server(data) as client:
        started = client.evaluations.start(told, **options)
    print_json(started) if as_json else print_text(started.id)


def _finish(told: ToldEvaluation, options: RunOptions, data: Path) -> EvalRun:
    with any_server(data) as (client, is_own):
        started = client.evaluations.start(told, **options)
        samples = count(started.samples, "sample")
        say(f"run {started.id}: {samples} of {started.name} submitted to {client.base_url}")
        return _awaited(client, started, data if is_own else None)


def _told(
    file: str | None, flags: dict[str, Any], models: list[str] | None, changes: Changes
) -> ToldEvaluation:
    given = {name: value for name, value in flags.items() if value}
    if file is not None:
        if given:
            raise InputError(f"--{next(iter(given))} stands for a part of FILE: give the one or the other")
        return told_by_file(file, msgspec.structs.replace(changes, models=models))
    if not given.get("dataset") or not given.get("grader"):
        raise InputError("name a FILE, or say by flags what to evaluate: --dataset, --prompt and --grader")
    definition: dict[str, Any] = {
        "name": given.get("name") or Path(given["dataset"]).stem,
        "dataset": given["dataset"],
        "graders": [grader_of(text) for text in given["grader"]],
        **{name: given[name] for name in ("prompt", "system") if name in given},
    }
    if "prompt" in given:
        definition["models"] = models or [DEFAULT_MODEL]
    return told_by_flags(definition, changes)


def _awaited(client: Client, started: EvalRun, own_stack: Path | None) -> EvalRun:
    """Return the run once it is graded, showing how it goes; Ctrl-C leaves it alone and says so."""
    try:
        with batch_progress() as progress:
            return client.evaluations.wait(started.id, _Onlooker(client, progress).show)
    except KeyboardInterrupt:
        where = "" if own_stack is None else f"`promptmill up --data {own_stack}` goes on with it; "
        say(f"{where}`promptmill eval show {started.id}` shows how it stands")
        raise typer.Exit(ExitCode.INTERRUPTED) from None


class _Onlooker:
    """Shows the batch that a run waits for, each until its end."""

    def __init__(self, client: Client, progress: BatchProgress) -> None:
        self._client = client
        self._progress = progress
        self._ended: set[str | None] = {None}
        self._rounds = 0

    def show(self, run: EvalRun) -> None:
        """Show how the run stands."""
        if len(run.grading_batch_ids) > self._rounds:
            self._rounds = len(run.grading_batch_ids)
            say("the answers are there: a model is asked about them")
        if run.awaited_batch_id not in self._ended:
            batch = self._client.get_batch(str(run.awaited_batch_id))
            self._progress.show(batch)
            if batch.has_ended:
                self._ended.add(batch.id)


def _exit(run: EvalRun, *, fail_below: float | None, fail_if_worse: bool) -> None:
    """End with the code that tells a script what came of the run."""
    if run.summary is None:
        raise typer.Exit(ExitCode.JOBS_FAILED)
    bar = fail_below if fail_below is not None else (run.definition or {}).get("fail_below")
    means = {variant.name: variant.overall.mean for variant in run.summary.variants}
    low = [name for name, mean in means.items() if bar is not None and (mean is None or mean < bar)]
    for name in low:
        mean = means[name]
        say(f"{name}: {'no score at all' if mean is None else f'{mean:.3f}'} is below the bar of {bar:g}")
    if low or (fail_if_worse and run.verdict == "worse"):
        raise typer.Exit(ExitCode.EVAL_WORSE)
    if all(mean is None for mean in means.values()):
        say("no sample has a score")
        raise typer.Exit(ExitCode.JOBS_FAILED)
