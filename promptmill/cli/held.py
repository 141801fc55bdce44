"""Says in words why a batch stands still for want of money, and what to do about it."""

from promptmill.records import Batch


def held_for(batch: Batch) -> str | None:
    """Return why no job of `batch` is started, if a budget is spent."""
    if batch.held is None:
        return None
    if batch.held.reason == "max_cost":
        return f"{batch.held.message}, by `promptmill budget {batch.id} --max-cost USD`"
    return batch.held.message


class HeldNotice:
    """Notes when the reason changes, so that it is said once and not with each look."""

    def __init__(self) -> None:
        self._reason: str | None = None

    def news(self, batch: Batch) -> str | None:
        """Return what is to be said after this look, if anything."""
        reason = None if batch.held is None else batch.held.reason
        if reason == self._reason:
            return None
        self._reason = reason
        return held_for(batch) or "there is money again: the batch goes on"
