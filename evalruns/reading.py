"""Takes stored runs apart again: definition, dataset, results, numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from evals.dataset.dataset import Dataset
from evals.definition.definition import Definition
from evals.plan import Plan, Provenance, plan
from evals.result import Result
from evals.summary import Summary
from jobs.errors import NotFoundError
from jobs.evaluation import EvalRun
from jobs.store.store import Store, Transaction

PAGE = 500  # results in memory at a time, where they are only passed on

_decode_definition = msgspec.json.Decoder(Definition).decode
_decode_dataset = msgspec.json.Decoder(Dataset).decode
_decode_provenance = msgspec.json.Decoder(Provenance).decode
_decode_summary = msgspec.json.Decoder(Summary).decode
_decode_result = msgspec.json.Decoder(Result).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedResult:
    """A graded sample and its place in the plan."""

    place: int
    result: Result


def definition_of_run(run: EvalRun) -> Definition:
    """Return what was asked."""
    return _decode_definition(run.definition)


def provenance_of_run(run: EvalRun) -> Provenance:
    """Return what the run was made of."""
    return _decode_provenance(run.provenance)


def summary_of_run(run: EvalRun) -> Summary | None:
    """Return the run in numbers; None before it has ended."""
    return None if run.summary is None else _decode_summary(run.summary)


def dataset_of_run(tx: Transaction, run: EvalRun) -> Dataset:
    """Return the items that were asked about."""
    content = tx.evaluations.dataset(run.dataset_hash, tenant=run.tenant)
    if content is None:
        raise NotFoundError(f"the dataset of {run.id} is gone")
    return _decode_dataset(content)


def plan_of_run(tx: Transaction, run: EvalRun) -> Plan:
    """Make the plan again that the run was started with: the same definition and items, so the same plan."""
    definition = msgspec.structs.replace(
        definition_of_run(run), limit=None
    )  # the stored items are those taken
    return plan(definition, dataset_of_run(tx, run))


def results_of_run(store: Store, run: EvalRun) -> list[Result]:
    """Return every graded sample, in the plan's order, without the items' fields."""
    return [placed.result for placed in placed_results(store, run)]


def placed_results(store: Store, run: EvalRun, *, after: int = -1) -> Iterator[PlacedResult]:
    """Yield graded samples in the plan's order, from behind the place `after`, without the items' fields."""
    while True:
        with store.read() as tx:
            page = tx.eval_runs.results(run.id, after=after, limit=PAGE)
        for place, text in page:
            yield PlacedResult(place=place, result=_decode_result(text))
        if len(page) < PAGE:
            return
        after = page[-1][0]
