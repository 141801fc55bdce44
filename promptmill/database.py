"""The database that some commands work on directly: DATABASE_URL's, or the one in a stack's folder."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

from sqlalchemy import make_url

from jobs.errors import SettingError
from jobs.settings import read_settings
from jobs.store.connect import open_engine
from jobs.store.migrate import is_current, upgrade
from jobs.store.store import Store
from promptmill.stack.folder import DataFolder


@contextmanager
def database(
    folder: DataFolder, *, may_make: bool, environment: Mapping[str, str] = os.environ
) -> Iterator[tuple[Store, str]]:
    """Yield the store at DATABASE_URL, else the one in `folder`, and its address fit to be shown.

    The folder's own is brought up to date as `promptmill up` does it, and made if `may_make`. Raises
    `SettingError` if there is none, or if the one at DATABASE_URL is not up to date.
    """
    given = dict(environment)
    is_the_folders = not given.get("DATABASE_URL")
    if is_the_folders:
        given["DATABASE_URL"] = f"sqlite:///{folder.database}"
        _prepare(folder, may_make=may_make)
    url = read_settings(given).database_url
    if is_the_folders:
        upgrade(url)
    elif not is_current(url):
        raise SettingError(
            "the database at DATABASE_URL is not up to date: run `promptmill db upgrade` first"
        )
    with closing(Store(open_engine(url, pool_size=1))) as store:
        yield store, make_url(url).render_as_string(hide_password=True)


def _prepare(folder: DataFolder, *, may_make: bool) -> None:
    if may_make:
        folder.make()
    elif not folder.database.exists():
        raise SettingError(
            f"there is no database in {folder.path}: name the folder with --data, or set DATABASE_URL"
        )
