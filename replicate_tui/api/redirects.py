"""Where an answer redirects to. We read that ourselves: httpx crashes on addresses that cannot be read."""

from urllib.parse import urljoin

import httpx

from replicate_tui.api.addresses import read_foreign_url
from replicate_tui.api.errors import UnexpectedAnswer

_LOCATION = "replicate_tui.location"


async def keep_location(response: httpx.Response) -> None:
    """Takes the address of a redirect out of httpx's sight, before it reads it. A hook for each answer of a client."""
    if response.has_redirect_location:
        response.extensions[_LOCATION] = response.headers.pop("location")


def is_redirect(response: httpx.Response) -> bool:
    """Whether the answer names another address, readable or not."""
    return _LOCATION in response.extensions


def redirect_target(response: httpx.Response) -> httpx.URL | None:
    """The address that the answer redirects to; None if it is no redirect, or none that can be followed."""
    if not is_redirect(response):
        return None
    try:
        return read_foreign_url(urljoin(str(response.url), response.extensions[_LOCATION]))
    except (UnexpectedAnswer, ValueError):
        return None
