"""How a request is sent: whom the token goes to, what is repeated, how long anything may take.

- The token goes to the base URL's own origin, and for downloads to Replicate's delivery hosts over TLS; a
  redirect never carries it anywhere else. Calls of the API follow no redirects at all.
- What only reads, or does the same when done twice, is repeated after a 408, 429, 502, 503, 504 or a gateway's
  52x, and after network errors. What must happen once (`Call.once`) is repeated only when it certainly did not
  happen: after a 429, or when no connection came about. Otherwise its lost answer is an UnknownFate, and so is a
  failure that somebody in front of the API reports.
- Four tries at most, with full jitter between them. A wait that the server asks for is honoured up to a
  minute.
- Each request has a total limit, that of a redirect its own. Waiting for one's turn does not count towards it.

Each try passes through `Transport._dispatch`: there the limiter admits what goes to the API (unless somebody took the
first try's turn before), and hears of the answers. What starts runs never takes more than its share of the connections.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from typing import TypeVar

import httpx

from replicate_tui.api import bodies
from replicate_tui.api.addresses import is_loopback, same_origin, sends_token
from replicate_tui.api.calls import READING, Answer, Call
from replicate_tui.api.connections import Bearer, open_http
from replicate_tui.api.errors import (
    APIError,
    NetworkError,
    NotFound,
    RateLimited,
    ReplicateError,
    UnexpectedAnswer,
    UnknownFate,
    WouldSend,
)
from replicate_tui.api.limits import BELIEVED, Clock, Limiter, reduced_rate, spoken
from replicate_tui.api.problems import problem, problem_object
from replicate_tui.api.redirects import is_redirect, redirect_target
from replicate_tui.api.retries import NEVER_SENT, pause, repeats
from replicate_tui.api.server_clock import ServerClock

_REDIRECTS = 5
_ANSWER_LIMIT = 128 * 1024 * 1024
_PROBLEM_LIMIT = 64 * 1024
_CREATIONS_AT_ONCE = 64
_NEVER_DONE = frozenset({501, 505})

V = TypeVar("V")


class Transport:
    """Sends calls. Nothing is opened before the first one."""

    def __init__(
        self,
        base: httpx.URL,
        bearer: Bearer | None,
        *,
        user_agent: str,
        limiter: Limiter,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None,
        dry_run: bool = False,
    ) -> None:
        self.base = base
        self.limiter = limiter
        self.clock = clock
        self.server_clock = ServerClock()
        self._bearer = bearer
        self._user_agent = user_agent
        self._transport = transport
        self._dry_run = dry_run
        self._opening = asyncio.Lock()
        self._creating = asyncio.Semaphore(_CREATIONS_AT_ONCE)
        self._clients: dict[tuple[bool, bool], httpx.AsyncClient] = {}

    async def request(self, call: Call) -> Answer:
        """The whole answer. Raises NetworkError, APIError, UnexpectedAnswer or Misconfigured."""
        return await self._persist(call, self._exchange)

    @asynccontextmanager
    async def open(self, call: Call) -> AsyncIterator[httpx.Response]:
        """The answer's head, its body still unread (see `chunks`). Raises as `request`."""
        response = await self._persist(call, self._begin)
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
            raise self._lost(call, cut) from None

    async def aclose(self) -> None:
        """Closes all connections."""
        while self._clients:
            _, http = self._clients.popitem()
            await http.aclose()

    async def _persist(self, call: Call, attempt: Callable[[Call], Awaitable[V]]) -> V:
        """The attempt's result, trying again where that is safe and promising."""
        if self._dry_run and call.method not in READING:
            raise WouldSend(call)
        tries = 0
        while True:
            tries += 1
            try:
                return await attempt(call)
            except httpx.RequestError as cut:
                error: ReplicateError = self._lost(call, cut)
                wait = pause(tries) if repeats(call, cut) else None
                call = replace(call, again=call.again or not isinstance(cut, NEVER_SENT))
            except APIError as refusal:
                error = refusal
                wait = pause(tries, refusal.retry_after) if repeats(call, refusal) else None
                call = replace(call, again=call.again or refusal.status >= 500)
            if wait is None or tries >= call.tries:
                raise error from None
            await self.clock.sleep(wait)

    async def _exchange(self, call: Call) -> Answer:
        async with self._creating if call.kind == "create" else nullcontext(), _deadline(call) as deadline:
            try:
                response = await self._send(call, deadline)
            except NotFound:
                if call.again and call.method == "DELETE":
                    return Answer(204, {}, b"")  # the try whose answer was lost has done it
                raise
            try:
                body, whole = await bodies.read(response, _ANSWER_LIMIT)
            finally:
                await response.aclose()
        if not whole:
            raise UnexpectedAnswer(f"Could not {call.doing}: the answer of {_host(response.url)} is too large")
        return Answer(response.status_code, response.headers, body)

    async def _begin(self, call: Call) -> httpx.Response:
        async with _deadline(call) as deadline:
            return await self._send(call, deadline)

    async def _send(self, call: Call, deadline: "_Deadline") -> httpx.Response:
        """A success with its body unread; anything else is raised."""
        response = await self._dispatch(call, call.url, deadline)
        for _ in range(_REDIRECTS if call.delivery else 0):
            if (target := redirect_target(response)) is None:
                break
            await response.aclose()
            response = await self._dispatch(call, target, deadline)
        if response.is_success:
            return response
        try:
            raise await self._refusal(call, response)
        finally:
            await response.aclose()

    async def _dispatch(self, call: Call, url: httpx.URL, deadline: "_Deadline") -> httpx.Response:
        """One request on the wire, to the address itself or to where a redirect led."""
        http = await self._http(url)
        counted = same_origin(url, self.base)
        if counted and not call.admitted:
            deadline.suspend()
            await self._admitted(call)
        request = http.build_request(
            call.method,
            url,
            headers=httpx.Headers(call.headers, encoding="utf-8"),
            content=call.content,
            data=call.form,
            files={"content": call.file} if call.file else None,
            timeout=httpx.Timeout(call.limit.silence, connect=call.limit.connect),
        )
        trusted = sends_token(url, self.base, delivery=call.delivery)
        deadline.begin(request, call.limit.total)
        response = await http.send(request, auth=self._bearer if trusted else None, stream=True)
        bodies.unpack(response)
        if counted:
            self.server_clock.answered(response.headers)
        if counted and response.status_code != 429:
            self.limiter.answered(call.kind, self._remaining(response))
        return response

    async def _admitted(self, call: Call) -> None:
        """Returns when it is the call's turn. Raises RateLimited if that is too far away."""
        if wait := await self.limiter.admit(call.kind):
            detail = f"It asked for a pause, which ends in {spoken(wait)}; nothing was sent."
            raise RateLimited(429, detail, retry_after=min(wait, BELIEVED), doing=call.doing, host=_host(self.base))

    def _remaining(self, response: httpx.Response) -> int | None:
        """How many more requests the server would take at once, where it says so.

        Loopback does not share a budget with other machines: there only the end of it counts.
        """
        text = response.headers.get("ratelimit-remaining", "")
        if not text.isascii() or not text.isdecimal() or len(text) > 9:
            return None
        return None if int(text) and is_loopback(self.base.host) else int(text)

    async def _http(self, url: httpx.URL) -> httpx.AsyncClient:
        tls, loopback = url.scheme == "https", is_loopback(url.host)
        async with self._opening:
            if (tls, loopback) not in self._clients:
                self._clients[tls, loopback] = await open_http(
                    tls=tls, loopback=loopback, user_agent=self._user_agent, transport=self._transport
                )
            return self._clients[tls, loopback]

    async def _refusal(self, call: Call, response: httpx.Response) -> ReplicateError:
        status, host = response.status_code, self._hidden(_host(response.url))
        if is_redirect(response):
            target = redirect_target(response)
            place = "an address that cannot be read" if target is None else self._hidden(_host(target))
            detail = f"It redirects to {place} instead of answering."
            return APIError(status, detail, doing=call.doing, host=host)
        try:
            body, _ = await bodies.read(response, _PROBLEM_LIMIT)
        except httpx.RequestError:
            body = b""  # the status alone decides; a cut explanation changes nothing
        if call.once and status >= 500 and status not in _NEVER_DONE and not problem_object(body):
            return _unknown(call, f"{host} answered {status}, which is not the API's own word")
        error = problem(status, response.headers, body, doing=call.doing, host=host, hide=self._hidden)
        if isinstance(error, RateLimited) and same_origin(response.url, self.base):
            self.limiter.refused(call.kind, error.retry_after, reduced_rate(error.detail))
        return error

    def _lost(self, call: Call, cut: httpx.RequestError) -> NetworkError:
        """The error for an answer that did not come, or not whole."""
        host = self._hidden(_host(cut.request.url))
        words = self._hidden(str(cut))[:200] or type(cut).__name__
        match cut:
            case httpx.ConnectTimeout():
                reason = f"no connection to {host} within {call.limit.connect:g} s"
            case httpx.ConnectError() | httpx.ProxyError():
                reason = f"no connection to {host} ({words})"
            case httpx.TimeoutException():
                reason = f"{host} did not answer in time"
            case _:
                reason = f"the connection to {host} broke off ({words})"
        if call.once and not isinstance(cut, NEVER_SENT):
            return _unknown(call, reason)
        return NetworkError(f"Could not {call.doing}: {reason}")

    def _hidden(self, text: str) -> str:
        """The text without the token: a server may repeat what it was sent."""
        return text if self._bearer is None else self._bearer.hide(text)


class _Deadline:
    """Until when the answer of the request that is on its way, or the next one, must be there."""

    def __init__(self, request: httpx.Request) -> None:
        self.request = request
        self.timeout = asyncio.timeout(None)

    def begin(self, request: httpx.Request, seconds: float) -> None:
        """The request is about to be sent, and has so many seconds."""
        self.request = request
        self.timeout.reschedule(asyncio.get_running_loop().time() + seconds)

    def suspend(self) -> None:
        """No time is running until the next request begins."""
        self.timeout.reschedule(None)


@asynccontextmanager
async def _deadline(call: Call) -> AsyncIterator[_Deadline]:
    """A limit for the block, which whoever sends sets when the sending begins."""
    deadline = _Deadline(httpx.Request(call.method, call.url))
    try:
        async with deadline.timeout:
            yield deadline
    except TimeoutError:
        raise httpx.ReadTimeout("the whole answer took too long", request=deadline.request) from None


def _unknown(call: Call, reason: str) -> UnknownFate:
    return UnknownFate(f"The request to {call.doing} was sent, but its answer was lost: {reason}. It may have happened")


def _host(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")
