"""How a request is sent: whom the token goes to, what is repeated, how long anything may take.

- The token goes to the base URL's own origin, and for downloads to Replicate's delivery hosts over TLS; a
  redirect never carries it anywhere else. Calls of the API follow no redirects at all.
- What only reads, or does the same when done twice, is repeated after a 429, 502, 503 or 504 and after
  network errors. What must happen once (`Call.once`) is repeated only when it certainly did not happen: after
  a 429, or when no connection came about. Otherwise its lost answer is an UnknownFate.
- Four tries at most, with full jitter between them. A wait that the server asks for is honoured up to a
  minute.

Each try passes through `Transport._dispatch`: that is where requests can be counted and slowed.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import IO, TypeVar

import httpx

from replicate_tui.api.addresses import is_host, is_loopback, sends_token
from replicate_tui.api.connections import Bearer, open_http
from replicate_tui.api.errors import APIError, NetworkError, ReplicateError, UnexpectedAnswer, UnknownFate
from replicate_tui.api.problems import problem, problem_object

TRIES = 4
"""How often a request is sent at most."""

LONGEST_WAIT = 60.0
"""The longest wait that a server may ask for, in seconds; beyond it the error is raised at once."""

ORDINARY = httpx.Timeout(30, connect=10)
UPLOADING = httpx.Timeout(300, connect=10)
STREAMING = httpx.Timeout(30, connect=10, read=None)

_REDIRECTS = 5
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
_ANSWER_LIMIT = 128 * 1024 * 1024
_PROBLEM_LIMIT = 64 * 1024
_PASSING = frozenset({429, 502, 503, 504})
_GATEWAY = frozenset({502, 504, *range(520, 528)})
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout)
_NEVER_SENT = (
    *_UNSENT,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.

    `doing` completes "Could not …" in errors. `file` is a multipart upload (name, open file, content type).
    `once`: it must not happen twice. `delivery`: the token may go to Replicate's delivery hosts, and
    redirects are followed.
    """

    method: str
    url: httpx.URL
    doing: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    file: tuple[str, IO[bytes], str] | None = None
    timeout: httpx.Timeout = field(default_factory=lambda: ORDINARY)
    tries: int = TRIES
    once: bool = False
    delivery: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A success with its whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Transport:
    """Sends calls. Nothing is opened before the first one."""

    def __init__(
        self,
        base: httpx.URL,
        bearer: Bearer | None,
        *,
        user_agent: str,
        transport: httpx.AsyncBaseTransport | None,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.base = base
        self.sleep = sleep
        self._bearer = bearer
        self._user_agent = user_agent
        self._transport = transport
        self._opening = asyncio.Lock()
        self._clients: dict[tuple[bool, bool], httpx.AsyncClient] = {}

    async def request(self, call: Call) -> Answer:
        """The whole answer. Raises NetworkError, APIError, UnexpectedAnswer or Misconfigured."""
        return await self._persist(call, self._exchange)

    @asynccontextmanager
    async def open(self, call: Call) -> AsyncIterator[httpx.Response]:
        """The answer's head, its body still unread (see `chunks`). Raises as `request`."""
        response = await self._persist(call, self._send)
        try:
            yield response
        finally:
            await response.aclose()

    async def chunks(self, call: Call, response: httpx.Response) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises NetworkError if it is cut."""
        try:
            async for chunk in response.aiter_bytes():
                yield chunk
        except httpx.RequestError as cut:
            raise _lost(call, cut) from None

    async def aclose(self) -> None:
        """Closes all connections."""
        while self._clients:
            _, http = self._clients.popitem()
            await http.aclose()

    async def _persist(self, call: Call, attempt: Callable[[Call], Awaitable[V]]) -> V:
        """The attempt's result, trying again where that is safe and promising."""
        tries = 0
        while True:
            tries += 1
            try:
                return await attempt(call)
            except httpx.RequestError as cut:
                error: ReplicateError = _lost(call, cut)
                wait = pause(tries) if _repeats(call, cut) else None
            except APIError as refusal:
                error = refusal
                wait = pause(tries, refusal.retry_after) if _repeats(call, refusal) else None
            if wait is None or tries >= call.tries:
                raise error from None
            await self.sleep(wait)

    async def _exchange(self, call: Call) -> Answer:
        response = await self._send(call)
        try:
            body, whole = await _read(response, _ANSWER_LIMIT)
        finally:
            await response.aclose()
        if not whole:
            raise UnexpectedAnswer(f"Could not {call.doing}: the answer of {_host(response.url)} is too large")
        return Answer(response.status_code, response.headers, body)

    async def _send(self, call: Call) -> httpx.Response:
        """A success with its body unread; anything else is raised."""
        response = await self._dispatch(call, call.url)
        for _ in range(_REDIRECTS if call.delivery else 0):
            if response.next_request is None or not is_host(response.next_request.url):
                break
            await response.aclose()
            response = await self._dispatch(call, response.next_request.url)
        if response.is_success:
            return response
        try:
            raise await self._refusal(call, response)
        finally:
            await response.aclose()

    async def _dispatch(self, call: Call, url: httpx.URL) -> httpx.Response:
        """One request on the wire, to the address itself or to where a redirect led."""
        http = await self._http(url)
        request = http.build_request(
            call.method,
            url,
            headers=httpx.Headers(call.headers, encoding="utf-8"),
            content=call.content,
            files={"content": call.file} if call.file else None,
            timeout=call.timeout,
        )
        trusted = sends_token(url, self.base, delivery=call.delivery)
        return await http.send(request, auth=self._bearer if trusted else None, stream=True)

    async def _http(self, url: httpx.URL) -> httpx.AsyncClient:
        tls, loopback = url.scheme == "https", is_loopback(url.host)
        async with self._opening:
            if (tls, loopback) not in self._clients:
                self._clients[tls, loopback] = await open_http(
                    tls=tls, loopback=loopback, user_agent=self._user_agent, transport=self._transport
                )
            return self._clients[tls, loopback]

    async def _refusal(self, call: Call, response: httpx.Response) -> ReplicateError:
        status, host = response.status_code, _host(response.url)
        if response.next_request is not None:
            target = _host(response.next_request.url)
            detail = f"It redirects to {target} instead of answering."
            return APIError(status, detail, doing=call.doing, host=host)
        try:
            body, _ = await _read(response, _PROBLEM_LIMIT)
        except httpx.RequestError:
            body = b""  # the status alone decides; a cut explanation changes nothing
        if self._bearer is not None:
            body = self._bearer.hide(body)
        if call.once and status in _GATEWAY and not problem_object(body):
            return _unknown(call, f"the gateway {host} answered {status}")
        return problem(status, response.headers, body, doing=call.doing, host=host)


def pause(tries: int, asked: float | None = None) -> float | None:
    """How many seconds to wait after that many tries; None if the server asks for more than we would wait."""
    jitter = random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (tries - 1)))
    if asked is None:
        return jitter
    return asked + jitter if asked <= LONGEST_WAIT else None


def _repeats(call: Call, problem: httpx.RequestError | APIError) -> bool:
    """Whether sending the call again is safe and may help."""
    if isinstance(problem, APIError):
        return problem.status == 429 or (problem.status in _PASSING and not call.once)
    if call.once:
        return isinstance(problem, _UNSENT)
    return not isinstance(problem, httpx.UnsupportedProtocol | httpx.LocalProtocolError)


def _lost(call: Call, cut: httpx.RequestError) -> NetworkError:
    """The error for an answer that did not come, or not whole."""
    host = _host(call.url)
    match cut:
        case httpx.ConnectTimeout():
            reason = f"no connection to {host} within {call.timeout.connect:g} s"
        case httpx.ConnectError() | httpx.ProxyError():
            reason = f"no connection to {host} ({_words(cut)})"
        case httpx.TimeoutException():
            reason = f"{host} did not answer in time"
        case _:
            reason = f"the connection to {host} broke off ({_words(cut)})"
    if call.once and not isinstance(cut, _NEVER_SENT):
        return _unknown(call, reason)
    return NetworkError(f"Could not {call.doing}: {reason}")


def _unknown(call: Call, reason: str) -> UnknownFate:
    return UnknownFate(f"The request to {call.doing} was sent, but its answer was lost: {reason}. It may have happened")


def _words(cut: httpx.RequestError) -> str:
    return str(cut)[:200] or type(cut).__name__


def _host(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")


async def _read(response: httpx.Response, limit: int) -> tuple[bytes, bool]:
    """The body, and whether that is all of it: reading stops at the limit, in bytes."""
    parts: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        parts.append(chunk)
        size += len(chunk)
        if size > limit:
            return b"".join(parts)[:limit], False
    return b"".join(parts), True
