"""Whatever a server sends: only our own errors come of it."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, NetworkError, ReplicateError, UnexpectedAnswer, Untrusted
from replicate_tui.api.limits import BELIEVED
from replicate_tui.api.webhooks import verify
from tests.api.nowhere import NO_PLACES, fetched, streamed
from tests.api.servers import ID, Server, client

BOUNDED = settings(
    derandomize=True, max_examples=200, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


async def listed(asked: Client) -> None:
    """Two pages, the second by the link in the first."""
    page = await asked.predictions.list()
    if page.next is not None:
        await asked.predictions.list(page.next)


async def looked_at(asked: Client) -> None:
    """A run, and then all that its object tells."""
    run = await asked.predictions.get(ID)
    assert run.created_at is None or run.created_at.tzinfo
    await asked.predictions.get(run.id)
    async with aclosing(asked.predictions.follow(run)) as events:
        async for event in events:
            assert event.reason is None or event.kind in {"error", "done"}
    await fetched(asked, str(run.output))


CALLS: list[Callable[[Client], Awaitable[object]]] = [
    lambda c: c.account(),
    lambda c: c.search("x"),
    lambda c: c.hardware(),
    lambda c: c.predictions.create("a/b", {}),
    lambda c: c.models.get("a", "b"),
    lambda c: c.models.readme("a", "b"),
    lambda c: c.deployments.list(),
    lambda c: c.trainings.get(ID),
    lambda c: c.files.get(ID),
    lambda c: c.webhook_secret(),
    lambda c: streamed(c, "https://stream.example/x"),
    lambda c: fetched(c, "https://file.example/x"),
    lambda c: fetched(c, "https://file.example/x", 5),
    listed,
    looked_at,
]

DIGITS = "9" * 5000
ODD_TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            *NO_PLACES,
            "data:,\ud800",
            "data:;base64,@@",
            "data:",
            DIGITS,
            "-" + DIGITS,
            "1e308",
            "1e999",
            "nan",
            "٣",
            "²",
            "Mon, 01 Jan 2029 00:00:00 +99999999999999999999",
            f"Mon, 01 Jan {DIGITS} 00:00:00 GMT",
            "Mon, 01 Jan 9999 23:59:59 -2359",
            "Fri, 01 Jan 0001 00:00:00 +2359",
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "https://h/?cursor=%ff%00",
            "https://[/?cursor=x",
            "\ud800",
            "a" * 70_000,
            "resets in" + " " * 60_000,
            f"resets in ~{DIGITS}s",
            "reduced to 0.000000001 requests per minute with a burst of 1",
            "<title>&#" + DIGITS + ";</title>",
        ]
    ),
)
ODD_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Location": ODD_TEXTS,
        "Retry-After": ODD_TEXTS,
        "RateLimit-Remaining": ODD_TEXTS,
        "RateLimit-Reset": ODD_TEXTS,
        "Content-Type": st.sampled_from(["text/event-stream", "application/json; charset=undefined", ";;", "\xff"]),
        "Content-Encoding": st.sampled_from(["gzip", "br", "gzip, gzip", "undefined", "x-gzip"]),
        "Content-Range": st.sampled_from([f"bytes {DIGITS}-5/*", "bytes 5-5/*", "bytes 5-4/1", "bytes ٥-5/9", "x"]),
        "Content-Disposition": st.sampled_from(
            [
                "attachment; filename*=undefined''a%20b",
                "attachment; filename*=idna''a%20b",
                "attachment; filename*=punycode''%ff",
                "attachment; filename*=a; filename*0=b",
                f"attachment; filename*{DIGITS}=x",
                "attachment; filename*=utf-16''%d8%00",
                "attachment; filename=" + '"' * 9000,
            ]
        ),
        "Set-Cookie": st.sampled_from(
            [f"a=b; expires=Mon, 01-Jan-{DIGITS} 00:00:00 GMT", f"a=b; max-age={DIGITS}", "=;", "\xff"]
        ),
    },
)
RUN_KEYS = ["id", "status", "output", "error", "logs", "urls", "stream", "created_at", "completed_at", "metrics"]
PROBLEM_KEYS = ["detail", "title", "retry_after", "invalid_fields", "type", "field", "description"]
OTHER_KEYS = ["results", "next", "previous", "owner", "name", "username", "size", "models", "key"]
KEYS = st.sampled_from([*RUN_KEYS, *PROBLEM_KEYS, *OTHER_KEYS])
ODD_VALUES = st.one_of(
    ODD_TEXTS,
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from([10**4000, 1e308, float("inf"), float("nan"), ID, "succeeded"]),
)
ODD_JSON = st.recursive(
    ODD_VALUES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=8),
    max_leaves=12,
)
RUNS = st.fixed_dictionaries(
    {"id": st.sampled_from([ID, "a" * 70_000, "\ud800", "."]), "status": st.sampled_from(["succeeded", "failed"])},
    optional={
        "output": ODD_JSON,
        "error": ODD_JSON,
        "logs": ODD_JSON,
        "created_at": ODD_VALUES,
        "urls": st.fixed_dictionaries({}, optional={"stream": ODD_TEXTS}),
        "detail": ODD_TEXTS,
        "retry_after": ODD_VALUES,
        "next": ODD_TEXTS,
        "results": st.just([]),
    },
)


def nested(levels: int) -> bytes:
    return b'{"id":"a","status":"b","results":[],"error":%s}' % (b"[" * levels + b"]" * levels)


BODIES = st.one_of(
    (ODD_JSON | RUNS).map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=60),
    st.sampled_from([nested(250), nested(990), nested(200_000), b'{"x":%s}' % DIGITS.encode(), b"\xff\xfe\x00\xd8"]),
    st.builds(
        lambda kind, data, name: b"event: %s\nid: %s\nretry: %s\ndata: %s\n\n" % (kind, name, DIGITS.encode(), data),
        st.sampled_from([b"output", b"logs", b"error", b"done", b"\xff"]),
        st.binary(max_size=30) | st.just(b'{"detail": 1e999}') | st.just(b"[" * 5000),
        st.binary(max_size=10),
    ),
)
STATUSES = st.sampled_from([200, 200, 200, 201, 204, 206, 299, 301, 302, 307, 400, 404, 422, 429, 499, 500, 503, 700])
ANSWERS = st.builds(lambda status, headers, body: (status, headers, body), STATUSES, ODD_HEADERS, BODIES)


def response(status: int, headers: dict[str, str], body: bytes) -> httpx.Response:
    named = [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in headers.items()]
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(body))


@BOUNDED
@given(call=st.sampled_from(CALLS), answers=st.lists(ANSWERS, min_size=1, max_size=3))
def test_whatever_a_server_answers_only_our_errors_come_of_it(
    call: Callable[[Client], Awaitable[object]], answers: list[tuple[int, dict[str, str], bytes]]
) -> None:
    async def ask() -> None:
        server = Server(lambda _: response(*answers[min(len(server.requests), len(answers)) - 1]))
        async with client(server) as asked:
            with suppress(ReplicateError):
                await call(asked)
            assert asked.limiter.delay("other") <= BELIEVED + 60

    asyncio.run(ask())


@BOUNDED
@given(
    url=st.one_of(
        ODD_TEXTS,
        st.text(max_size=30).map("https://{}/x".format),
        st.text("xn-a.0:[]@%/", max_size=12).map("http://{}".format),
        st.text(max_size=30).map("data:{}".format),
        st.binary(max_size=9).map(lambda host: "http://xn--" + base64.b32encode(host).decode().rstrip("=")),
    )
)
def test_whatever_address_comes_only_our_errors_come_of_it(url: str) -> None:
    async def ask() -> None:
        server = Server(lambda _: httpx.Response(404))
        async with client(server) as asked:
            for use in (fetched, streamed):
                with suppress(NetworkError, APIError, UnexpectedAnswer):
                    await use(asked, url)
            assert all(request.url.host for request in server.requests)

    asyncio.run(ask())


@BOUNDED
@given(
    headers=st.fixed_dictionaries(
        {}, optional={f"webhook-{part}": ODD_TEXTS for part in ("id", "timestamp", "signature")}
    ),
    body=BODIES,
)
def test_whatever_webhook_comes_it_is_untrusted(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(Untrusted):
        verify(headers, body, SecretStr("whsec_bG9jYWw="))
