"""The bytes of an input: a file, or standard input put down on disk so that it can be looked at twice."""

import mmap
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from promptmill.errors import InputError

STANDARD_INPUT = "-"
UTF8_BOM = b"\xef\xbb\xbf"
LOOKED_AT = 4096  # bytes; what is not text has a NUL sooner than that
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An opened input."""

    name: str
    """What to call it in messages."""
    suffix: str
    """The file's ending in lower case, as `.csv`; empty where there is none."""
    file: IO[bytes]
    text: mmap.mmap
    """All of it, mapped rather than read."""

    @property
    def start(self) -> int:
        """Return where the text begins: behind a byte order mark, if there is one."""
        return len(UTF8_BOM) if self.text[: len(UTF8_BOM)] == UTF8_BOM else 0

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield each line with its number from 1, without its ending; blank ones too."""
        self.file.seek(self.start)
        for number, line in enumerate(self.file, start=1):
            yield number, line.rstrip(b"\r\n")


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open `path`, where `-` is standard input; raises `InputError` saying why it cannot be read."""
    name = "standard input" if path == STANDARD_INPUT else path
    with _open(path) as file:
        file.seek(0, 2)
        if file.tell() == 0:
            raise InputError(f"{name} is empty: give it at least one prompt")
        # Unmapped when the last row that points into it is gone: it cannot be closed before.
        text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if text[:2] in UTF16_BOMS:
            raise InputError(f"{name} is in UTF-16: save it as UTF-8 and try again")
        if b"\0" in text[:LOOKED_AT]:
            raise InputError(f"{name} is not text: it holds NUL bytes")
        yield Source(name=name, suffix=Path(path).suffix.lower(), file=file, text=text)


@contextmanager
def _open(path: str) -> Iterator[IO[bytes]]:
    if path == STANDARD_INPUT:
        with _put_down(sys.stdin.buffer) as file:
            yield file
        return
    try:
        opened = Path(path).open("rb")  # noqa: SIM115 - closed just below; only opening it may fail here
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    with opened:
        if opened.seekable():
            yield opened
        else:
            with _put_down(opened) as file:
                yield file


@contextmanager
def _put_down(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile(prefix="promptmill-") as file:
        shutil.copyfileobj(stream, file)
        yield file
