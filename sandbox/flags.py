"""The command line: flags to settings."""

import argparse
from dataclasses import dataclass
from typing import NoReturn

from sandbox.errors import SettingError
from sandbox.settings import Settings, changed

NUMBERS = {
    "latency-ms": ("time to the first byte, in milliseconds, give or take half of it (40)", float),
    "token-rate": ("output tokens a second in streams, 0 for all at once (2000)", float),
    "error-rate": ("share of sums answered wrongly, 0 to 1 (0)", float),
    "seed": ("what chance is drawn from (0)", int),
    "burst-s": ("seconds of a limit that may be used at once, up to 60 (60)", float),
    "max-in-flight": ("429 above so many calls at once (0: off)", int),
    "overload-at": ("529 above so many calls at once (0: off)", int),
    "batch-s": ("seconds until a batch has ended (1)", float),
    "batch-expires-s": ("seconds until a batch expires (86400)", float),
    "batch-archive-s": ("seconds until a batch's results are gone (29 days)", float),
    "batch-queue": ("429 above so many batch requests in processing (500000)", int),
}
LIMITS = {"rpm": "requests", "itpm": "input tokens", "otpm": "output tokens"}
HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How to start: where to listen, how much to remember, and the settings."""

    host: str
    port: int
    ledger: int
    settings: Settings


class _Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"sandbox: {message}\n")


def read_flags(arguments: list[str]) -> Start:
    """Read the command line; raises `SettingError` for a value that cannot be used."""
    given = _parser().parse_args(arguments)
    if not 0 <= given.port <= HIGHEST_PORT:
        raise SettingError(f"--port: {given.port} is not a port number")
    if given.ledger < 1:
        raise SettingError("--ledger: must be at least 1")
    changes: dict[str, object] = {
        name: getattr(given, name)
        for name in (flag.replace("-", "_") for flag in NUMBERS)
        if getattr(given, name) is not None
    }
    for name in LIMITS:
        if values := getattr(given, name):
            changes[name] = dict(_limit(name, value) for value in values)
    changes["faults"] = dict(_fault(value) for value in given.fault)
    changes["scripts"] = dict(_script(value) for value in given.script)
    changes["retired"] = given.retired
    return Start(host=given.host, port=given.port, ledger=given.ledger, settings=changed(Settings(), changes))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="sandbox", description="A local stand-in for the Claude API.", allow_abbrev=False)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (0: any free one)")
    parser.add_argument("--ledger", type=int, default=200_000, help="calls to remember (200000)")
    parser.add_argument(
        "--retired", action="store_true", help="answer 404 for the legacy models, as the real API now"
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="STEP=RATE", help="a fault by chance: cut=0.01"
    )
    parser.add_argument(
        "--script",
        action="append",
        default=[],
        metavar="PATH=SCRIPT",
        help="a script for a path, or * for every path",
    )
    for flag, (meaning, kind) in NUMBERS.items():
        parser.add_argument(f"--{flag}", type=kind, help=meaning)
    for flag, what in LIMITS.items():
        parser.add_argument(
            f"--{flag}",
            action="append",
            metavar="[CLASS=]N",
            help=f"{what} a minute, of all or one model class",
        )
    return parser


def _limit(name: str, value: str) -> tuple[str, int]:
    model_class, _, number = value.rpartition("=")
    if not number.isdecimal():
        raise SettingError(f"--{name}: {value!r} is not a number, nor CLASS=NUMBER")
    return model_class or "default", int(number)


def _fault(value: str) -> tuple[str, float]:
    step, _, rate = value.rpartition("=")
    try:
        share = float(rate)
    except ValueError:
        share = -1
    if not step or share < 0:
        raise SettingError(f"--fault: {value!r} must be STEP=RATE, such as 429=0.05")
    return step, share


def _script(value: str) -> tuple[str, str]:
    path, _, script = value.partition("=")
    if not script:
        raise SettingError(f"--script: {value!r} must be PATH=SCRIPT, such as /v1/models=529 x2, then ok")
    return path, script
