"""One process's side of exchanges with a lane, by a clock moved by hand; the script runs in a real Valkey."""

import json

from worker.limits.exchange import (
    BucketSeen,
    Fault,
    Message,
    Observed,
    Refused,
    StartLimits,
    Tally,
    decode_reply,
    encode_message,
)
from worker.limits.lane import Lane
from worker.limits.limiter import Drawn
from worker.limits.script import keys_of, script_text

START = 1_795_000_000.0
LANE = Lane("account", "haiku-4-5")
MANY = 10**9


class Conversation:
    def __init__(self, redis, *, holder="one", lane=LANE, start=None):
        self.redis, self.holder, self.lane = redis, holder, lane
        self.start = start or StartLimits(requests=600)
        self.script = redis.register_script(script_text())
        self.held, self.now, self.last = 0, START, None

    def tell(self, *, asks=None, **news):
        message = Message(
            holder=self.holder, held=self.held, start=self.start, asks=asks, now=self.now, **news
        )
        self.last = decode_reply(self.script(keys=keys_of(self.lane), args=[encode_message(message)]))
        self.held += self.last.count
        return self.last

    def admitted(self, calls, *, tokens=1, after_s=0.0, land=True, **news):
        """How many of so many calls may start; they land at once unless they are to be kept."""
        self.now += after_s
        count = self.tell(asks=[tokens] * calls, **news).count
        if land:
            self.held -= count
        return count

    def flow(self, *, for_s, tokens=1, step_s=0.05):
        """How many calls start in so long if there are always more than may, each landing at once."""
        return sum(self.admitted(500, tokens=tokens, after_s=step_s) for _ in range(round(for_s / step_s)))

    def learn(self, *, at=None, drawn=None, full_in_s=None, **buckets):
        """Tell of an answer that was admitted at `at`; buckets as `requests=(limit, left)`."""
        at = self.now if at is None else at
        full_at = None if full_in_s is None else at + full_in_s
        seen = {
            name: BucketSeen(limit=pair[0], left=pair[1], full_at=full_at) for name, pair in buckets.items()
        }
        before = self.last or self.tell()
        observed = Observed(at=at, born=before.born, drawn=drawn or self.tell().drawn, buckets=seen)
        return self.tell(observed=observed)

    def outcomes(self, *, good=0, bad=0, **more):
        at = self.now
        return self.tell(tally=Tally(good=good, bad=bad, good_at=at, bad_at=at, **more))

    def refuse(self, wait_s, *, at=None, is_crowd=False):
        at = self.now if at is None else at
        return self.tell(refused=Refused(at=at, wait_s=wait_s, is_crowd=is_crowd))

    def fault(self, reason, *, at=None):
        return self.tell(fault=Fault(at=self.now if at is None else at, reason=reason))

    @property
    def state(self):
        return json.loads(self.redis.get(keys_of(self.lane)[0]))


def known(redis, *, limit=600, left=None, width_s=None, **options):
    """A lane whose requests are known to be limited so, `width_s` seconds wide and with so much left."""
    talk = Conversation(redis, start=StartLimits(requests=limit), **options)
    talk.admitted(1)
    talk.learn(requests=(limit, limit if left is None else left), full_in_s=width_s)
    return talk


NOTHING_DRAWN = Drawn()
