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
    """Write `results` to the file `output`, where `-` is standard output; return what was counted."""
    tally, encoder = Tally(), msgspec.json.Encoder()
    with _opened(output) as file:
        for result in results:
            file.write(encoder.encode(result) + b"\n")
            tally.add(result)
    return tally


def require_writable(output: str, *, source: str | None = None) -> None:
    """Raise `InputError` if results could not be written to `output` later on, or would replace `source`."""
    if output == STANDARD_OUTPUT:
        return
    path = Path(output)
    if path.is_dir():
        raise InputError(f"{output} is a folder: name a file for the results with --output")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"cannot write to the folder {path.parent}: name another file with --output")
    if source is not None and path.exists() and Path(source).exists() and path.samefile(source):
        raise InputError(f"the results would replace the input {source}: name another file with --output")


@contextmanager
def _opened(output: str) -> Iterator[IO[bytes]]:
    if output == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(output)
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
