"""The client under rate limits: whom a refusal holds back, and until when."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import APIError, NetworkError, RateLimited
from replicate_tui.api.limits import BELIEVED, Kind, Rate
from tests.clocks import HeldClock, LeapingClock

TOKEN = "r8_secret"
RUN = {"id": "k7x2m9qd5rrm80cn4wf9t0a6zc", "status": "starting"}
LOW_CREDIT = (
    "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with a "
    "burst of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~5s."
)


def asking(
    answer: Callable[[httpx.Request], httpx.Response],
    time: HeldClock | LeapingClock,
    base: str = "https://api.replicate.com",
) -> Client:
    return Client(base, TOKEN, transport=httpx.MockTransport(answer), clock=time.clock)


def throttled(detail: str, body: dict[str, object] | None = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(429, json={"detail": detail, **(body or {})}, headers=named)


@pytest.mark.parametrize(
    ("response", "seconds"),
    [
        (throttled("resets in ~40s", {"retry_after": 30}, retry_after="10", ratelimit_reset="20"), 10),
        (throttled("resets in ~40s", {"retry_after": 30}, ratelimit_reset="20"), 30),
        (throttled("resets in ~40s", ratelimit_reset="20"), 20),
        (throttled("Your rate limit resets in ~40s."), 40),
        (throttled("Request was throttled. Expected available in 1 second."), 1),
        (throttled("Slow down."), 1),
    ],
)
async def test_all_of_the_kind_wait_as_long_as_the_first_was_told_to(response: httpx.Response, seconds: float) -> None:
    replies = [httpx.Response(response.status_code, headers=response.headers, content=response.content)]
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return replies.pop() if replies else httpx.Response(200, json=RUN)

    time = HeldClock()
    async with asking(answer, time) as client:
        first = asyncio.create_task(client.predictions.create("a/b", {}))
        await time.settle()
        others = [asyncio.create_task(client.predictions.create("a/b", {})) for _ in range(30)]
        await time.settle()
        assert asked == ["POST"]
        await client.predictions.get("x")
        assert client.limiter.delay("create") == pytest.approx(seconds)
        await time.advance(seconds - 0.01)
        assert asked == ["POST", "GET"]
        await time.advance(5)
        await asyncio.gather(first, *others)
    assert asked.count("POST") == 32


async def test_a_storm_is_met_by_few_requests() -> None:
    """A server that takes six a minute, one at a time, and says so, refuses only what was on its way already."""
    time = HeldClock()
    free_at, refused = time.moment, 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal free_at, refused
        if time.moment < free_at:
            refused += 1
            return throttled(LOW_CREDIT, {"retry_after": 10})
        free_at = time.moment + 10
        return httpx.Response(201, json=RUN, headers={"ratelimit-remaining": "0", "ratelimit-reset": "10"})

    async with asking(answer, time) as client:
        await client.predictions.create("a/b", {})
        tasks = [asyncio.create_task(client.predictions.create("a/b", {})) for _ in range(20)]
        await time.advance(400)
        runs = await asyncio.gather(*tasks)
    assert len(runs) == 20
    assert refused <= 3


async def test_low_credit_narrows_and_more_credit_widens() -> None:
    replies = [throttled(LOW_CREDIT, {"retry_after": 5})]
    remaining = "0"

    def answer(request: httpx.Request) -> httpx.Response:
        return replies.pop() if replies else httpx.Response(200, json=RUN, headers={"ratelimit-remaining": remaining})

    time = LeapingClock()
    async with asking(answer, time) as client:
        await client.predictions.create("a/b", {})
        begun = time.moment
        for _ in range(3):
            await client.predictions.create("a/b", {})
        assert time.moment - begun == pytest.approx(30)
        remaining = "599"
        await client.predictions.create("a/b", {})
        begun = time.moment
        for _ in range(10):
            await client.predictions.create("a/b", {})
        assert time.moment - begun <= 1.1


async def test_while_a_long_pause_lasts_nobody_is_asked() -> None:
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return throttled("no", retry_after="3600")

    async with asking(answer, HeldClock()) as client:
        for _ in range(2):
            with pytest.raises(RateLimited, match=r"api\.replicate\.com answered 429") as caught:
                await client.account()
            assert caught.value.retry_after == pytest.approx(3600)
    assert asked == 1


async def test_a_bogus_moment_keeps_nobody_away_for_good() -> None:
    replies = [throttled("no", retry_after="Fri, 31 Dec 9999 23:59:59 GMT")]
    time = HeldClock()

    def answer(request: httpx.Request) -> httpx.Response:
        return replies.pop() if replies else httpx.Response(200, json={"username": "a"})

    async with asking(answer, time) as client:
        with pytest.raises(RateLimited) as caught:
            await client.account()
        assert caught.value.retry_after == BELIEVED
        await time.advance(BELIEVED)
        assert (await client.account()).username == "a"


async def test_a_server_that_moves_is_asked_at_once() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.port == 8001:
            return throttled("no", retry_after="3600")
        return httpx.Response(200, json={"username": "a"})

    async with asking(answer, HeldClock(), "http://127.0.0.1:8001") as client:
        for same in ("http://127.0.0.1:8001", "http://127.0.0.1:8001/v1"):
            with pytest.raises(RateLimited):
                await client.account()
            client.base_url = same
            assert client.limiter.delay("other") == 3600
        client.base_url = "http://127.0.0.1:8002"
        assert (await client.account()).username == "a"


@pytest.mark.parametrize(
    ("base", "remaining", "delay"),
    [
        ("https://api.replicate.com", "1", 0.0),
        ("https://api.replicate.com", "0", 0.02),
        ("http://127.0.0.1:8123", "1", 0.0),
        ("http://127.0.0.1:8123", "0", 0.02),
        ("https://api.replicate.com", "-1", 0.0),
        ("https://api.replicate.com", "many", 0.0),
        ("https://api.replicate.com", "٣", 0.0),
    ],
)
async def test_what_the_server_has_left_delays_what_comes(base: str, remaining: str, delay: float) -> None:
    raw = [(b"ratelimit-remaining", remaining.encode()), (b"ratelimit-reset", b"60")]
    async with asking(lambda _: httpx.Response(200, json={"username": "a"}, headers=raw), HeldClock(), base) as client:
        await client.account()
        assert client.limiter.delay("other") == pytest.approx(delay)


@pytest.mark.parametrize(("base", "waits"), [("https://api.replicate.com", True), ("http://127.0.0.1:8123", False)])
async def test_only_the_end_of_a_local_servers_allowance_counts(base: str, waits: bool) -> None:
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(200, json={"username": "a"}, headers={"ratelimit-remaining": "1"})

    time = HeldClock()
    async with asking(answer, time, base) as client:
        tasks = [asyncio.create_task(client.account()) for _ in range(50)]
        for _ in range(20):
            await time.settle()
        first = asked
        await time.advance(5)
        await asyncio.gather(*tasks)
    assert (first < 50) is waits
    assert asked == 50


class Watching:
    """A limiter of somebody else's."""

    def __init__(self) -> None:
        self.seen: list[tuple[object, ...]] = []

    async def admit(self, kind: Kind) -> float:
        self.seen.append(("admit", kind))
        return 0.0

    def delay(self, kind: Kind) -> float:
        return 7.0

    def answered(self, kind: Kind, remaining: int | None) -> None:
        self.seen.append(("answered", kind, remaining))

    def refused(self, kind: Kind, wait: float | None, reduced: Rate | None) -> None:
        self.seen.append(("refused", kind, wait, reduced))

    def reset(self) -> None:
        self.seen.append(("reset",))


async def test_another_limiter_is_asked_instead() -> None:
    replies = [throttled(LOW_CREDIT), httpx.Response(200, json=RUN, headers={"ratelimit-remaining": "5"})]
    limiter = Watching()
    client = Client(
        "https://api.replicate.com",
        TOKEN,
        limiter=limiter,
        clock=LeapingClock().clock,
        transport=httpx.MockTransport(lambda _: replies.pop(0)),
    )
    async with client:
        await client.predictions.create("a/b", {})
        assert client.limiter.delay("create") == 7.0
    assert limiter.seen == [
        ("admit", "create"),
        ("refused", "create", 5.0, Rate(6, 1)),
        ("admit", "create"),
        ("answered", "create", 5),
    ]


async def test_other_hosts_are_not_counted() -> None:
    limiter = Watching()
    answer = httpx.MockTransport(lambda _: httpx.Response(429, headers={"retry-after": "99"}))
    clock = LeapingClock().clock
    async with Client("https://api.replicate.com", TOKEN, limiter=limiter, clock=clock, transport=answer) as client:
        with pytest.raises(APIError):
            await anext(client.predictions.stream("https://stream.replicate.com/v1/x"))
        with pytest.raises(APIError):
            async with client.download("https://replicate.delivery/a.png"):
                pass
        assert limiter.seen == []
        with pytest.raises(APIError):
            await client.account()
    assert limiter.seen == [("admit", "other"), ("refused", "other", 99.0, None)]


@pytest.mark.parametrize(
    "create",
    [
        lambda client: client.predictions.create("a/b", {}, admitted=True),
        lambda client: client.models.predictions.create("a", "b", {}, admitted=True),
        lambda client: client.deployments.predictions.create("a", "b", {}, admitted=True),
        lambda client: client.trainings.create("a", "b", "v", destination="a/c", input={}, admitted=True),
    ],
)
async def test_who_took_the_turn_already_is_told_of_a_refusal_and_takes_the_next_turn_too(
    create: Callable[[Client], Awaitable[object]],
) -> None:
    replies = [throttled("no", retry_after="5"), httpx.Response(201, json=RUN)]
    limiter = Watching()
    answer = httpx.MockTransport(lambda _: replies.pop(0))
    clock = LeapingClock().clock
    async with Client("https://api.replicate.com", TOKEN, limiter=limiter, clock=clock, transport=answer) as client:
        with pytest.raises(RateLimited):
            await create(client)
        await create(client)
    assert limiter.seen == [("refused", "create", 5.0, None), ("answered", "create", None)]


async def test_who_took_the_turn_already_is_told_where_no_connection_came_about() -> None:
    replies: list[httpx.Response] = [httpx.Response(201, json=RUN)]
    tries = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise httpx.ConnectError("refused")
        return replies.pop()

    limiter, clock = Watching(), LeapingClock().clock
    transport = httpx.MockTransport(answer)
    async with Client("https://api.replicate.com", TOKEN, limiter=limiter, clock=clock, transport=transport) as client:
        with pytest.raises(NetworkError, match="no connection"):
            await client.predictions.create("a/b", {}, admitted=True)
        assert limiter.seen == []
        await client.predictions.create("a/b", {}, admitted=True)
    assert limiter.seen == [("answered", "create", None)]
