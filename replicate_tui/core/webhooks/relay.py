"""Sends webhooks on to another receiver: the body and the webhook's headers are as they came."""

import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

import httpx
from pydantic import SecretStr

from replicate_tui.api import webhooks
from replicate_tui.api.addresses import is_loopback, names_server
from replicate_tui.core.forms.options import kept_address
from replicate_tui.core.webhooks.events import RELAYED, Arrived, kept_headers

TIME_LIMIT: Final = 10.0
"""Seconds that the other receiver has for its answer."""


class Undelivered(Exception):
    """The other receiver was not reached; the message says why, without what its address keeps to itself."""


class Relay:
    """Sends webhooks to one address; made by `relaying`."""

    def __init__(self, url: httpx.URL, http: httpx.AsyncClient) -> None:
        self._url = url
        self._http = http

    async def send(self, event: Arrived) -> int:
        """The status of the other receiver's answer.

        Raises:
            Undelivered: there was none.
        """
        params = self._url.params.merge(httpx.QueryParams(event.query))
        url = self._url.copy_with(params=params) if params else self._url
        headers = {**kept_headers(event.headers), RELAYED: "1"}
        try:
            async with self._http.stream("POST", url, content=event.body, headers=headers) as answer:
                return answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            reason = "no answer in time" if isinstance(error, httpx.TimeoutException) else type(error).__name__
            raise Undelivered(f"{kept_address(str(self._url))}: {reason}") from None


@asynccontextmanager
async def relaying(url: httpx.URL) -> AsyncIterator[Relay]:
    """A Relay for as long as the block lasts. It follows no redirects, and asks no proxy for this machine."""
    loopback = is_loopback(url.host)
    verify = httpx.create_ssl_context() if url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx.AsyncClient(timeout=TIME_LIMIT, trust_env=not loopback, verify=verify) as http:
        yield Relay(url, http)


def read_address(text: str) -> httpx.URL:
    """An address that webhooks can be sent to; ValueError with a sentence for any other."""
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError):
        raise ValueError("it must be an address that can be read") from None
    if url.scheme not in ("http", "https") or not names_server(url):
        raise ValueError("it must be an http or https address")
    return url


def signed_anew(event: Arrived, secret: SecretStr) -> Arrived:
    """The same message as if it were sent now, for receivers that refuse old ones."""
    fresh = webhooks.sign(event.body, secret, id=event.id, timestamp=int(time.time()))
    return replace(event, headers={**event.headers, **fresh})
