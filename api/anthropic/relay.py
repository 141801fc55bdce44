"""What is no job: passed on to Claude's API with this server's own key, and its answer passed back."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from api.endings import ended, refusal_of_error
from api.errors import RefusedError
from claude.client import ClaudeClient
from claude.errors import ClaudeError
from claude.request import API_VERSION, PlainRequest
from jobs.settings import Settings

MOST_CONNECTIONS = 50
TIMEOUT_S = 60.0
COUNT_PATH = "/v1/messages/count_tokens"
MODELS_PATH = "/v1/models"


NO_KEY = "Only Claude's API can tell, and this server has no key to ask it with: set ANTHROPIC_API_KEY here"
NOT_IMPLEMENTED = 501


class Relay:
    """Asks Claude's API on a caller's behalf; without a key of this server's own there is nobody to ask."""

    def __init__(self, client: ClaudeClient | None) -> None:
        self._client = client

    @property
    def has_key(self) -> bool:
        """Whether there is a key to ask with."""
        return self._client is not None

    async def count_tokens(self, body: bytes, headers: dict[str, str]) -> bytes:
        """Return the answer to a count of tokens; raises `RefusedError`."""
        return await self._fetch("POST", COUNT_PATH, headers, body)

    async def models(self, query: Sequence[tuple[str, str]], headers: dict[str, str]) -> bytes:
        """Return a page of the models; raises `RefusedError`."""
        path = f"{MODELS_PATH}?{urlencode(query)}" if query else MODELS_PATH
        return await self._fetch("GET", path, headers)

    async def model(self, model: str, headers: dict[str, str]) -> bytes:
        """Return one model; raises `RefusedError`."""
        return await self._fetch("GET", f"{MODELS_PATH}/{quote(model, safe='')}", headers)

    async def _fetch(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
        if self._client is None:
            raise ended(NOT_IMPLEMENTED, NO_KEY)
        sent = {"anthropic-version": API_VERSION, **headers}
        try:
            return await self._client.fetch(PlainRequest(method=method, path=path, headers=sent, body=body))
        except ClaudeError as error:
            raise RefusedError(refusal_of_error(error)) from error

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


def open_relay(settings: Settings) -> Relay:
    """Return a relay with the key of the settings, if there is one."""
    if settings.anthropic_api_key is None:
        return Relay(None)
    return Relay(
        ClaudeClient(
            base_url=settings.anthropic_base_url,
            api_key=settings.anthropic_key(),
            call_timeout_s=TIMEOUT_S,
            stall_timeout_s=TIMEOUT_S,
            max_connections=MOST_CONNECTIONS,
        )
    )
