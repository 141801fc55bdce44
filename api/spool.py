"""A body on its way in: small ones stay in memory, larger ones go to a temporary file."""

import hashlib
import io
import mmap
import tempfile
from collections.abc import Iterator
from typing import IO

IN_MEMORY_BYTES = 1 << 20


class Spool:
    """Takes a body block by block, then gives it back whole or line by line; close it."""

    def __init__(self, *, is_digested: bool = True) -> None:
        """Unless it `is_digested`, there is no `digest` of it; that takes a millisecond for each megabyte."""
        self.size = 0
        self._memory = bytearray()
        self._file: IO[bytes] | None = None
        self._digest = hashlib.sha256() if is_digested else None

    @property
    def is_on_disk(self) -> bool:
        """Whether the body has outgrown memory."""
        return self._file is not None

    def write(self, block: bytes) -> None:
        """Append `block`."""
        self.size += len(block)
        if self._digest is not None:
            self._digest.update(block)
        if self._file is None and self.size > IN_MEMORY_BYTES:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the spool
            self._file.write(self._memory)
            self._memory = bytearray()
        if self._file is None:
            self._memory += block
        else:
            self._file.write(block)

    def digest(self) -> str:
        """Return the SHA-256 of the body in hex."""
        if self._digest is None:
            raise ValueError("the spool was not asked to make a digest")
        return self._digest.hexdigest()

    def whole(self) -> memoryview:
        """Return the whole body; a large one is mapped from its file, so that its pages can be let go."""
        if self._file is None:
            return memoryview(bytes(self._memory))
        self._file.flush()
        return memoryview(mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ))

    def lines(self, longest: int) -> Iterator[bytes]:
        """Yield the body's lines with their ends; one of over `longest` bytes comes cut to `longest` + 1."""
        source = self._file or io.BytesIO(self._memory)
        source.seek(0)
        while line := source.readline(longest + 1):
            yield line
            if len(line) > longest and not line.endswith(b"\n"):
                _skip_line(source)

    def close(self) -> None:
        """Give up the body and delete its file."""
        if self._file is not None:
            self._file.close()


def _skip_line(source: IO[bytes]) -> None:
    while (rest := source.readline(IN_MEMORY_BYTES)) and not rest.endswith(b"\n"):
        pass
