"""Receives a file: its form is checked as it arrives, its content goes to the database in parts."""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta

from litestar.exceptions import InternalServerException

from api.body import MEBIBYTE
from api.connection import HttpRequest
from api.errors import BodyCutError, BodyTooLargeError
from api.openai.errors import ParameterError
from api.openai.form import FILE_FIELD, FormReader, boundary_of
from jobs.clock import Clock
from jobs.file import File, NewFile
from jobs.ids import FILE_PREFIX, IDS
from jobs.store.store import Store

PART_BYTES = MEBIBYTE
MOST_FILE_BYTES = 200 * MEBIBYTE  # OpenAI's own limit for the input of a batch
FORM_BYTES = MEBIBYTE  # that the form may have beside its file
PURPOSES = ("batch", "evals")
UPLOAD_TIME = timedelta(hours=6)
LEAST_LIFE_S, LONGEST_LIFE_S = 3_600, 2_592_000
ANCHOR = "created_at"
SECONDS = re.compile(r"[0-9]{1,9}")


class Upload:
    """One file on its way into the database; what is in memory does not grow with it."""

    def __init__(self, *, store: Store, clock: Clock, tenant: str, limit: int) -> None:
        self._store = store
        self._clock = clock
        self._tenant = tenant
        self._limit = min(limit, MOST_FILE_BYTES)
        self._pending = bytearray()
        self._parts = 0
        self._size = 0
        self._file_id = IDS.make(FILE_PREFIX)
        self._created_at = clock()
        self._has_begun = False

    async def receive(self, request: HttpRequest, *, lifetime: timedelta) -> File:
        """Return the file once it is durable as a whole; of one that is refused or cut nothing stays.

        It is kept for `lifetime`, or less where the form says so.
        """
        if (request.content_length or 0) > self._limit + FORM_BYTES:
            raise self._too_large()
        reader = FormReader(boundary_of(request), self._take)
        try:
            await self._read(request, reader)
            return await asyncio.to_thread(self._finish, reader, lifetime)
        except BaseException:
            if self._has_begun:
                await asyncio.to_thread(self._give_up)
            raise

    async def _read(self, request: HttpRequest, reader: FormReader) -> None:
        received = 0
        try:
            async for piece in request.stream():
                received += len(piece)
                if received > self._limit + FORM_BYTES:
                    raise self._too_large()
                await reader.feed(piece)
        except InternalServerException:
            # Litestar's word for a caller who hung up; an upload cut short must never pass for a whole one.
            raise BodyCutError from None

    async def _take(self, piece: bytes) -> None:
        self._pending += piece
        self._size += len(piece)
        if self._size > self._limit:
            raise self._too_large()
        if len(self._pending) >= PART_BYTES:
            await asyncio.to_thread(self._write_part)

    def _write_part(self) -> None:
        with self._store.write() as tx:
            if not self._has_begun:
                tx.files.begin(
                    NewFile(
                        id=self._file_id,
                        tenant=self._tenant,
                        purpose="",  # the form may tell it after the file
                        created_at=self._created_at,
                        expires_at=self._created_at + UPLOAD_TIME,
                    )
                )
            if self._pending:
                tx.files.append(self._file_id, self._parts, bytes(self._pending))
        self._has_begun = True
        self._parts += 1
        self._pending.clear()

    def _finish(self, reader: FormReader, lifetime: timedelta) -> File:
        form = reader.form
        if form.file_name is None:
            raise ParameterError(FILE_FIELD, "file: Field required")
        purpose = _purpose(form.fields)
        expires_at = self._created_at + min(lifetime, _lifetime(form.fields) or lifetime)
        self._write_part()
        with self._store.write() as tx:
            is_kept = tx.files.finish(
                self._file_id,
                name=form.file_name,
                purpose=purpose,
                size=self._size,
                expires_at=expires_at,
                now=self._clock(),
            )
            file = tx.files.get(self._file_id, tenant=self._tenant, now=self._created_at)
        if not is_kept or file is None:
            raise BodyCutError(f"the upload took longer than {UPLOAD_TIME}, and was given up")
        return file

    def _give_up(self) -> None:
        with self._store.write() as tx:
            tx.files.delete(self._file_id)

    def _too_large(self) -> BodyTooLargeError:
        return BodyTooLargeError(
            f"the file is larger than {self._limit // MEBIBYTE} MB, the most for one file"
        )


def _purpose(fields: Mapping[str, str]) -> str:
    purpose = fields.get("purpose")
    if purpose is None:
        raise ParameterError("purpose", "purpose: Field required")
    if purpose not in PURPOSES:
        raise ParameterError("purpose", f"purpose: {purpose[:40]!r} is not one of {list(PURPOSES)}")
    return purpose


def _lifetime(fields: Mapping[str, str]) -> timedelta | None:
    seconds = fields.get("expires_after[seconds]", "")
    if fields.get("expires_after[anchor]", ANCHOR) != ANCHOR:
        raise ParameterError("expires_after.anchor", f"expires_after.anchor: must be {ANCHOR}")
    if not seconds:
        return None
    if not SECONDS.fullmatch(seconds) or not LEAST_LIFE_S <= int(seconds) <= LONGEST_LIFE_S:
        message = f"must be a whole number from {LEAST_LIFE_S} to {LONGEST_LIFE_S}"
        raise ParameterError("expires_after.seconds", f"expires_after.seconds: {message}")
    return timedelta(seconds=int(seconds))
