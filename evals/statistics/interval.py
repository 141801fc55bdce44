"""An estimate with its uncertainty."""

import msgspec


class Interval(msgspec.Struct, kw_only=True, frozen=True):
    """From where to where."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether all of it is on one side of zero."""
        return self.low > 0 or self.high < 0
