"""What connections are made of: the token, TLS, proxies."""

import asyncio
import ssl
from collections.abc import Generator
from http.cookiejar import CookieJar
from typing import Any

import httpx

from replicate_tui.api.bodies import CODING
from replicate_tui.api.errors import Misconfigured
from replicate_tui.api.redirects import keep_location


class Bearer(httpx.Auth):
    """The token, kept from sight: it appears in the request's header and nowhere else.

    Raises Misconfigured for a token that no header can carry.
    """

    def __init__(self, token: str) -> None:
        if not token.isascii() or not token.isprintable() or " " in token:
            raise Misconfigured("The API token holds characters that no token has; nothing was sent")
        self._token = token

    def __repr__(self) -> str:
        return "Bearer(…)"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Puts the token on the request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def hide(self, text: str) -> str:
        """The text without the token: a server may repeat what it was sent."""
        return text.replace(self._token, "[token]")


async def open_http(
    *, tls: bool, loopback: bool, user_agent: str, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    """An HTTP client. Raises Misconfigured for unusable certificates or proxy settings.

    Reading the certificates takes 20 ms: that happens in a thread, and only for TLS. A client for plain HTTP
    trusts no certificate at all. The environment's proxies are for other machines, not for loopback. Cookies are
    refused: the token is all that a server may know us by.
    """
    try:
        trust = await asyncio.to_thread(httpx.create_ssl_context) if tls and not transport else _trust_nobody()
        return httpx.AsyncClient(
            headers={"User-Agent": user_agent, "Accept-Encoding": CODING},
            cookies=_NoCookies(),
            event_hooks={"response": [keep_location]},
            transport=transport,
            verify=trust,
            trust_env=not loopback,
        )
    except OSError:
        raise Misconfigured("The certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read") from None
    except (ImportError, ValueError, httpx.InvalidURL):
        raise Misconfigured("The proxy that the environment (HTTPS_PROXY …) names cannot be used") from None


class _NoCookies(CookieJar):
    """Takes no cookies, and does not even read them: that prints warnings about odd ones onto the screen."""

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Nothing is taken."""


def _trust_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
