"""The limiter for a private endpoint: everything may start at once."""

from collections.abc import Sequence

from worker.limits.lane import Lane
from worker.limits.limiter import Admission, Ask, Drawn, Landed, Permit

_NOTHING_DRAWN = Drawn()


class NoLimits:
    """Admits everything."""

    async def admit(self, lane: Lane, asks: Sequence[Ask]) -> Admission:
        """Give leave to all of `asks`."""
        return Admission(
            permits=[
                Permit(
                    lane=lane,
                    ask=ask,
                    input_tokens=ask.input_tokens,
                    output_tokens=0,
                    admitted_at=0.0,
                    drawn=_NOTHING_DRAWN,
                    born=0.0,
                )
                for ask in asks
            ]
        )

    def departed(self, permit: Permit, *, late_s: float) -> None:
        """Do nothing: nothing is kept apart."""

    def landed(self, permit: Permit, landed: Landed) -> None:
        """Do nothing: nothing was held."""

    async def close(self) -> None:
        """Do nothing."""
