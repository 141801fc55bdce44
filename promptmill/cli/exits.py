"""The exit codes, and which error ends in which."""

from collections.abc import Mapping
from enum import IntEnum
from http import HTTPStatus

from jobs.errors import PromptmillError, SettingError, StoreUnavailableError
from promptmill.errors import InputError, RefusedError, ServerUnreachableError, StackError, StackStartError


class ExitCode(IntEnum):
    """What the command's end tells a script."""

    OK = 0
    JOBS_FAILED = 1
    """The command did its work, and some of the jobs did not succeed."""
    BAD_USAGE = 2
    """Bad usage, bad input, or something that the server refuses; also the code of bad options."""
    NO_SERVER = 3
    """No server to be found, or it does not answer, or it cannot reach its database."""
    EVAL_WORSE = 4
    """An evaluation is worse than before, or below its bar, and that was to be told."""
    INTERRUPTED = 130
    """Ctrl-C; what was submitted goes on."""


EXITS: Mapping[type[PromptmillError], ExitCode] = {
    InputError: ExitCode.BAD_USAGE,
    RefusedError: ExitCode.BAD_USAGE,
    ServerUnreachableError: ExitCode.NO_SERVER,
    SettingError: ExitCode.BAD_USAGE,
    StackError: ExitCode.BAD_USAGE,
    StackStartError: ExitCode.NO_SERVER,
    StoreUnavailableError: ExitCode.NO_SERVER,
}


def exit_code_of(error: PromptmillError) -> ExitCode:
    """Return the code with which the command ends after `error`."""
    if isinstance(error, RefusedError) and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ExitCode.NO_SERVER
    return next((EXITS[kind] for kind in type(error).__mro__ if kind in EXITS), ExitCode.BAD_USAGE)
