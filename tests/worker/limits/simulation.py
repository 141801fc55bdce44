"""A fleet on one lane by a clock of its own: the real script in a real Valkey, a minute in a second."""

import heapq
import random
from dataclasses import dataclass, field, replace
from itertools import count

import msgspec

from claude.answer import TokenUsage
from worker.limits.estimates import Estimates
from worker.limits.exchange import decode_reply, encode_message
from worker.limits.lane import Lane
from worker.limits.ledger import Ledger
from worker.limits.limiter import Ask, Landed, Refusal, RefusalKind
from worker.limits.redis_limiter import NEWS_S
from worker.limits.script import keys_of, script_text

START = 1_795_000_000.0
LANE = Lane("account", "haiku-4-5")


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What a fleet's calls are like; times in seconds."""

    workers: int = 1
    slots: int = 40
    input_tokens: tuple[int, int] = (10, 20)
    estimated: float = 1.0  # how far the estimates of input tokens are off
    output_tokens: tuple[int, int] = (5, 15)
    latency_s: tuple[float, float] = (0.05, 0.15)
    way_s: tuple[float, float] = (0.001, 0.02)
    late_s: tuple[float, float] = (0.0, 0.004)  # how late a worker wakes up


@dataclass
class Simulation:
    """Runs events in the order of their times."""

    redis: object
    claude: object
    habits: Habits
    seed: int = 0
    now: float = START
    events: list = field(default_factory=list)

    def __post_init__(self):
        self.script = self.redis.register_script(script_text())
        self.random = random.Random(self.seed)
        self.tiebreak = count()
        self.workers = [Worker(self, f"worker-{number}") for number in range(self.habits.workers)]
        for worker in self.workers:
            self.at(self.random.random() * 0.02, worker.ask)
            self.at(NEWS_S, worker.tell)

    def at(self, in_s, do, *arguments):
        heapq.heappush(self.events, (self.now + in_s, next(self.tiebreak), do, arguments))

    def run(self, for_s):
        until = self.now + for_s
        while self.events and self.events[0][0] <= until:
            self.now, _, do, arguments = heapq.heappop(self.events)
            do(*arguments)
        self.now = until
        return self

    def draw(self, low, high):
        return self.random.uniform(low, high) if isinstance(low, float) else self.random.randint(low, high)

    def exchange(self, message):
        message = msgspec.structs.replace(message, now=self.now)
        return decode_reply(self.script(keys=keys_of(LANE), args=[encode_message(message)]))

    def change(self, **habits):
        self.habits = replace(self.habits, **habits)


class Worker:
    """One process: asks for more than it gets, always."""

    def __init__(self, simulation, name):
        self.sim = simulation
        self.ledger = Ledger(lane=LANE, holder=name, estimates=Estimates())
        self.asks = []

    def ask(self):
        sim, habits = self.sim, self.sim.habits
        free = habits.slots - self.ledger.held
        while len(self.asks) < free:
            tokens = sim.draw(*habits.input_tokens)
            self.asks.append((tokens, Ask(model="m", input_tokens=round(tokens * habits.estimated))))
        asks = [ask for _, ask in self.asks[:free]]
        wait_s = 0.05
        if asks:
            message = self.ledger.message(asks)
            admission = self.ledger.admission(asks, message, sim.exchange(message))
            for permit, (tokens, _) in zip(admission.permits, self.asks, strict=False):
                sim.at(sim.draw(*habits.way_s), self.arrive, permit, tokens)
            del self.asks[: admission.count]
            wait_s = max(admission.wait_s, 0.001)
        sim.at(wait_s + sim.draw(*habits.late_s), self.ask)

    def arrive(self, permit, tokens):
        sim, habits = self.sim, self.sim.habits
        headers, wait_s = sim.claude.call(tokens, sim.now)
        if wait_s is not None:
            refusal = Refusal(kind=RefusalKind.RATE, wait_s=wait_s)
            sim.at(sim.draw(*habits.way_s), self.land, permit, Landed(headers=headers, refusal=refusal))
            return
        output = sim.draw(*habits.output_tokens)
        landed = Landed(usage=TokenUsage(input=tokens, output=output), headers=headers)
        sim.at(sim.draw(*habits.latency_s), self.finish, permit, landed)

    def finish(self, permit, landed):
        self.sim.claude.answer(landed.usage.output, self.sim.now)
        self.land(permit, landed)

    def land(self, permit, landed):
        self.ledger.landed(permit, landed)
        if self.ledger.is_urgent:
            self.sim.exchange(self.ledger.message())

    def tell(self):
        if self.ledger.has_news:
            self.sim.exchange(self.ledger.message())
        self.sim.at(NEWS_S, self.tell)
