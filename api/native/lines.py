"""A spooled NDJSON submission, read line by line as often as it must be."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from api.native.envelope import LINE_BYTES, JobDefaults, read_job
from api.spool import Spool
from jobs.submission import SubmittedRequest

if TYPE_CHECKING:
    from claude.dialect import Dialect

BLANK = b" \t\r\n"


class JobLines:
    """The jobs of a submission; iterating starts afresh at its first line. Blank lines are skipped."""

    def __init__(self, spool: Spool, defaults: JobDefaults) -> None:
        self._spool = spool
        self._defaults = defaults
        self._formats: list[Dialect] = []
        """Those of the jobs that were read so far, so that none has to be recognised twice."""

    def __iter__(self) -> Iterator[SubmittedRequest]:
        for index, (_, line) in enumerate(self._numbered()):
            is_known = index < len(self._formats)
            job = read_job(line, self._defaults, self._formats[index] if is_known else None)
            if not is_known:
                self._formats.append(job.dialect)
            yield job

    def numbers_of(self, indexes: Sequence[int]) -> list[int | None]:
        """Return the lines, counted from 1, on which the jobs at `indexes` stand."""
        wanted = set(indexes)
        found: dict[int, int] = {}
        for index, (number, _) in enumerate(self._numbered()):
            if index in wanted:
                found[index] = number
                if len(found) == len(wanted):
                    break
        return [found.get(index) for index in indexes]

    def _numbered(self) -> Iterator[tuple[int, bytes]]:
        for number, line in enumerate(self._spool.lines(LINE_BYTES), start=1):
            if line.strip(BLANK):
                yield number, line
