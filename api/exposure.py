"""Whether an api may be reached from elsewhere: only where it asks for keys, and somebody has one."""

from jobs.errors import SettingError, StoreUnavailableError
from jobs.loopback import is_loopback
from jobs.settings import Settings
from jobs.store.store import Store


def require_keys(settings: Settings, store: Store) -> None:
    """Raise `SettingError` if the api is to listen beyond loopback and no key was ever made.

    With a database that is down it may start: it lets nobody in without a key, whatever there is.
    """
    if is_loopback(settings.host):
        return
    # Alembic takes 0.2 s to load, which is of use here only.
    from jobs.store.migrate import is_current  # noqa: PLC0415

    try:
        if not is_current(settings.database_url):
            raise SettingError(
                "the database is not at this version's tables: run `promptmill db upgrade` first"
            )
        with store.read() as tx:
            if tx.keys.are_made():
                return
    except StoreUnavailableError:
        return
    raise SettingError(
        f"PROMPTMILL_HOST is {settings.host}, which others can reach, and there are no keys to tell who may: "
        "make one with `promptmill keys create`, or listen on 127.0.0.1"
    )
