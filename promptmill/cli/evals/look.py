"""`promptmill eval list|history|show|diff|failures`: what came of runs."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from evals.report.sparkline import sparkline
from evals.report.tables import shown, shown_interval
from evals.result import OVERALL
from evals.summary import VariantSummary
from promptmill.cli.console import print_json, print_text, sheet
from promptmill.cli.evals.shown import plain_table, show_comparison, show_run, state_word, verdict_word
from promptmill.cli.options import DATA, Data, Json
from promptmill.cli.server import running_server
from promptmill.cli.words import money
from promptmill.client import Client
from promptmill.errors import InputError
from promptmill.eval_records import EvalResult, EvalRun

RunId = Annotated[
    str, typer.Argument(metavar="RUN", help="The id of a run, or an evaluation's name: its last.")
]
Before = Annotated[str, typer.Argument(metavar="BEFORE", help="The id of the earlier run.")]
After = Annotated[str, typer.Argument(metavar="AFTER", help="The id of the later run.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of an evaluation.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, metavar="N", help="How many at most.")]
MINUTES = 16  # characters of a time, to its minutes
RUN_PREFIX = "evalrun_"


def list_evaluations(data: Data = DATA, as_json: Json = False) -> None:
    """List evaluations, each with its latest run."""
    with running_server(data) as client:
        found = list(client.evaluations.list())
    if as_json:
        for evaluation in found:
            print_json(evaluation)
        return
    if not found:
        print_text("there is no evaluation yet: `promptmill eval run FILE` runs one")
        return
    table = plain_table("evaluation", "version", "latest run", "state", "score", "95 %", "verdict")
    for evaluation in found:
        run = evaluation.latest_run
        mean, interval = _score(run)
        table.add_row(
            escape(evaluation.name),
            str(evaluation.version),
            _minute(run.created_at) if run else "",
            state_word(run.state) if run else "",
            mean,
            interval,
            verdict_word(run.verdict if run else None),
        )
    sheet().print(table)


def history(name: Name, limit: Limit = 30, data: Data = DATA, as_json: Json = False) -> None:
    """Show the series of an evaluation's runs, the newest last."""
    with running_server(data) as client:
        runs = list(client.evaluations.runs(name, limit=limit))[::-1]
    if as_json:
        for run in runs:
            print_json(run)
        return
    if not runs:
        raise InputError(f"there is no run of {name!r}: `promptmill eval list` lists evaluations")
    console = sheet()
    variants = dict.fromkeys(variant for run in runs for variant in run.provenance.variants)
    for variant in variants:
        series = [_mean_of(run, variant) for run in runs]
        known = [mean for mean in series if mean is not None]
        line = Text.assemble((variant, "bold cyan"), "  ", (sparkline(series), "green"))
        if known:
            line.append(f"  {min(known):.3f} to {max(known):.3f}", style="dim")
        console.print(line)
        console.print(Padding(_series(runs, variant), (0, 0, 1, 2), expand=False))


def show(run_id: RunId, data: Data = DATA, as_json: Json = False) -> None:
    """Show a run: what it was made of, its scores with their intervals, and its verdict."""
    with running_server(data) as client:
        run = find_run(client, run_id)
    print_json(run) if as_json else show_run(sheet(), run)


def diff(before: Before, after: After, data: Data = DATA, as_json: Json = False) -> None:
    """Compare two runs on the items that both have."""
    with running_server(data) as client:
        comparison = client.evaluations.compare(before, after)
    print_json(comparison) if as_json else show_comparison(sheet(), comparison)


def failures(run_id: RunId, limit: Limit = 20, data: Data = DATA, as_json: Json = False) -> None:
    """Show the samples of a run that did not pass, with what was asked and answered."""
    with running_server(data) as client:
        run = find_run(client, run_id)
        found = client.evaluations.results(run.id, only_failed=True, with_request=True)
        taken = [result for result, _ in zip(found, range(limit), strict=False)]
    if as_json:
        for result in taken:
            print_json(result)
    elif not taken:
        print_text("every sample has passed")
    else:
        for result in taken:
            _show_failure(result)


def find_run(client: Client, given: str) -> EvalRun:
    """Return the run of that id or, given an evaluation's name, its latest; raises InputError."""
    if given.startswith(RUN_PREFIX):
        return client.evaluations.get(given)
    runs = list(client.evaluations.runs(given, limit=1))
    if not runs:
        raise InputError(f"there is no run {given!r}, and no evaluation of that name")
    return client.evaluations.get(runs[0].id)


def transcript(request: dict[str, object] | None) -> str:
    """Return what was asked as people read it."""
    if request is None:
        return ""
    turns = [("system", request["system"])] if request.get("system") else []
    messages = request.get("messages")
    listed = messages if isinstance(messages, list) else []
    turns += [(str(message.get("role")), message.get("content")) for message in listed]
    return "\n".join(f"{role}: {_text(content)}" for role, content in turns)


def _text(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(str(block.get("text", f"[{block.get('type')}]")) for block in content)
    return str(content)


def _show_failure(result: EvalResult) -> None:
    console = sheet()
    overall = result.score(OVERALL)
    value = overall.value if overall else None
    title = f"{result.item_id}, {result.variant_name}, epoch {result.epoch}"
    console.print(Text.assemble((title, "bold cyan"), "  ", (f"score {shown(value)}", "red")))
    body = plain_table()
    body.show_header = False
    for line in transcript(result.request).splitlines():
        role, _, rest = line.partition(": ")
        body.add_row(f"[dim]{escape(role)}[/dim]", escape(rest))
    body.add_row("[dim]answer[/dim]", escape(result.output_text) if result.output_text else "[dim]none[/dim]")
    if result.error:
        body.add_row("[dim]error[/dim]", f"[red]{escape(result.error)}[/red]")
    for score in result.scores:
        said = score.error or score.explanation
        if said and (score.error is None or score.error != result.error):
            body.add_row(f"[dim]{escape(score.grader)}[/dim]", f"{shown(score.value)}  {escape(said)}")
    console.print(Padding(body, (0, 0, 1, 2), expand=False))


def _series(runs: list[EvalRun], variant: str) -> Table:
    table = plain_table("run", "when", "version", "samples", "errors", "score", "95 %", "cost", "verdict")
    for run in runs:
        mean, interval = _score(run, variant)
        found = _variant(run, variant)
        table.add_row(
            run.id,
            _minute(run.created_at),
            str(run.version),
            f"{found.samples:,}" if found else "",
            f"{found.errored:,}" if found else "",
            mean,
            interval,
            money(found.cost.total) if found and found.cost else "",
            verdict_word(run.verdict) if run.verdict else state_word(run.state),
        )
    return table


def _variant(run: EvalRun, name: str | None) -> VariantSummary | None:
    if run.summary is None:
        return None
    return next((each for each in run.summary.variants if name in {None, each.name}), None)


def _mean_of(run: EvalRun, variant: str) -> float | None:
    found = _variant(run, variant)
    return found.overall.mean if found else None


def _score(run: EvalRun | None, variant: str | None = None) -> tuple[str, str]:
    found = _variant(run, variant) if run else None
    if found is None:
        return "", ""
    return shown(found.overall.mean), shown_interval(found.overall.interval)


def _minute(at: str) -> str:
    return at[:MINUTES].replace("T", " ")
