"""Sends one delivery once: to an address that was judged, without redirects, proxies or patience."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from importlib.metadata import version

import httpx
import structlog

from jobs.clock import Clock
from jobs.webhooks.delivery import ClaimedDelivery
from jobs.webhooks.destination import WebhookRefusedError
from jobs.webhooks.signing import WebhookSigner
from worker.webhooks.resolution import Resolve, judged_addresses, system_addresses

TIMEOUT_S = 15.0  # for all of it: looking up, connecting, sending, the answer's head
BODY_BYTES = 4096  # of the answer are read, for politeness; nobody looks at them
MOST_ADDRESSES = 3  # of a host are tried
SUCCESSES = range(200, 300)
REDIRECTS = range(300, 400)
UNCONNECTED = (httpx.ConnectError, httpx.ConnectTimeout)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of sending."""

    status: int | None = None
    error: str | None = None
    """Why it was no success, for people; None if it was one."""
    retry_after: timedelta | None = None


class Sender:
    """Sends deliveries; may be used by any number of tasks of one event loop at a time."""

    def __init__(
        self,
        *,
        signer: WebhookSigner,
        allows_inside: bool,
        clock: Clock,
        resolve: Resolve = system_addresses,
        timeout_s: float = TIMEOUT_S,
        tls: Callable[[], ssl.SSLContext] = httpx.create_ssl_context,
    ) -> None:
        self._signer = signer
        self._allows_inside = allows_inside
        self._clock = clock
        self._resolve = resolve
        self._timeout_s = timeout_s
        self._make_tls = tls
        self._agent = f"Promptmill/{version('promptmill')}"
        self._log = structlog.get_logger("webhooks")

    @property
    def can_sign(self) -> bool:
        """Whether there is a secret to sign with; without it nothing can be sent."""
        return self._signer.can_sign

    async def send(self, delivery: ClaimedDelivery) -> Answer:
        """Make one attempt at `delivery`; raises nothing but cancellation."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._send(delivery)
        except TimeoutError:
            return Answer(error=f"no answer within {self._timeout_s:g} s")
        except WebhookRefusedError as error:
            return Answer(error=f"refused: {error}")
        except httpx.HTTPError as error:
            return Answer(error=_described(error))
        except OSError:
            return Answer(error="the host's name cannot be looked up")
        except Exception as error:  # noqa: BLE001 - one odd receiver must not keep others from their webhooks
            self._log.exception("webhook_crashed", delivery_id=delivery.id)
            return Answer(error=f"Promptmill failed to send it: {type(error).__name__}")

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._make_tls()

    async def _send(self, delivery: ClaimedDelivery) -> Answer:
        url, addresses = await judged_addresses(
            delivery.url, self._resolve, allows_inside=self._allows_inside
        )
        # No connection is kept: the next host at this address would be talked to under this one's name.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncHTTPTransport(verify=self._tls, limits=limits, trust_env=False) as transport:
            last = len(addresses[:MOST_ADDRESSES]) - 1
            for number, address in enumerate(addresses[:MOST_ADDRESSES]):
                try:
                    response = await transport.handle_async_request(self._request(delivery, url, address))
                except UNCONNECTED:
                    if number == last:
                        raise
                else:
                    return await _answer(response)
        return Answer(error="the host's name has no address")

    def _request(self, delivery: ClaimedDelivery, url: httpx.URL, address: str) -> httpx.Request:
        """Return the request for `url` as it is put to `address`, under the host's own name."""
        signed = self._signer.headers(delivery.id, delivery.payload, tenant=delivery.tenant, at=self._clock())
        return httpx.Request(
            "POST",
            url.copy_with(host=address, fragment=None),
            headers={
                "host": url.netloc.decode("ascii"),
                "content-type": "application/json",
                "user-agent": self._agent,
                **signed,
            },
            content=delivery.payload.encode(),
            extensions={
                "sni_hostname": url.raw_host.decode("ascii").strip("[]"),
                "timeout": httpx.Timeout(self._timeout_s).as_dict(),
            },
        )


async def _answer(response: httpx.Response) -> Answer:
    status = response.status_code
    try:
        await _skim(response)
    except httpx.HTTPError:
        pass  # the head is what counts
    finally:
        await response.aclose()
    if status in SUCCESSES:
        return Answer(status=status)
    hint = "; redirects are not followed" if status in REDIRECTS else ""
    return Answer(
        status=status,
        error=f"the receiver answered {status}{hint}",
        retry_after=_retry_after(response.headers),
    )


async def _skim(response: httpx.Response) -> None:
    if isinstance(response.stream, httpx.AsyncByteStream):
        read = 0
        async for piece in response.stream:
            read += len(piece)
            if read >= BODY_BYTES:
                return


def _retry_after(headers: httpx.Headers) -> timedelta | None:
    """Return how long the receiver asks to wait, in either of the forms of RFC 9110."""
    text = headers.get("retry-after", "").strip()
    try:
        if text.isdigit():
            return timedelta(seconds=min(int(text), 10**6))
        return parsedate_to_datetime(text).astimezone(UTC) - datetime.now(UTC) if text else None
    except (ValueError, OverflowError):
        return None


def _described(error: httpx.HTTPError) -> str:
    """Return what went wrong in words that name no address of ours."""
    match error:
        case httpx.ConnectError():
            return "no secure connection" if isinstance(_root(error), ssl.SSLError) else "connection refused"
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.RemoteProtocolError():
            return "the receiver does not speak HTTP, or hung up"
        case _:
            return f"the connection was lost ({type(error).__name__})"


def _root(error: BaseException) -> BaseException:
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error
