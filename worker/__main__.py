"""`python -m worker` runs a worker, `python -m worker beat` its clock; settings come from the environment."""

import os
import sys

from jobs.errors import PromptmillError, SettingError
from jobs.loading import loading
from jobs.settings import read_settings

FAILED = 1
BAD_USAGE = 2


def main(arguments: list[str]) -> int:
    """Run until told to stop; return the exit code: 2 for a bad setting, 1 for a failed start."""
    if arguments not in ([], ["beat"]):
        sys.stderr.write(f"python -m worker takes nothing, or `beat`; not {' '.join(arguments)!r}\n")
        return BAD_USAGE
    try:
        settings = read_settings(os.environ)
        # Each takes what it needs only, and a bad setting is told before: a worker's imports take a second.
        if arguments == ["beat"]:
            with loading():
                from worker.beat import run_beat  # noqa: PLC0415 - as said above
            return run_beat(settings)
        with loading():
            from worker.running import run_worker  # noqa: PLC0415 - as said above
        return run_worker(settings)
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_USAGE
    except PromptmillError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
