"""Group commit: what is to be written in the same few milliseconds shares one transaction."""

import math
import threading
import time
from collections.abc import Callable, Mapping

import msgspec.structs
import structlog

from jobs.chunk import NewChunk
from jobs.clock import Clock
from jobs.errors import PromptmillError, StoreUnavailableError
from jobs.job import JobError, JobState, Usage
from jobs.news import News
from jobs.outcome import Outcome, Reason
from jobs.store.store import Store, Transaction
from worker.engine.group import Claim, Group
from worker.engine.held import Held
from worker.engine.register import Register
from worker.metrics.counts import Counts

GROUP_SIZE = 500  # outcomes and chunks written in one transaction at most
LINGER_S = 0.01  # so long a group may wait for more to come: a transaction costs much, a row in it little
FIRST_PAUSE_S = 0.1  # after the store was unavailable; doubles up to:
LONGEST_PAUSE_S = 2.0


class Writer:
    """A thread that claims, appends, settles and beats in groups.

    Outcomes and chunks are kept until they are written, however long the store is away; both are keyed
    by attempt, so a group that is tried again writes nothing twice. Claims are refused meanwhile.
    """

    def __init__(
        self,
        *,
        name: str,
        is_interactive: bool = False,
        lingers_from: float = math.inf,
        store: Store,
        register: Register,
        held: Held,
        clock: Clock,
        counts: Counts,
        news: News | None,
        on_written: Callable[[], None],
    ) -> None:
        """Have the thread called `name`, and share `held` with the process's other writers.

        With `lingers_from` so many calls in flight or more, a group waits a moment for more to come.
        """
        self._is_interactive = is_interactive
        self._lingers_from = lingers_from
        self._store = store
        self._register = register
        self._held = held
        self._clock = clock
        self._counts = counts
        self._news = news
        self._on_written = on_written
        self.written = 0
        """How many outcomes were written."""
        self._is_unsure = False
        self._log = structlog.get_logger("recorder")
        self._ready = threading.Condition()
        self._next = Group()
        self._writing = Group()
        self._stopping = False
        self._gave_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def finish(self) -> None:
        """Have the thread write what is left, and then end."""
        with self._ready:
            self._stopping = True
            self._ready.notify()

    def join(self, patience_s: float) -> None:
        """Wait for the thread to end, for `patience_s` at most."""
        self._thread.join(patience_s)

    def give_up(self) -> None:
        """Have the thread end after what it is writing, whatever is left."""
        self._gave_up.set()

    def left(self, patience_s: float) -> list[Outcome]:
        """Return the outcomes that were not written, once the thread has ended or `patience_s` are over."""
        self._thread.join(patience_s)
        if not self._thread.is_alive():
            return self._next.outcomes
        # It hangs in the driver; if that was written after all, the fence holds.
        return self._next.outcomes + self._writing.outcomes

    def claim(self, claim: Claim) -> None:
        """Have `claim` made with the next group."""
        with self._ready:
            self._next.claims.append(claim)
            self._ready.notify()

    def settle(self, outcome: Outcome) -> None:
        """Have `outcome` written with the next group."""
        with self._ready:
            self._next.outcomes.append(outcome)
            self._ready.notify()

    def append(self, chunk: NewChunk) -> None:
        """Have `chunk` written with the next group."""
        with self._ready:
            self._next.chunks.append(chunk)
            self._ready.notify()

    def beat(self, in_flight: int) -> None:
        """Have the worker's heartbeat written with the next group."""
        with self._ready:
            self._next.in_flight = in_flight
            self._ready.notify()

    def _run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while (group := self._wait_for_group()) is not None:
            self._writing = group
            try:
                self._write(group)
                pause_s = FIRST_PAUSE_S
            except StoreUnavailableError as error:
                self._keep(group, error)
                pause_s = self._rest(pause_s)
            except Exception as error:  # noqa: BLE001 - if this thread died, every outcome would be lost
                self._log.exception("group_refused", outcomes=len(group.outcomes), chunks=len(group.chunks))
                if not self._write_apart(group, error):
                    pause_s = self._rest(pause_s)
            if self._gave_up.is_set():
                return

    def _rest(self, pause_s: float) -> float:
        """Wait for the store to recover; return how long to wait the next time."""
        self._gave_up.wait(pause_s)
        return min(pause_s * 2, LONGEST_PAUSE_S)

    def _wait_for_group(self) -> Group | None:
        """Return what there is to write, which is nothing while we are only unsure; no group is the end."""
        with self._ready:
            self._ready.wait_for(lambda: self._next or self._is_unsure or self._stopping)
        if len(self._held) >= self._lingers_from:
            self._gave_up.wait(LINGER_S)
        with self._ready:
            if self._stopping and not self._next:
                return None
            group, self._next = self._next, Group()
            if len(group.outcomes) > GROUP_SIZE:
                group.outcomes, self._next.outcomes = group.outcomes[:GROUP_SIZE], group.outcomes[GROUP_SIZE:]
            return group

    def _write(self, group: Group) -> None:
        is_beating = self._must_beat(group)
        wished = group.wished
        begun = time.perf_counter()
        try:
            with self._store.write() as tx:
                orphans = self._orphans(tx) if self._is_unsure else []
                if group.outcomes or orphans:
                    tx.jobs.settle([*group.outcomes, *orphans])
                if group.chunks:
                    tx.chunks.append_many(group.chunks)
                beat_at = self._register.beat(tx, in_flight=group.in_flight or 0) if is_beating else None
                self._held.wish(wished)
                claimed = tx.jobs.claim(wished, worker_id=self._register.worker_id, now=self._clock())
            self._held.add(claimed, is_interactive=self._is_interactive)
        finally:
            self._held.unwish(wished)
        self._is_unsure = False
        if rows := len(group.outcomes) + len(group.chunks) + len(claimed):
            self._counts.commit(rows, time.perf_counter() - begun)
        if beat_at is not None:
            self._register.presence.note(beat_at)
        told = {each.job_id: self._held.remove((each.job_id, each.attempt)) for each in group.outcomes}
        # Of a first start the first chunk tells, or the end; who was told of a pause waits for the next.
        told |= {job.id: job.batch_id for job in claimed if job.attempt > 1}
        group.resolve_claims(claimed)
        if group.outcomes:
            self.written += len(group.outcomes)
            self._on_written()
        self._announce(group, told)

    def _announce(self, group: Group, moved: Mapping[str, str | None]) -> None:
        """Tell followers what was committed; `moved` leads from jobs that have moved to their batches."""
        jobs = moved.keys() | {chunk.job_id for chunk in group.chunks}
        batches = {batch_id for batch_id in moved.values() if batch_id is not None}
        if self._news is not None and jobs:
            self._news.announce(jobs=sorted(jobs), batches=sorted(batches))

    def _must_beat(self, group: Group) -> bool:
        """Return whether a heartbeat goes with this group: when due, and before a claim after a silence."""
        return group.in_flight is not None or (bool(group.claims) and not self._register.presence.is_fresh)

    def _orphans(self, tx: Transaction) -> list[Outcome]:
        """Return what gives back the jobs of claims that were committed although the answer was lost."""
        return [
            Outcome(
                job_id=job_id,
                attempt=attempt,
                state=JobState.QUEUED,
                ended_at=self._clock(),
                reason=Reason.CLAIM_LOST,
            )
            for job_id, attempt in self._held.lost(tx.jobs.running(self._register.worker_id))
        ]

    def _keep(self, group: Group, error: Exception) -> None:
        self._counts.fail_commit()
        self._refuse(group.claims, error)
        if not (group.outcomes or group.chunks or group.claims):
            return
        self._log.warning("store_unavailable", outcomes=len(group.outcomes), chunks=len(group.chunks))
        with self._ready:
            self._next.outcomes[:0] = group.outcomes
            self._next.chunks[:0] = group.chunks

    def _write_apart(self, group: Group, error: Exception) -> bool:
        """Write a refused group piece by piece, so that one bad row does not hold up the others.

        Returns false, with the outcomes kept for later, if it is the store that refuses: an answer that
        was paid for is given up for its own fault alone, and then its job is told so.
        """
        if not self._try(Group(in_flight=len(self._held))):
            self._keep(group, error)
            return False
        self._refuse(group.claims, error)
        for chunk in group.chunks:
            self._try(Group(chunks=[chunk]))
        kept = [outcome for outcome in group.outcomes if not self._settle_alone(outcome)]
        self._keep(Group(outcomes=kept), error)
        return not kept

    def _settle_alone(self, outcome: Outcome) -> bool:
        nameless = msgspec.structs.replace(outcome, request_id=None, usage=Usage())
        forms = (outcome, _unstorable(outcome), _unstorable(nameless))
        return any(self._try(Group(outcomes=[form])) for form in forms)

    def _refuse(self, claims: list[Claim], error: Exception) -> None:
        self._is_unsure = self._is_unsure or bool(claims)
        for claim in claims:
            claim.refuse(
                error
                if isinstance(error, PromptmillError)
                else PromptmillError(f"the claim's transaction was refused: {type(error).__name__}")
            )

    def _try(self, group: Group) -> bool:
        try:
            self._write(group)
        except StoreUnavailableError as error:
            self._keep(group, error)
        except Exception:  # noqa: BLE001 - as above
            self._log.exception("row_refused")
            return False
        return True


def _unstorable(outcome: Outcome) -> Outcome:
    error = JobError(type="storage_error", message="The store refused to keep what came back from Claude.")
    return msgspec.structs.replace(
        outcome, state=JobState.ERRORED, reason=Reason.REFUSED, run_at=None, response=None, error=error
    )
