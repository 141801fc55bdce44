"""How many jobs of a tenant may wait to be started: more are not taken."""

from jobs.errors import QueueFullError
from jobs.store.store import Transaction

ALONE = 1  # job, that comes without a batch


def require_room(tx: Transaction, tenant: str, count: int) -> None:
    """Raise `QueueFullError` if `count` more jobs are more than the tenant may have waiting or queued.

    Batches of one tenant are let in one after the other, or two at once could exceed the cap by a whole
    batch. Single jobs do not wait for each other, and can exceed it by as many as come at the same instant.
    """
    cap = tx.tenants.get(tenant).max_queued
    if cap is None:
        return
    if count > ALONE:
        tx.tenants.hold(tenant)
    queued = tx.jobs.startable_count(tenant, most=max(cap + 1 - count, 0))
    if queued + count > cap:
        raise QueueFullError(_sentence(tenant, cap, count), is_hopeless=count > cap)


def _sentence(tenant: str, cap: int, count: int) -> str:
    may = f"the tenant {tenant} may have {cap:,} jobs queued here"
    if count > cap:
        return f"{may}, and these are {count:,}; nothing was stored"
    return f"{may}, and has no room for {count:,} more; nothing was stored, try again when some are done"
