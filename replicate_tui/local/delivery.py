"""One webhook on its way: which addresses may be told, the signature, and the POST."""

from __future__ import annotations

import asyncio
import base64
import logging
import secrets
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from replicate_tui.local.hosts import is_loopback
from replicate_tui.local.http.answers import JSON

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

TIME_LIMIT = 5.0
"""Seconds that a receiver has for its answer."""

DELIVERIES = 64
"""How many deliveries go on at once."""

DELIVERIES_PER_RECEIVER = 16
"""How many of them go to one host and port: a receiver that hangs leaves room for the others."""

ANSWER_LIMIT = 1 << 16
"""Bytes of an answer that are read, out of politeness: only its status counts."""

Content = Callable[[], Awaitable[Mapping[str, Any] | None]]
"""Makes a message's JSON at the moment of sending; None when there is no reason to send it any more."""


def new_secret() -> str:
    """A secret to sign with. Some clients split it at `_`, so that there is no other in it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def check_url(url: str) -> str | None:
    """What is wrong with an address for webhooks, as a sentence; None when nothing is."""
    if not url.isprintable() or set(url) & set(" \\"):
        return "The webhook is not a valid URL."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "The webhook is not a valid URL."
    if parts.scheme not in ("http", "https"):
        return "The webhook must be an https URL."
    if not host:
        return "The webhook is not a valid URL."
    if "@" in parts.netloc:
        return "The webhook must not hold a user name or a password."
    if parts.scheme == "http" and not is_loopback(host):
        return "The webhook must be an https URL: plain http is for this machine only, such as http://localhost."
    return None


def signed_headers(secret: str, message_id: str, moment: float, body: bytes) -> dict[str, str]:
    """The headers by which a receiver knows who sent these bytes; `moment` is unix seconds."""
    from standardwebhooks import Webhook

    sent_at = datetime.fromtimestamp(int(moment), UTC)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment)),
        "webhook-signature": Webhook(secret).sign(message_id, sent_at, body.decode()),
    }


class Courier:
    """Carries messages to their receivers, a bounded number at once. `now` gives unix seconds."""

    def __init__(self, secret: str, now: Callable[[], float], time_limit: float) -> None:
        self._secret = secret
        self._now = now
        self._time_limit = time_limit
        self._slots = asyncio.Semaphore(DELIVERIES)
        self._receivers: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._clients: dict[tuple[bool, bool], httpx.AsyncClient] = {}

    async def post(self, url: str, message_id: str, content: Content) -> bool:
        """Send once, when there is a slot; whether it was sent and the receiver answered 2xx in time."""
        async with self._slots_of(url), self._slots:
            value = await content()
            body = None if value is None else _encoded(value, message_id)
            return body is not None and await self._send(url, message_id, body)

    async def close(self) -> None:
        """Close all connections."""
        while self._clients:
            _, http = self._clients.popitem()
            await http.aclose()

    def _slots_of(self, url: str) -> asyncio.Semaphore:
        return self._receivers.setdefault(urlsplit(url).netloc, asyncio.Semaphore(DELIVERIES_PER_RECEIVER))

    async def _send(self, url: str, message_id: str, body: bytes) -> bool:
        import httpx

        headers = signed_headers(self._secret, message_id, self._now(), body)
        headers |= {"content-type": "application/json", "user-agent": "replicate-tui"}
        status = 0
        try:
            http = self._http(url)
            async with (
                asyncio.timeout(self._time_limit),
                http.stream("POST", url, content=body, headers=headers) as response,
            ):
                status = response.status_code
                await _drain(response)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, _Unusable) as error:
            # The error's text may hold the address, and the address somebody's key.
            log.info("webhook %s: %s", message_id, type(error).__name__)
        return 200 <= status < 300

    def _http(self, url: str) -> httpx.AsyncClient:
        parts = urlsplit(url)
        kind = parts.scheme.lower() == "https", is_loopback(parts.hostname or "")
        if kind not in self._clients:
            self._clients[kind] = _open(*kind, self._time_limit)
        return self._clients[kind]


def _encoded(value: Mapping[str, Any], message_id: str) -> bytes | None:
    try:
        return bytes(JSON(value).body)
    except ValueError as error:
        log.error("webhook %s cannot be told in JSON: %s", message_id, error)
        return None


class _Unusable(Exception):
    """The environment names a proxy or certificates that cannot be used."""


def _open(tls: bool, loopback: bool, time_limit: float) -> httpx.AsyncClient:
    """A client that follows no redirects, keeps no cookies, and asks no proxy for this machine."""
    import httpx

    try:
        return httpx.AsyncClient(
            timeout=httpx.Timeout(time_limit, pool=None),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            verify=httpx.create_ssl_context() if tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            trust_env=not loopback,
        )
    except (ImportError, ValueError, OSError) as error:
        raise _Unusable from error


async def _drain(response: httpx.Response) -> None:
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > ANSWER_LIMIT:
            return
