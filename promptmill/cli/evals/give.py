"""`promptmill eval report|export|import`: runs for others, and evals of OpenAI's as ours."""

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
import yaml

from evals.openai.read import import_eval
from evals.report.export import csv_text, json_lines
from evals.report.page import Failure, Report, failures_of, render
from evals.report.plot import Point
from promptmill.cli.console import print_text, say
from promptmill.cli.evals.files import read_text
from promptmill.cli.evals.look import RunId, find_run, transcript
from promptmill.cli.options import DATA, DEFAULT_MODEL, Data
from promptmill.cli.server import running_server
from promptmill.client import Client
from promptmill.errors import InputError
from promptmill.eval_records import EvalRun

MOST_POINTS = 50
DAY = 10  # characters of a date
STANDARD_OUTPUT = "-"
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="OUT", help="The file to write.")]
ExportFormat = Annotated[
    Literal["csv", "jsonl"], typer.Option("--format", "-f", help="A table, or a line for each sample.")
]
OpenAIFile = Annotated[
    str, typer.Argument(metavar="FILE", help="An eval in OpenAI's wire format, with its run.")
]
StandIn = Annotated[
    str, typer.Option("--model", "-m", metavar="M", help="Asked where the eval names one of OpenAI's models.")
]


def report(run_id: RunId, output: Output = None, data: Data = DATA) -> None:
    """Write a run as one HTML file, with the series of its evaluation, that needs no network."""
    with running_server(data) as client:
        run = find_run(client, run_id)
        if run.summary is None:
            raise InputError(f"{run.id} is {run.state}: there is nothing to report yet")
        page = render(_report(client, run))
    _write(page, output or f"{run.id}.html")


def export(
    run_id: RunId, export_format: ExportFormat = "jsonl", output: Output = STANDARD_OUTPUT, data: Data = DATA
) -> None:
    """Write every graded sample of a run, as CSV or JSONL."""
    with running_server(data) as client:
        run = find_run(client, run_id)
        results = list(client.evaluations.results(run.id))
    if export_format == "csv":
        text = csv_text(results, run.provenance.variants)
    else:
        text = b"".join(json_lines(results)).decode()
    _write(text, output or STANDARD_OUTPUT)


def import_file(file: OpenAIFile, model: StandIn = DEFAULT_MODEL, output: Output = None) -> None:
    """Turn an eval of OpenAI's into a definition of ours, on standard output or in a file."""
    imported = import_eval(read_text(Path(file)), file, model=model)
    for warning in imported.warnings:
        say(f"promptmill: {warning}")
    if imported.file_id is not None:
        say(
            f"promptmill: the items are in OpenAI's file {imported.file_id}: "
            "download it, and name it as `dataset`"
        )
    plain = _without_defaults(imported.definition)
    text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=100)
    _write(text, output or STANDARD_OUTPUT)


def _report(client: Client, run: EvalRun) -> Report:
    if run.summary is None:
        raise AssertionError
    failed = list(client.evaluations.results(run.id, only_failed=True, with_request=True))
    asked = {(one.variant, one.item_id, one.epoch): one.request for one in failed}
    return Report(
        title=run.name,
        subtitle=f"{run.id}, {run.created_at}",
        summary=run.summary,
        provenance=run.provenance,
        series=_series(client, run),
        comparison=run.comparison,
        bar=(run.definition or {}).get("fail_below"),
        failures=[
            Failure(result=result, prompt=transcript(asked[result.variant, result.item_id, result.epoch]))
            for result in failures_of(failed)
        ],
    )


def _series(client: Client, run: EvalRun) -> list[Point]:
    """Return the runs up to this one, by the overall score of their first variant."""
    found = []
    for earlier in list(client.evaluations.runs(run.name, limit=MOST_POINTS))[::-1]:
        if earlier.id > run.id or earlier.summary is None:
            continue
        overall = earlier.summary.variants[0].overall
        found.append(
            Point(
                label=earlier.created_at[:DAY],
                mean=overall.mean,
                interval=overall.interval,
                verdict=earlier.verdict or "",
                title=f"{earlier.id}: {earlier.reason or ''}",
            )
        )
    return found


def _without_defaults(definition: object) -> object:
    """Return only what was said: a file that a person reads."""
    if isinstance(definition, msgspec.Struct):
        config = definition.__struct_config__
        told: dict[str, object] = {}
        if config.tag is not None:
            told[str(config.tag_field)] = config.tag
        for field in msgspec.structs.fields(definition):
            value = getattr(definition, field.name)
            if (
                value != field.default
                and not (field.default_factory is dict and value == {})
                and value not in ([], {})
            ):
                told[field.encode_name] = _without_defaults(value)
        return told
    if isinstance(definition, list | tuple):
        return [_without_defaults(part) for part in definition]
    if isinstance(definition, dict):
        return {name: _without_defaults(part) for name, part in definition.items()}
    return definition.value if isinstance(definition, Enum) else definition


def _write(text: str, output: str) -> None:
    if output == STANDARD_OUTPUT:
        sys.stdout.write(text)
        return
    Path(output).write_text(text, encoding="utf-8")
    print_text(output)
