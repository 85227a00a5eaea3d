"""Addresses: of the API's routes, of its pages, and of what it points to elsewhere."""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx

from replicate_tui.api.errors import Misconfigured, UnexpectedAnswer

_DELIVERY_HOSTS = frozenset({"replicate.delivery", "replicate.com", "api.replicate.com"})
_LONGEST_HOST = 253
_LAST_PORT = 65535
_HOST = re.compile(rb"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?|[0-9a-f:.]*:[0-9a-f:.]*", re.IGNORECASE)


def read_base_url(text: str) -> httpx.URL:
    """The base URL without `/v1` and without a slash at its end. Raises Misconfigured.

    What stands before `/v1` is kept, for servers behind a path. Nothing stands for an address not known yet.
    """
    if not text.strip():
        return httpx.URL("")
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError):
        raise Misconfigured("The base URL cannot be read") from None
    if url.scheme not in {"http", "https"} or not names_server(url):
        raise Misconfigured("The base URL must start with http:// or https:// and name a host")
    if url.userinfo or url.query or url.fragment:
        raise Misconfigured("The base URL must not hold a user, a password, a query or a fragment")
    path = url.path.rstrip("/").removesuffix("/v1").rstrip("/")
    return url.copy_with(path=path or "/")


def read_foreign_url(text: str) -> httpx.URL:
    """An address that the API sent. Raises UnexpectedAnswer if it is none of http or https."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise UnexpectedAnswer("The API sent an address that cannot be read") from None
    if url.scheme not in {"http", "https"} or not names_server(url):
        raise UnexpectedAnswer("The API sent an address that is neither http nor https, or names no server")
    return url


def names_server(url: httpx.URL) -> bool:
    """Whether there can be a server at the URL's host and port at all.

    Of those that are refused, some crash the resolver, or httpx, which reads a name in punycode only when asked.
    """
    try:
        readable = bool(url.host)
    except ValueError:
        return False
    named = len(url.raw_host) <= _LONGEST_HOST and _HOST.fullmatch(url.raw_host) is not None
    return readable and named and 0 <= (url.port or 0) <= _LAST_PORT


def same_origin(url: httpx.URL, other: httpx.URL) -> bool:
    """Whether both are of the same server."""
    return (url.scheme, url.host, url.port) == (other.scheme, other.host, other.port)


def sends_token(url: httpx.URL, base: httpx.URL, *, delivery: bool) -> bool:
    """Whether a request to this URL may carry the token.

    Replicate's delivery hosts get the token of Replicate's own API, never that of another server.
    """
    if same_origin(url, base):
        return True
    delivers = url.host in _DELIVERY_HOSTS or url.host.endswith(".replicate.delivery")
    ours = base.host in _DELIVERY_HOSTS and base.scheme == "https"
    return delivery and ours and delivers and url.scheme == "https" and url.port is None


def is_loopback(host: str) -> bool:
    """Whether the host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def route(base: httpx.URL, *segments: str, params: Mapping[str, str | None] | None = None) -> httpx.URL:
    """The address of one of the API's routes. Segments may hold anything but nothing; params without None.

    Raises ValueError for an empty segment, Misconfigured as long as the base is not known, and UnexpectedAnswer for
    what is too long for an address: an id or a cursor that the API made up.
    """
    if not base.host:
        raise Misconfigured("The base URL is empty: there is no server to ask")
    path = "/".join(["v1", *(_segment(segment) for segment in segments)])
    query = urlencode({key: value for key, value in (params or {}).items() if value is not None}, errors="replace")
    prefix = base.raw_path.decode("ascii").rstrip("/")
    try:
        return base.copy_with(raw_path=f"{prefix}/{path}{'?' if query else ''}{query}".encode("ascii"))
    except httpx.InvalidURL:
        raise UnexpectedAnswer("A name or a cursor is too long for an address; nothing was sent") from None


def _segment(text: str) -> str:
    """A name as one segment of a path, whatever it holds."""
    if not text:
        raise ValueError("a name in an address must not be empty")
    if not text.strip("."):
        return text.replace(".", "%2E")
    return quote(text, safe="", errors="replace")


def cursor_in(text: str | None) -> str | None:
    """The cursor in a page's link; only that is taken, so that a link leads to no other host."""
    if text is None or ("://" not in text and "?" not in text):
        return text
    try:
        found = parse_qs(urlsplit(text).query).get("cursor")
    except ValueError:
        found = None
    if not found:
        raise UnexpectedAnswer("The link to the next page holds no cursor")
    return found[0]
