"""What the workers' heartbeats look like when time passes them by, or when the database's clock is set."""

from datetime import timedelta

from sqlalchemy import select, update

from jobs.store.connect import open_engine
from jobs.store.tables import workers


def age(database_url: str, by: timedelta, *, worker_id: str | None = None) -> None:
    """Make the heartbeats of one worker, or of all, older by `by`.

    Those of one: it has been silent. Those of all: the database's clock was set ahead, or, where `by` is
    below zero, put back.
    """
    engine = open_engine(database_url)
    with engine.begin() as connection:
        for known_id, beat_at in connection.execute(select(workers.c.id, workers.c.beat_at)).all():
            if worker_id in {None, known_id}:
                older = update(workers).where(workers.c.id == known_id).values(beat_at=beat_at - by)
                connection.execute(older)
    engine.dispose()
