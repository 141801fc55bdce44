"""A file as OpenAI shows it; source: `FileObject` in the official SDK."""

from datetime import datetime
from typing import Literal

import msgspec

from api.openai.moments import unix, unix_or_none
from jobs.file import File


class FileObject(msgspec.Struct, frozen=True, kw_only=True):
    """A file."""

    id: str
    object: Literal["file"] = "file"
    bytes: int
    created_at: int
    expires_at: int | None
    filename: str
    purpose: str
    status: Literal["processed"] = "processed"
    status_details: None = None


class FileList(msgspec.Struct, frozen=True):
    """One page of files."""

    data: list[FileObject]
    has_more: bool
    first_id: str | None
    last_id: str | None
    object: Literal["list"] = "list"


class DeletedFile(msgspec.Struct, frozen=True):
    """What is left of a deleted file."""

    id: str
    object: Literal["file"] = "file"
    deleted: Literal[True] = True


def view_file(file: File) -> FileObject:
    """Return an uploaded file as OpenAI shows it."""
    return FileObject(
        id=file.id,
        bytes=file.size,
        created_at=unix(file.created_at),
        expires_at=unix(file.expires_at),
        filename=file.name,
        purpose=file.purpose,
    )


def view_result_file(
    file_id: str, *, name: str, size: int, created_at: datetime, expires_at: datetime | None
) -> FileObject:
    """Return a file of results as OpenAI shows it."""
    return FileObject(
        id=file_id,
        bytes=size,
        created_at=unix(created_at),
        expires_at=unix_or_none(expires_at),
        filename=name,
        purpose="batch_output",
    )
