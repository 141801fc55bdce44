"""Evaluations, their datasets, and the answers that may be used again."""

import builtins
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select

from jobs.evaluation import Evaluation, NewEvaluation, StoredAnswer
from jobs.ids import EVALUATION_PREFIX, IDS
from jobs.store.dialects import is_among
from jobs.store.eval_tables import eval_answers, eval_datasets, evaluations
from jobs.store.grouped import insert_new
from jobs.store.rows import AnyRow
from jobs.store.tables import Key
from jobs.store.utc_datetime import UtcDateTime

GROUP_SIZE = 2000  # keys named in one statement

_NAMED = (
    select(evaluations)
    .where(
        evaluations.c.tenant == bindparam("of_tenant", type_=Key),
        evaluations.c.name == bindparam("of_name", type_=Key),
    )
    .order_by(evaluations.c.version.desc())
)
_DATASET = select(eval_datasets.c.content).where(
    eval_datasets.c.tenant == bindparam("of_tenant", type_=Key),
    eval_datasets.c.hash == bindparam("of_hash", type_=Key),
)
_ANSWERS = select(eval_answers).where(
    eval_answers.c.tenant == bindparam("of_tenant", type_=Key), is_among(eval_answers.c.key)
)
_OLD_ANSWERS = delete(eval_answers).where(eval_answers.c.created_at < bindparam("before", type_=UtcDateTime))


class EvaluationStore:
    """What evaluations are made of, as one transaction sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, new: NewEvaluation) -> Evaluation:
        """Return the version that says the same, or store a new one under the next number."""
        named = {"of_tenant": new.tenant, "of_name": new.name}
        while True:
            versions = self._connection.execute(_NAMED, named).all()
            same = next((row for row in versions if row.hash == new.hash), None)
            if same is not None:
                return _evaluation(same)
            number = versions[0].version + 1 if versions else 1
            row = {"id": IDS.make(EVALUATION_PREFIX), "version": number, **asdict(new)}
            insert_new(self._connection, evaluations, [row])  # somebody may be faster: then look again

    def versions(self, name: str, *, tenant: str) -> builtins.list[Evaluation]:
        """Return every version under a name, the newest first."""
        named = {"of_tenant": tenant, "of_name": name}
        return [_evaluation(row) for row in self._connection.execute(_NAMED, named)]

    def list(self, *, tenant: str, after: str | None, limit: int) -> builtins.list[Evaluation]:
        """Return the newest version of each evaluation by name; `after` ended the page before."""
        newest = (
            select(evaluations.c.name, func.max(evaluations.c.version).label("version"))
            .where(evaluations.c.tenant == tenant, evaluations.c.name > (after or ""))
            .group_by(evaluations.c.name)
            .order_by(evaluations.c.name)
            .limit(limit)
            .subquery()
        )
        query = (
            select(evaluations)
            .join(
                newest,
                (evaluations.c.name == newest.c.name) & (evaluations.c.version == newest.c.version),
            )
            .where(evaluations.c.tenant == tenant)
            .order_by(evaluations.c.name)
        )
        return [_evaluation(row) for row in self._connection.execute(query)]

    def keep_dataset(self, content: str, *, tenant: str, content_hash: str, now: datetime) -> None:
        """Store a dataset, once for each hash."""
        row = {"tenant": tenant, "hash": content_hash, "content": content, "created_at": now}
        insert_new(self._connection, eval_datasets, [row])

    def dataset(self, content_hash: str, *, tenant: str) -> str | None:
        """Return a stored dataset's content."""
        named = {"of_tenant": tenant, "of_hash": content_hash}
        return self._connection.scalar(_DATASET, named)

    def answers(self, keys: Sequence[str], *, tenant: str) -> dict[str, StoredAnswer]:
        """Return those of the answers that are kept, by key."""
        found: dict[str, StoredAnswer] = {}
        for start in range(0, len(keys), GROUP_SIZE):
            named = {"of_tenant": tenant, "ids": [*keys[start : start + GROUP_SIZE]]}
            for row in self._connection.execute(_ANSWERS, named):
                found[row.key] = StoredAnswer(
                    key=row.key, body=row.body, latency_s=row.latency_s, cost=row.cost
                )
        return found

    def keep_answers(self, answers: Iterable[StoredAnswer], *, tenant: str, now: datetime) -> None:
        """Store answers; one that is there already stays as it is."""
        rows = [{"tenant": tenant, "created_at": now, **asdict(answer)} for answer in answers]
        if rows:
            insert_new(self._connection, eval_answers, rows)

    def delete_answers(self, *, before: datetime) -> int:
        """Delete the answers that were stored before then; return how many."""
        return self._connection.execute(_OLD_ANSWERS, {"before": before}).rowcount


def _evaluation(row: AnyRow) -> Evaluation:
    return Evaluation(
        id=row.id,
        name=row.name,
        version=row.version,
        hash=row.hash,
        definition=row.definition,
        created_at=row.created_at,
    )
