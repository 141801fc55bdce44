"""What one process knows of one lane between two exchanges with it."""

from collections.abc import Mapping, Sequence

from claude.answer import TokenUsage
from claude.errors import NO_HEADERS
from worker.limits.estimates import Estimates
from worker.limits.exchange import Fault, Message, Observed, Refused, Reply, StartLimits, Tally
from worker.limits.headers import buckets_seen, limits_said
from worker.limits.lane import Lane
from worker.limits.limiter import Admission, Ask, Drawn, Landed, Pause, Permit, Refusal, RefusalKind

LATE_S = 0.005  # what is less lies within what is kept between calls anyway


class Ledger:
    """Sums up what came down, keeps the newest headers, and makes permits out of replies; does no I/O."""

    def __init__(self, *, lane: Lane, holder: str, estimates: Estimates) -> None:
        limits = lane.start_limits
        self._lane = lane
        self._holder = holder
        self._estimates = estimates
        self._start = StartLimits(
            requests=limits.requests,
            input=limits.input_tokens,
            output=limits.output_tokens,
            in_flight=limits.in_flight,
        )
        self._open: set[Permit] = set()
        self._tally = Tally()
        self._newest: tuple[Permit, Mapping[str, str]] | None = None
        self._observed: Observed | None = None
        self._limits: tuple[str | None, ...] = limits_said(NO_HEADERS)
        self._refused: Refused | None = None
        self._fault: Fault | None = None
        self.has_news = False
        """Whether there is anything to tell."""
        self.is_urgent = False
        """Whether others should know at once."""

    @property
    def held(self) -> int:
        """Return how many permits have not come back."""
        return len(self._open)

    def message(self, asks: Sequence[Ask] = ()) -> Message:
        """Return all there is to say and forget the sums; what was learned is repeated, lest Redis forget."""
        if self._newest:
            self._observed = _observed(*self._newest)
            self._newest = None
        message = Message(
            holder=self._holder,
            held=self.held,
            start=self._start,
            asks=[self._estimates.corrected(ask.model, ask.input_tokens) for ask in asks] or None,
            tally=self._tally,
            observed=self._observed,
            refused=self._refused,
            fault=self._fault,
        )
        self._tally, self._refused, self._fault = Tally(), None, None
        self.has_news = self.is_urgent = False
        return message

    def admission(
        self, asks: Sequence[Ask], message: Message, reply: Reply, *, departs_at: float = 0.0
    ) -> Admission:
        """Return what `reply` means for `asks`, whose message was `message`, and who may leave then."""
        drawn = reply.drawn
        permits: list[Permit] = []
        for ask, tokens in zip(asks[: reply.count], message.asks or (), strict=False):
            drawn = Drawn(
                requests=drawn.requests + 1,
                input=drawn.input + tokens,
                output=drawn.output + reply.output,
                total=drawn.total + tokens + reply.output,
            )
            permits.append(
                Permit(
                    lane=self._lane,
                    ask=ask,
                    input_tokens=tokens,
                    output_tokens=reply.output,
                    admitted_at=reply.now,
                    drawn=drawn,
                    born=reply.born,
                    departs_at=departs_at,
                )
            )
        self._open.update(permits)
        pause = Pause(reply.until, reply.reason or "") if reply.until is not None else None
        return Admission(permits=permits, wait_s=reply.wait, pause=pause)

    def abandon(self) -> None:
        """Give up all permits that have not come back: their process ends."""
        self._open.clear()

    def departed(self, late_s: float) -> None:
        """Have it told at once if a call left late: the next would come too soon after it."""
        if late_s >= LATE_S:
            self._tally.late += late_s
            self.has_news = self.is_urgent = True

    def landed(self, permit: Permit, landed: Landed) -> None:
        """Take back `permit`; a second time changes nothing."""
        if permit not in self._open:
            return
        self._open.remove(permit)
        self.has_news = True
        if landed.usage is not None:
            self._measure(permit, landed.usage)
        elif landed.was_answered or not landed.was_sent:
            self._give_back(permit, landed)
        if landed.headers:
            self._hear(permit, landed.headers)
        if landed.refusal:
            self._refuse(permit, landed.refusal)
        elif landed.was_answered:
            self._tally.good += 1
            self._tally.good_at = max(self._tally.good_at, permit.admitted_at)

    def _measure(self, permit: Permit, usage: TokenUsage) -> None:
        counted = usage.input + usage.cache_write
        self._estimates.learn(permit.ask.model, permit.ask.input_tokens, counted)
        self._tally.input += counted - permit.input_tokens
        self._tally.output += usage.output - permit.output_tokens
        self._tally.measured += 1
        self._tally.measured_output += usage.output

    def _give_back(self, permit: Permit, landed: Landed) -> None:
        self._tally.output -= permit.output_tokens
        if not landed.was_sent or (landed.refusal and landed.refusal.kind is not RefusalKind.OVERLOAD):
            self._tally.input -= permit.input_tokens
            self._tally.requests -= 1

    def _hear(self, permit: Permit, headers: Mapping[str, str]) -> None:
        newest = self._newest[0].admitted_at if self._newest else self._observed.at if self._observed else 0.0
        if permit.admitted_at < newest or not any(limits := limits_said(headers)):
            return
        self._newest = (permit, headers)
        if limits != self._limits:
            self._limits = limits
            self.is_urgent = True

    def _refuse(self, permit: Permit, refusal: Refusal) -> None:
        at = permit.admitted_at
        match refusal.kind:
            case RefusalKind.OVERLOAD:
                self._tally.bad += 1
                self._tally.bad_at = max(self._tally.bad_at, at)
            case RefusalKind.ACCOUNT:
                self._fault = Fault(at=at, reason=refusal.reason)
                self.is_urgent = True
            case RefusalKind.RATE | RefusalKind.CONCURRENCY:
                self._refused = _sterner(self._refused, _refused(at, refusal))
                self.is_urgent = True


def _refused(at: float, refusal: Refusal) -> Refused:
    return Refused(
        at=at, wait_s=max(0.0, refusal.wait_s or 0.0), is_crowd=refusal.kind is RefusalKind.CONCURRENCY
    )


def _sterner(one: Refused | None, other: Refused) -> Refused:
    if one is None:
        return other
    return Refused(
        at=max(one.at, other.at),
        wait_s=max(one.wait_s, other.wait_s),
        is_crowd=one.is_crowd or other.is_crowd,
    )


def _observed(permit: Permit, headers: Mapping[str, str]) -> Observed:
    return Observed(
        at=permit.admitted_at,
        born=permit.born,
        drawn=permit.drawn,
        buckets=buckets_seen(headers),
    )
