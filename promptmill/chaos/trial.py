"""One trial: a batch, one kind of fault in the middle of it, and what became of every job."""

import time
from collections import Counter
from collections.abc import Callable

import httpx
import msgspec

from jobs.errors import PromptmillError
from promptmill.chaos.faults import Fault
from promptmill.chaos.finding import Finding
from promptmill.chaos.patience import WaitedInVainError
from promptmill.chaos.scene import Scene, Sent, answer, custom_id

EARLIEST, LATEST = 0.03, 0.75  # of the batch's jobs ended when a fault strikes
LATEST_LASTING = 0.4  # or one that takes its time would outlive the batch
STALL_S = 120.0  # without a single job ended: it hangs
Progress = Callable[[str], None]


class _Calls(msgspec.Struct, frozen=True):
    """The sandbox's sums; see docs/sandbox.md."""

    total: int
    prompts: int
    prompts_answered_more_than_once: int


class Trial:
    """Runs one kind of fault against one batch."""

    def __init__(self, fault: Fault, scene: Scene, *, jobs: int, show: Progress) -> None:
        self._fault = fault
        self._scene = scene
        self._jobs = jobs
        self._show = show
        self._struck = 0
        self._recoveries: list[float] = []

    def run(self) -> Finding:
        """Run it to the end of all its batches; what hangs is a finding, not an error."""
        began = time.monotonic()
        self._ledger("DELETE")
        try:
            self._scene.until(self._are_workers_known, "all workers to be at work", timeout_s=STALL_S)
            main = self._scene.submit(self._jobs)
            for moment in self._moments():
                if self._wait(main, moment) >= self._jobs:
                    break
                self._strike(main)
            for sent in self._scene.sent:
                self._wait(sent, len(sent.sums))
        except WaitedInVainError as error:
            self._scene.problems.append(str(error))
        return self._finding(time.monotonic() - began)

    def _are_workers_known(self) -> bool:
        return all(self._scene.record.worker_of(worker.pid) for worker in self._scene.crew.workers)

    def _moments(self) -> list[int]:
        """Return how many jobs shall have ended at each strike."""
        latest = LATEST_LASTING if self._fault.lasts else LATEST
        low, high = int(self._jobs * EARLIEST), int(self._jobs * latest)
        return sorted(self._scene.chance.randint(low, high) for _ in range(self._fault.times))

    def _strike(self, main: Sent) -> None:
        began = time.monotonic()
        self._struck += 1
        self._fault.strike(self._scene)
        ended = self._scene.record.ended(main.batch_id)
        if self._fault.lasts:
            began = time.monotonic()
        if ended < self._jobs:
            self._wait(main, ended + 1)
            self._recoveries.append(time.monotonic() - began)

    def _wait(self, sent: Sent, wanted: int) -> int:
        """Wait until the api shows `wanted` jobs ended, and return how many there are."""
        latest, since = -1, time.monotonic()
        reached: list[int] = []

        def look() -> bool:
            nonlocal latest, since
            batch = self._scene.look(sent.batch_id)
            ended = batch.counts.ended if batch else latest
            if ended > latest:
                latest, since = ended, time.monotonic()
            self._tell(max(latest, 0))
            if time.monotonic() - since > STALL_S:
                raise WaitedInVainError(f"no job of {sent.batch_id} has ended for {STALL_S:.0f} s")
            reached.append(ended)
            return ended >= wanted and (wanted < len(sent.sums) or bool(batch and batch.has_ended))

        self._scene.until(look, f"{wanted:,} jobs to end", timeout_s=STALL_S * self._jobs)
        return reached[-1]

    def _tell(self, ended: int) -> None:
        times = f"{self._struck} of {self._fault.times}"
        self._show(f"{self._fault.title}: {times}; {ended:,} of {self._jobs:,} jobs ended")

    def _finding(self, took_s: float) -> Finding:
        scene = self._scene
        lost = doubled = 0
        for sent in scene.sent:
            lost_here, doubled_here = self._verify(sent)
            lost, doubled = lost + lost_here, doubled + doubled_here
            if failures := scene.record.failures(sent.batch_id):
                scene.problems.append(f"{failures} failures were counted against jobs of {sent.batch_id}")
        calls = self._ledger("GET")
        return Finding(
            fault=self._fault.name,
            title=self._fault.title,
            struck=self._struck,
            jobs=sum(len(sent.sums) for sent in scene.sent),
            lost=lost,
            doubled=doubled,
            duplicate_calls=calls.total - calls.prompts,
            answered_twice=calls.prompts_answered_more_than_once,
            in_flight=scene.in_flight,
            recovery_s=max(self._recoveries, default=None),
            took_s=took_s,
            problems=scene.problems,
            remarks=scene.remarks,
        )

    def _verify(self, sent: Sent) -> tuple[int, int]:
        """Return how many jobs have no right answer, and how many have more than one."""
        try:
            results = list(self._scene.client.results(sent.batch_id))
        except PromptmillError as error:
            self._scene.problems.append(f"the results of {sent.batch_id} cannot be fetched: {error}")
            return len(sent.sums), 0
        seen = Counter(result.custom_id for result in results)
        answers = {result.custom_id: result.text or "" for result in results if result.state == "succeeded"}
        lost = sum(answer(number) not in answers.get(custom_id(number), "").split() for number in sent.sums)
        strangers = seen.keys() - {custom_id(number) for number in sent.sums}
        doubled = sum(count - 1 for count in seen.values()) + len(strangers)
        return lost, doubled + self._scene.record.answered_twice(sent.batch_id)

    def _ledger(self, method: str) -> _Calls:
        url = self._scene.crew.sandbox_url
        path = "/_sandbox/calls" if method == "DELETE" else "/_sandbox/summary"
        answered = httpx.request(method, f"{url}{path}", timeout=STALL_S).raise_for_status()
        return msgspec.json.decode(answered.content, type=_Calls)
