"""The HTTP request as our handlers see it: no user object, no session, Litestar's plain state."""

from typing import Any, TypeAlias

from litestar import Request
from litestar.datastructures import State

HttpRequest: TypeAlias = Request[Any, Any, State]
