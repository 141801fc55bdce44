"""Results for other programs: a row, or a line, for each sample."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from evals.result import Result, Score

FIXED = ("variant", "item_id", "epoch", "group", "error", "latency_s", "cost", "output_text")
_FORMULA = re.compile(r"[=@\t\r]|[-+](?!\s*[\d.,]+\s*%?\s*\Z)")


def json_lines(results: Iterable[Result]) -> Iterator[bytes]:
    """Yield each result as one line of JSON."""
    for result in results:
        yield msgspec.json.encode(result) + b"\n"


def read_json_lines(text: str | bytes) -> list[Result]:
    """Return the results that `json_lines` wrote."""
    return msgspec.json.Decoder(Result).decode_lines(text)


def csv_text(results: Sequence[Result], variants: Sequence[str]) -> str:
    """Return a table with three columns for each grader: value, passed, error.

    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    graders = list(dict.fromkeys(score.grader for result in results for score in result.scores))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = [f"{grader}{ending}" for grader in graders for ending in ("", " passed", " error")]
    writer.writerow([*FIXED, *names])
    for result in results:
        fields = [
            variants[result.variant],
            result.item_id,
            result.epoch,
            result.group,
            result.error,
            result.latency_s,
            result.cost,
            result.output_text,
        ]
        cells = [*fields, *(cell for grader in graders for cell in _cells(result.score(grader)))]
        writer.writerow([_harmless(cell) for cell in cells])
    return file.getvalue()


def _cells(score: Score | None) -> tuple[float | None, str | None, str | None]:
    if score is None:
        return None, None, None
    return score.value, None if score.passed is None else str(score.passed).lower(), score.error


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell
