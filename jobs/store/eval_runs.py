"""The runs of evaluations and their graded samples; every move of a run is a method with its fence."""

import builtins
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import (
    Connection,
    Integer,
    Select,
    Text,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from jobs.evaluation import EvalRun, EvalRunEnd, EvalRunState, NewEvalRun
from jobs.job import Priority
from jobs.store.eval_tables import IS_OPEN, eval_results, eval_runs
from jobs.store.grouped import insert_new
from jobs.store.rows import AnyRow
from jobs.store.tables import Key, batches
from jobs.store.utc_datetime import UtcDateTime

_NOW = bindparam("now", type_=UtcDateTime)
_UNTIL = bindparam("until", type_=UtcDateTime)
_RUN = bindparam("run", type_=Key)
_CLAIM = bindparam("of_claim", type_=Integer)
_ONE = select(eval_runs).where(eval_runs.c.id == _RUN)
_OF_BATCH = select(eval_runs).where(eval_runs.c.batch_id == bindparam("batch", type_=Key))
_DUE = (
    select(eval_runs)
    .outerjoin(batches, batches.c.id == eval_runs.c.awaited_batch_id)
    .where(
        IS_OPEN,
        or_(eval_runs.c.claimed_until.is_(None), eval_runs.c.claimed_until <= _NOW),
        or_(batches.c.id.is_(None), batches.c.ended_at.is_not(None)),
    )
    .order_by(eval_runs.c.id)
    .limit(1)
)
_TAKE = (
    update(eval_runs).where(eval_runs.c.id == _RUN).values(claim=eval_runs.c.claim + 1, claimed_until=_UNTIL)
)
_IS_HELD = (eval_runs.c.id == _RUN) & (eval_runs.c.claim == _CLAIM) & IS_OPEN
_RENEW = update(eval_runs).where(_IS_HELD).values(claimed_until=_UNTIL)
_AWAIT = (
    update(eval_runs)
    .where(_IS_HELD)
    .values(
        state=EvalRunState.GRADING.value,
        grading_batch_ids=bindparam("batch_ids", type_=Text),
        awaited_batch_id=bindparam("batch", type_=Key),
        claimed_until=None,
    )
)
_CANCEL = (
    update(eval_runs)
    .where(eval_runs.c.id == _RUN, IS_OPEN)
    .values(state=EvalRunState.CANCELED.value, ended_at=_NOW)
)
_DELETE = delete(eval_runs).where(eval_runs.c.id == _RUN, eval_runs.c.ended_at.is_not(None))
_DELETE_RESULTS = delete(eval_results).where(eval_results.c.run_id == _RUN)
_PLACES = select(eval_results.c.place).where(eval_results.c.run_id == _RUN)
_RESULTS = (
    select(eval_results.c.place, eval_results.c.result)
    .where(eval_results.c.run_id == _RUN, eval_results.c.place > bindparam("after", type_=Integer))
    .order_by(eval_results.c.place)
    .limit(bindparam("limit", type_=Integer))
)

_decode_ids = msgspec.json.Decoder(tuple[str, ...]).decode


class EvalRunStore:
    """The runs as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run: NewEvalRun) -> None:
        """Insert a run; its batch belongs into the same transaction."""
        names = ("id", "tenant", "definition", "provenance", "dataset_hash", "samples", "batch_id")
        more = ("created_at", "max_cost", "webhook", "schedule_id", "openai", "openai_eval_id")
        row = {name: getattr(run, name) for name in (*names, *more)}
        row |= {
            "evaluation_id": run.evaluation.id,
            "name": run.evaluation.name,
            "version": run.evaluation.version,
            "priority": run.priority.value,
            "state": EvalRunState.RUNNING.value,
            "grading_batch_ids": "[]",
            "awaited_batch_id": run.batch_id,
        }
        self._connection.execute(insert(eval_runs), row)

    def get(self, run_id: str, *, tenant: str | None = None) -> EvalRun | None:
        """Return the run, or nothing if there is none or, with `tenant`, it is another's."""
        row = self._connection.execute(_ONE, {"run": run_id}).one_or_none()
        return None if row is None or tenant not in {None, row.tenant} else _run(row)

    def of_batch(self, batch_id: str) -> EvalRun | None:
        """Return the run whose answers the batch fetches."""
        row = self._connection.execute(_OF_BATCH, {"batch": batch_id}).first()
        return None if row is None else _run(row)

    def list(
        self,
        *,
        tenant: str,
        name: str | None = None,
        schedule_id: str | None = None,
        openai_eval_id: str | None = None,
        states: Sequence[EvalRunState] | None = None,
        after: str | None = None,
        oldest_first: bool = False,
        limit: int,
    ) -> builtins.list[EvalRun]:
        """Return a page of the tenant's runs, newest first; `after` ended the page before."""
        query: Select[tuple[object, ...]] = select(eval_runs).where(eval_runs.c.tenant == tenant)
        for column, wanted in (
            (eval_runs.c.name, name),
            (eval_runs.c.schedule_id, schedule_id),
            (eval_runs.c.openai_eval_id, openai_eval_id),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        if states is not None:
            query = query.where(eval_runs.c.state.in_([state.value for state in states]))
        column = eval_runs.c.id
        if after is not None:
            query = query.where(column > after if oldest_first else column < after)
        query = query.order_by(column.asc() if oldest_first else column.desc()).limit(limit)
        rows = self._connection.execute(query)
        return [_run(row) for row in rows]

    def is_any_due(self, now: datetime) -> bool:
        """Return whether there is something to grade; cheap, for asking every second."""
        return self._connection.execute(_DUE, {"now": now}).first() is not None

    def claim(self, *, now: datetime, lease: timedelta) -> EvalRun | None:
        """Take a run whose awaited batch has ended, or is gone, under a new claim; another's turn later."""
        due = _DUE.with_for_update(skip_locked=True, of=eval_runs)
        row = self._connection.execute(due, {"now": now}).first()
        if row is None:
            return None
        self._connection.execute(_TAKE, {"run": row.id, "until": now + lease})
        return self.get(row.id)

    def renew(self, run: EvalRun, *, until: datetime) -> bool:
        """Keep a claimed run for longer; return whether it is still held. Fence: open, this claim."""
        values = {"run": run.id, "of_claim": run.claim, "until": until}
        return self._connection.execute(_RENEW, values).rowcount == 1

    def await_grading(self, run: EvalRun, batch_id: str) -> bool:
        """Let a claimed run wait for a batch of questions. Fence: open, this claim."""
        ids = msgspec.json.encode([*run.grading_batch_ids, batch_id]).decode()
        values = {"run": run.id, "of_claim": run.claim, "batch": batch_id, "batch_ids": ids}
        return self._connection.execute(_AWAIT, values).rowcount == 1

    def end(self, run: EvalRun, end: EvalRunEnd) -> bool:
        """End a claimed run; return whether this did it. Fence: open, this claim."""
        values = {"run": run.id, "of_claim": run.claim}
        statement = update(eval_runs).where(_IS_HELD)
        statement = statement.values(
            state=end.state.value,
            ended_at=end.ended_at,
            summary=end.summary,
            verdict=end.verdict,
            error=end.error,
            claimed_until=None,
        )
        return self._connection.execute(statement, values).rowcount == 1

    def cancel(self, run_id: str, *, now: datetime) -> bool:
        """End a run that nobody wants any more; return whether it was open. Fence: open."""
        return self._connection.execute(_CANCEL, {"run": run_id, "now": now}).rowcount == 1

    def delete(self, run_id: str) -> bool:
        """Delete a run with its graded samples; return whether it had ended, for otherwise it stays."""
        if not self._connection.execute(_DELETE, {"run": run_id}).rowcount:
            return False
        self._connection.execute(_DELETE_RESULTS, {"run": run_id})
        return True

    def add_results(self, run_id: str, results: Mapping[int, str]) -> None:
        """Store graded samples by their places; one that is graded already stays as it is."""
        rows = [{"run_id": run_id, "place": place, "result": text} for place, text in results.items()]
        if rows:
            insert_new(self._connection, eval_results, rows)

    def places(self, run_id: str) -> set[int]:
        """Return the places of the samples that are graded."""
        return set(self._connection.scalars(_PLACES, {"run": run_id}))

    def results(self, run_id: str, *, after: int = -1, limit: int) -> builtins.list[tuple[int, str]]:
        """Return a page of graded samples in order, of those after that place."""
        values = {"run": run_id, "after": after, "limit": limit}
        return [(row.place, row.result) for row in self._connection.execute(_RESULTS, values)]


def _run(row: AnyRow) -> EvalRun:
    names = EvalRun.__dataclass_fields__
    values = {name: getattr(row, name) for name in names}
    values["state"] = EvalRunState(row.state)
    values["priority"] = Priority(row.priority)
    values["grading_batch_ids"] = _decode_ids(row.grading_batch_ids)
    return EvalRun(**values)
