"""`promptmill db upgrade`: brings the database up to date, in a process of its own."""

import os
import sys

from sqlalchemy import make_url

from jobs.errors import PromptmillError, SettingError
from jobs.log import configure_logging
from jobs.settings import read_settings
from jobs.store.migrate import upgrade

BAD_SETTING = 2
NO_DATABASE = 3


def main() -> int:
    """Upgrade the database that the environment names; return the exit code."""
    try:
        settings = read_settings(os.environ)
        configure_logging(settings.log_format)
        upgrade(settings.database_url)
        shown = make_url(settings.database_url).render_as_string(hide_password=True)
        sys.stderr.write(f"promptmill: the tables in {shown} are up to date\n")
    except SettingError as error:
        sys.stderr.write(f"promptmill: {error}\n")
        return BAD_SETTING
    except PromptmillError as error:
        sys.stderr.write(f"promptmill: {error}\n")
        return NO_DATABASE
    return 0


if __name__ == "__main__":
    sys.exit(main())
