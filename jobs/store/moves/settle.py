"""`running` to whatever the verdict on the attempt says, fenced by the attempt's number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import msgspec.structs
from sqlalchemy import BigInteger, Boolean, Connection, Double, Integer, Text, Update, select, update
from sqlalchemy.types import TypeEngine

from jobs.job import FINAL_STATES, JobState
from jobs.outcome import Outcome, Reason
from jobs.store.dialects import is_among
from jobs.store.fairness import Line
from jobs.store.grouped import GroupedInsert, GroupedUpdate, Row, Rows, Value, in_one_go
from jobs.store.insertion import insert_many
from jobs.store.spending import Spent, spend
from jobs.store.tables import Key, attempts, jobs, responses
from jobs.store.tallies import TOKENS, Tally, add_tallies, announce
from jobs.store.utc_datetime import UtcDateTime
from jobs.tenant import day_of

MOST_AT_ONCE = 1 << 20  # characters of answers; more are copied, which keeps less of them in memory

_ROWS = (
    select(
        jobs.c.id,
        jobs.c.state,
        jobs.c.attempt,
        jobs.c.tenant,
        jobs.c.batch_id,
        jobs.c.lane,
        jobs.c.cancel_requested_at,
    )
    .where(is_among(jobs.c.id))
    .order_by(jobs.c.id)
    .with_for_update()
)
_Types = dict[str, TypeEngine[Any]]
_FENCE: _Types = {"job_id": Key, "attempt": Integer()}
_VERDICT: _Types = {"state": Text(), "reason": Text(), "is_failure": Boolean(), "ended_at": UtcDateTime()}
_ERROR: _Types = {"error_type": Text(), "error_message": Text(), "status": Integer(), "request_id": Text()}
_USAGE: _Types = {**dict.fromkeys(TOKENS, BigInteger()), "cost": Double()}


def _move(given: Value) -> Update:
    return (
        update(jobs)
        .where(jobs.c.id == given("job_id"), jobs.c.attempt == given("attempt"))
        .values(
            state=given("state"),
            reason=given("reason"),
            failures=jobs.c.failures + given("failed"),
            **{name: jobs.c[name] + given(name) for name in _USAGE},
        )
    )


def _end(given: Value) -> Update:
    return _move(given).values(
        run_at=given("run_at"),
        ended_at=given("job_ended_at"),
        error_type=given("error_type"),
        error_message=given("error_message"),
        error_status=given("error_status"),
        error_request_id=given("error_request_id"),
        error_details=given("error_details"),
    )


def _give_back(given: Value) -> Update:
    return _move(given).values(vstart=given("vstart"), dispatched_at=None)


def _close_attempt(given: Value) -> Update:
    names = (_VERDICT | _ERROR | _USAGE).keys()
    return (
        update(attempts)
        .where(
            attempts.c.job_id == given("job_id"),
            attempts.c.attempt == given("attempt"),
        )
        .values({name: given(name) for name in names})
    )


_MOVED: _Types = {**_FENCE, "state": Text(), "reason": Text(), "failed": Integer(), **_USAGE}
_END = GroupedUpdate(
    {
        **_MOVED,
        "run_at": UtcDateTime(),
        "job_ended_at": UtcDateTime(),
        "error_type": Text(),
        "error_message": Text(),
        "error_status": Integer(),
        "error_request_id": Text(),
        "error_details": Text(),
    },
    _end,
)
_GIVE_BACK = GroupedUpdate({**_MOVED, "vstart": Double()}, _give_back)
_CLOSE_ATTEMPTS = GroupedUpdate({**_FENCE, **_VERDICT, **_ERROR, **_USAGE}, _close_attempt)
_RESPOND = GroupedInsert(responses, ("job_id", "attempt", "body"))


class _Verdict(msgspec.Struct, frozen=True):
    """An outcome whose fence holds."""

    outcome: Outcome
    tenant: str
    batch_id: str | None
    lane: str


def settle(connection: Connection, outcomes: Sequence[Outcome]) -> list[str]:
    """Write every outcome whose job still runs under that attempt; return the ids of those jobs."""
    verdicts = _fenced(connection, outcomes)
    if not verdicts:
        return []
    line = Line(connection)
    settled = Rows([_row(each, line) for each in verdicts])
    given_back = Rows([row for row in settled.rows if row["state"] == JobState.QUEUED])
    ended = Rows([row for row in settled.rows if row["state"] != JobState.QUEUED]) if given_back else settled
    answers = _answers(each.outcome for each in verdicts)
    is_copied = sum(len(answer["body"]) for answer in answers) > MOST_AT_ONCE
    if is_copied:
        insert_many(connection, responses, {name: [row[name] for row in answers] for name in answers[0]})
    tallies = _tallies(verdicts)
    with in_one_go(connection):
        _END.execute(connection, ended)
        _GIVE_BACK.execute(connection, given_back)
        _CLOSE_ATTEMPTS.execute(connection, settled)
        if not is_copied:
            _RESPOND.execute(connection, Rows(answers))
        spend(connection, _spent(verdicts))
        add_tallies(connection, tallies)
    announce(connection, tallies)
    return [each.outcome.job_id for each in verdicts]


def _fenced(connection: Connection, outcomes: Sequence[Outcome]) -> list[_Verdict]:
    given: dict[str, dict[int, Outcome]] = defaultdict(dict)
    for outcome in outcomes:
        given[outcome.job_id].setdefault(outcome.attempt, outcome)
    return [
        _Verdict(
            outcome=_unless_canceled(given[row.id][row.attempt], row.cancel_requested_at),
            tenant=row.tenant,
            batch_id=row.batch_id,
            lane=row.lane,
        )
        for row in connection.execute(_ROWS, {"ids": sorted(given)})
        if row.state == JobState.RUNNING and row.attempt in given[row.id]
    ]


def _unless_canceled(outcome: Outcome, cancel_requested_at: object | None) -> Outcome:
    """Return the outcome, or the cancellation that the job would otherwise escape by going round again."""
    if cancel_requested_at is None or outcome.state.is_final:
        return outcome
    return msgspec.structs.replace(outcome, state=JobState.CANCELED, reason=Reason.CANCELED, run_at=None)


def _row(verdict: _Verdict, line: Line) -> Row:
    """Return what the job's row and the attempt's take of the verdict."""
    outcome, error, usage = verdict.outcome, verdict.outcome.error, verdict.outcome.usage
    is_given_back = outcome.state is JobState.QUEUED
    return {
        "job_id": outcome.job_id,
        "attempt": outcome.attempt,
        "state": outcome.state.value,
        "reason": outcome.reason and outcome.reason.value,
        "is_failure": outcome.is_failure,
        "failed": int(outcome.is_failure),
        "run_at": outcome.run_at,
        "ended_at": outcome.ended_at,
        "job_ended_at": outcome.ended_at if outcome.state in FINAL_STATES else None,
        "status": outcome.status,
        "request_id": outcome.request_id,
        "error_type": error and error.type,
        "error_message": error and storable(error.message),
        "error_status": error and error.status,
        "error_request_id": error and error.request_id,
        "error_details": error and error.details and storable(error.details),
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cost": usage.cost,
        "vstart": line.ahead(verdict.lane, verdict.tenant) if is_given_back else None,
    }


def _answers(outcomes: Iterable[Outcome]) -> list[Row]:
    return [
        {"job_id": outcome.job_id, "attempt": outcome.attempt, "body": outcome.response}
        for outcome in outcomes
        if outcome.response is not None and outcome.state is JobState.SUCCEEDED
    ]


def _tallies(verdicts: Iterable[_Verdict]) -> Mapping[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for verdict in verdicts:
        if verdict.batch_id is None:
            continue
        tally = tallies[verdict.batch_id]
        tally.spend(verdict.outcome.usage)
        if verdict.outcome.state.is_final:
            tally.end(verdict.outcome.job_id, verdict.outcome.state, verdict.outcome.ended_at)
    return tallies


def _spent(verdicts: Iterable[_Verdict]) -> Mapping[tuple[str, date], Spent]:
    spent: dict[tuple[str, date], Spent] = defaultdict(Spent)
    for verdict in verdicts:
        outcome = verdict.outcome
        booked = spent[verdict.tenant, day_of(outcome.ended_at)]
        booked.add(outcome.usage, is_final=outcome.state.is_final)
    return spent


def storable(text: str) -> str:
    """Return `text` without what Postgres cannot keep in a text: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
