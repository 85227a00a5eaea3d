"""Addresses at which nothing can be, and what a client does with an address."""

from contextlib import aclosing

from replicate_tui.api.client import Client

NO_PLACES = [
    "http://xn--/",
    "http://xn--a/",
    "javascript:1",
    "mailto:a@b",
    "http://[::1",
    "http://[::1%25lo]/",
    "http://127.0.0.1:99999/",
    "http://127.0.0.1:-1/",
    "http://h:" + "9" * 5000 + "/",
    "http://a b/",
    "http://\u00ad/",
    "http://a..b/",
    "http://" + "a" * 70 + "/",
    "http://" + "a." * 200 + "/",
    "http:///x",
    "http://h/" + "a" * 70_000,
    "http://h/\ud800",
    "",
]
"""Addresses at which nothing can be."""


async def fetched(asked: Client, url: str, offset: int = 0) -> bytes:
    async with asked.download(url, offset=offset) as download:
        return b"".join([chunk async for chunk in download.chunks()])


async def streamed(asked: Client, url: str) -> int:
    async with aclosing(asked.predictions.stream(url)) as events:
        return len([event async for event in events])
