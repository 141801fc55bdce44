"""Holds a run against its bar, and against an earlier run that had items in common.

That is the last one of the same schedule or, where there is none, of the same name.
"""

from collections.abc import Sequence
from functools import partial

from evalruns.outcome import FIRST, RunVerdict
from evalruns.reading import definition_of_run, provenance_of_run, results_of_run
from evals.comparison.compare import Bar, Comparison, below_bar, compare
from evals.comparison.difference import Verdict
from evals.comparison.run import Run
from evals.definition.definition import Definition
from evals.errors import EvalError
from evals.result import Result
from evals.summary import Summary
from jobs.evaluation import EvalRun, EvalRunState
from jobs.store.store import Store

LOOKED_AT = 10  # earlier runs, until one can be compared


def side_of(store: Store, run: EvalRun) -> Run:
    """Return a stored run as one side of a comparison."""
    return Run(variants=provenance_of_run(run).variants, results=results_of_run(store, run))


def bar_of(definition: Definition) -> Bar:
    """Return how sure the definition's author wants to be."""
    return Bar(
        alpha=definition.alpha,
        looks=definition.looks,
        fail_below=definition.fail_below,
        errors=definition.errors,
    )


def compare_runs(store: Store, before: EvalRun, after: EvalRun) -> Comparison:
    """Compare two stored runs by the later one's bar; raises EvalError where they have nothing in common."""
    return compare(side_of(store, before), side_of(store, after), bar_of(definition_of_run(after)))


def judge(store: Store, run: EvalRun, results: Sequence[Result], summary: Summary) -> RunVerdict:
    """Return what is to be said of a run that was graded just now."""
    definition = definition_of_run(run)
    after = Run(variants=provenance_of_run(run).variants, results=results)
    for earlier in _earlier(store, run):
        try:
            comparison = compare(side_of(store, earlier), after, bar_of(definition))
        except EvalError:
            continue
        return RunVerdict(
            verdict=comparison.verdict.value,
            reason=comparison.reason,
            compared_with=earlier.id,
            comparison=comparison,
        )
    low = [
        why
        for variant in summary.variants
        if (why := below_bar(variant.name, variant.overall.mean, definition.fail_below))
    ]
    if low:
        return RunVerdict(verdict=Verdict.WORSE.value, reason="; ".join(low))
    if not any(variant.overall.samples for variant in summary.variants):
        return RunVerdict(verdict=Verdict.CANNOT_TELL.value, reason="not one sample could be graded")
    return RunVerdict(verdict=FIRST, reason="there is no earlier run to compare with")


def _earlier(store: Store, run: EvalRun) -> list[EvalRun]:
    with store.read() as tx:
        ended = partial(
            tx.eval_runs.list,
            tenant=run.tenant,
            name=run.name,
            states=[EvalRunState.ENDED],
            after=run.id,
            limit=LOOKED_AT,
        )
        own = ended(schedule_id=run.schedule_id) if run.schedule_id is not None else []
        return own + [other for other in ended() if other not in own]
