"""Who may come in, as the database has it, remembered for a moment."""

import hmac

from api.memo import Memo
from jobs.key import Key, Token
from jobs.store.store import Store
from jobs.tenant import DEFAULT_TENANT, Tenant

BELIEVED_S = 2.0  # how long a key that was revoked may still open, and an api that was open stays so
MOST_REMEMBERED = 10_000


class Keyring:
    """Checks keys; each api process asks the database about the same key every two seconds at most."""

    def __init__(self, *, store: Store, stack_key: str | None) -> None:
        self._store = store
        self._stack_key = (stack_key or "").encode()
        self._holders = Memo(self._holder, lasts_s=BELIEVED_S, most=MOST_REMEMBERED)
        self._tenants = Memo(self._tenant, lasts_s=BELIEVED_S, most=MOST_REMEMBERED)
        self._made = Memo(self._are_made, lasts_s=BELIEVED_S, most=1)
        self._were_made = False

    async def are_made(self) -> bool:
        """Return whether there ever was a key; raises `StoreUnavailableError`."""
        self._were_made = self._were_made or await self._made.get("")
        return self._were_made

    async def holder(self, shown: str) -> Tenant | None:
        """Return the tenant whose key was shown, None if it is nobody's; raises `StoreUnavailableError`."""
        if self._stack_key and hmac.compare_digest(shown.encode(), self._stack_key):
            return await self.tenant(DEFAULT_TENANT)
        if (token := Token.read(shown)) is None:
            return None
        key, tenant = await self._holders.get(token.id)
        return tenant if key is not None and key.is_good(token) else None

    async def tenant(self, name: str) -> Tenant:
        """Return what is laid down for a tenant; raises `StoreUnavailableError`."""
        return await self._tenants.get(name)

    def _holder(self, key_id: str) -> tuple[Key | None, Tenant | None]:
        with self._store.read() as tx:
            key = tx.keys.get(key_id)
            return key, None if key is None else tx.tenants.get(key.tenant)

    def _tenant(self, name: str) -> Tenant:
        with self._store.read() as tx:
            return tx.tenants.get(name)

    def _are_made(self, _: str) -> bool:
        with self._store.read() as tx:
            return tx.keys.are_made()
