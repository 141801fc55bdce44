"""The openai_evals table: evals as OpenAI's dialect keeps them, apart from their runs."""

import builtins

import msgspec
from sqlalchemy import Column, Connection, Index, Table, Text, bindparam, delete, insert, select, update

from jobs.evaluation import OpenAIEval
from jobs.store.rows import AnyRow
from jobs.store.tables import Bulk, Key, metadata
from jobs.store.utc_datetime import UtcDateTime

openai_evals = Table(
    "openai_evals",
    metadata,
    Column("id", Key, primary_key=True),
    Column("tenant", Key, nullable=False),
    Column("name", Text),
    Column("config", Bulk, nullable=False),
    Column("metadata", Text),
    Column("created_at", UtcDateTime, nullable=False),
)

Index("openai_evals_by_tenant", openai_evals.c.tenant, openai_evals.c.id)

_ID = bindparam("eval", type_=Key)
_ONE = select(openai_evals).where(openai_evals.c.id == _ID)
_CHANGE = (
    update(openai_evals)
    .where(openai_evals.c.id == _ID)
    .values(name=bindparam("new_name", type_=Text), metadata=bindparam("new_metadata", type_=Text))
)
_DELETE = delete(openai_evals).where(openai_evals.c.id == _ID)

_decode_metadata = msgspec.json.Decoder(dict[str, str] | None).decode


class OpenAIEvalStore:
    """OpenAI's evals as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: OpenAIEval) -> None:
        """Insert an eval."""
        row = {name: getattr(new, name) for name in OpenAIEval.__dataclass_fields__}
        self._connection.execute(insert(openai_evals), {**row, "metadata": _text(new.metadata)})

    def get(self, eval_id: str, *, tenant: str) -> OpenAIEval | None:
        """Return the eval, or nothing if there is none or it is another tenant's."""
        row = self._connection.execute(_ONE, {"eval": eval_id}).one_or_none()
        return _eval(row) if row is not None and row.tenant == tenant else None

    def list(
        self, *, tenant: str, after: str | None, oldest_first: bool, limit: int
    ) -> builtins.list[OpenAIEval]:
        """Return a page of the tenant's evals; `after` ended the page before."""
        column = openai_evals.c.id
        query = select(openai_evals).where(openai_evals.c.tenant == tenant)
        if after is not None:
            query = query.where(column > after if oldest_first else column < after)
        query = query.order_by(column.asc() if oldest_first else column.desc()).limit(limit)
        return [_eval(row) for row in self._connection.execute(query)]

    def change(self, eval_id: str, *, name: str | None, metadata: dict[str, str] | None) -> None:
        """Set the name and the metadata."""
        self._connection.execute(
            _CHANGE, {"eval": eval_id, "new_name": name, "new_metadata": _text(metadata)}
        )

    def delete(self, eval_id: str) -> None:
        """Delete the eval; its runs stay in the series of their name."""
        self._connection.execute(_DELETE, {"eval": eval_id})


def _text(value: object) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def _eval(row: AnyRow) -> OpenAIEval:
    return OpenAIEval(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        config=row.config,
        metadata=_decode_metadata(row.metadata or "null"),
        created_at=row.created_at,
    )
