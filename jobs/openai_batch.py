"""What OpenAI's dialect keeps of a batch beside the batch itself."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class LineError:
    """Why a line of the input file cannot be a request."""

    code: str
    """OpenAI's word for it, as `invalid_json_line`."""
    message: str
    line: int | None
    """From 1; None for the file as a whole."""
    param: str | None
    """The field of the line that is at fault, as `body.messages.0.role`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIBatch:
    """How a batch was asked for; the jobs themselves belong to the batch of the same id."""

    id: str
    tenant: str
    endpoint: str
    input_file_id: str
    completion_window: str
    """As the caller wrote it, `24h`."""
    created_at: datetime
    metadata: dict[str, str] | None
    output_expires_in: timedelta | None
    """From the batch's end on, where the caller wants its files gone before the retention is over."""
    model: str | None = None
    """That of all lines; None where they differ."""
    errors: list[LineError] = field(default_factory=list)
    """Not empty: the file was refused, and there is no batch of this id."""
    is_output_deleted: bool = False
    are_errors_deleted: bool = False
