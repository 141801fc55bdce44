"""`python -m api`: serve the HTTP API with the settings of the environment."""

import os
import sys

from jobs.errors import PromptmillError, SettingError
from jobs.loading import loading
from jobs.settings import read_settings

BAD_SETTING = 2
FAILED = 1


def main() -> int:
    """Serve until a signal comes; return the exit code: 2 for a bad setting, 1 for a failed start."""
    try:
        settings = read_settings(os.environ)
        with loading():  # a second or more: a bad setting is told before
            from api.serving import serve  # noqa: PLC0415
        serve(settings, migrates=os.environ.get("PROMPTMILL_MIGRATE") == "1")
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_SETTING
    except PromptmillError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
