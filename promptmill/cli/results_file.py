"""Writes results, one JSON object a line: a file appears whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from promptmill.cli.tally import Tally
from promptmill.errors import InputError
from promptmill.records import Result

STANDARD_OUTPUT = "-"


def write_results(results: Iterable[Result], output: str) -> Tally:
    """Write `results` to the file `output`, where `-` is standard output; return what was counted.

    Raises `InputError` if they cannot be written.
    """
    tally, encoder = Tally(), msgspec.json.Encoder()
    try:
        with _opened(output) as file:
            for result in results:
                file.write(encoder.encode(result) + b"\n")
                tally.add(result)
    except BrokenPipeError:  # the reader has had enough
        raise
    except OSError as error:
        raise InputError(
            f"cannot write the results to {output} ({error.strerror}); they are kept: "
            f"`promptmill results` fetches them again"
        ) from error
    return tally


def require_writable(output: str, *, source: str | None = None) -> None:
    """Raise `InputError` if results could not be written to `output` later on, or would replace `source`."""
    if output == STANDARD_OUTPUT:
        return
    path = Path(output)
    if path.is_dir():
        raise InputError(f"{output} is a folder: name a file for the results with --output")
    if not _is_special(path):
        _require_room(path.resolve().parent, path.parent)
    if source is not None and path.exists() and Path(source).exists() and path.samefile(source):
        raise InputError(f"the results would replace the input {source}: name another file with --output")


def _is_special(path: Path) -> bool:
    """Whether `path` is a pipe or a device: written to as it is, never replaced."""
    return path.exists() and not path.is_file()


def _require_room(folder: Path, name: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            f"cannot write to the folder {name} ({error.strerror}): name another file with --output"
        ) from error


@contextmanager
def _opened(output: str) -> Iterator[IO[bytes]]:
    if output == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if _is_special(Path(output)):
        with Path(output).open("wb") as file:
            yield file
        return
    path = Path(output).resolve()  # a link stays one
    descriptor, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(fresh).chmod(0o666 & ~_umask())
        Path(fresh).replace(path)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
