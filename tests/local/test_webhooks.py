"""Webhooks, from real runs to a real receiver; the minutes in between are the test's own."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from replicate_tui.local import delivery
from replicate_tui.local.delivery import TIME_LIMIT, check_url, new_secret, signed_headers
from replicate_tui.local.runs import Run
from replicate_tui.local.storage.records import Prediction, new_id, timestamp
from replicate_tui.local.storage.storage import Storage
from replicate_tui.local.webhooks import RETRY_SECONDS, THROTTLE_SECONDS, Clock, Payload, Webhooks
from tests.waiting import eventually

SECRET = new_secret()
BASE = "http://localhost:9"
ALL = ["start", "output", "logs", "completed"]


@dataclass
class Message:
    """A request as the receiver got it."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


async def accepts(_: Message) -> str:
    return "204 No Content"


@dataclass
class Receiver:
    """An HTTP server; `answer` gives the status line (with header lines, if any) of each answer."""

    answer: Callable[[Message], Awaitable[str]] = accepts
    messages: list[Message] = field(default_factory=list)
    port: int = 0

    def url(self, target: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{target}"

    @property
    def statuses(self) -> list[str]:
        return [message.json["status"] for message in self.messages]

    @property
    def outputs(self) -> list[Any]:
        return [message.json["output"] for message in self.messages]

    async def got(self, number: int) -> Message:
        """The message of that number, from 1."""
        await eventually(lambda: len(self.messages) >= number, f"webhook {number}")
        return self.messages[number - 1]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers["content-length"]))
            message = Message(head[0].removeprefix("POST ").removesuffix(" HTTP/1.1"), headers, body)
            self.messages.append(message)
            answer = await self.answer(message)
            writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def listening(answer: Callable[[Message], Awaitable[str]] = accepts) -> AsyncIterator[Receiver]:
    receiver = Receiver(answer)
    handlers: set[asyncio.Task[None]] = set()

    def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(receiver.handle(reader, writer))
        handlers.add(task)
        task.add_done_callback(handlers.discard)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for handler in list(handlers):
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await server.wait_closed()


class Hours(Clock):
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.began = time.time()
        self.passed = 0.0
        self.naps = 0
        self._sleepers: dict[asyncio.Future[None], float] = {}

    def now(self) -> float:
        return self.began + self.passed

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.naps += 1
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers[sleeper] = self.passed + seconds
        try:
            await sleeper
        finally:
            self._sleepers.pop(sleeper, None)

    async def until_next(self) -> float:
        """Let as much time pass as somebody waits for; the seconds since the beginning."""
        sleepers = await eventually(lambda: self._sleepers, "somebody who waits for time to pass")
        self.advance(min(sleepers.values()) - self.passed)
        return self.passed

    def advance(self, seconds: float) -> None:
        self.passed += seconds
        for sleeper in [sleeper for sleeper, due in self._sleepers.items() if due <= self.passed]:
            del self._sleepers[sleeper]
            sleeper.set_result(None)

    async def someone_waits(self) -> None:
        await eventually(lambda: self._sleepers, "somebody who waits for time to pass")


@dataclass
class House:
    """The sender with what it stands on."""

    storage: Storage
    hours: Hours
    webhooks: Webhooks
    delivered: list[str]

    def run(self, url: str | None, events: list[str] | None = None, *, streams: bool = True) -> Run:
        """A run that is followed and has not begun."""
        prediction = Prediction(
            id=new_id(),
            model="local/sleeper",
            version="1",
            input={"text": "é\ud800"},
            created_at=timestamp(time.time()),
            streams=streams,
            webhook=url,
            webhook_events_filter=events,
        )
        self.storage.insert(prediction)
        run = Run(prediction, self.storage, on_stored=lambda _: None, retention=60, base=BASE)
        self.webhooks.follow(run)
        return run

    async def settled(self, run: Run) -> None:
        await eventually(lambda: run.prediction.id in self.delivered, "the end of a run's webhooks")


async def payload(prediction: Prediction, base: str) -> dict[str, Any]:
    names = ("id", "status", "input", "output", "logs", "error", "completed_at", "metrics")
    return {name: getattr(prediction, name) for name in names} | {"base": base}


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    storage = Storage(tmp_path / "data")
    yield storage
    storage.close()


@asynccontextmanager
async def built(storage: Storage, shown: Payload = payload, time_limit: float = TIME_LIMIT) -> AsyncIterator[House]:
    delivered: list[str] = []
    hours = Hours()
    webhooks = Webhooks(SECRET, shown, delivered.append, clock=hours, time_limit=time_limit)
    try:
        yield House(storage, hours, webhooks, delivered)
    finally:
        await webhooks.close(0)


@pytest.fixture
async def house(storage: Storage) -> AsyncIterator[House]:
    async with built(storage) as house:
        yield house


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with listening() as receiver:
        yield receiver


def test_the_signature_is_the_one_of_the_published_example() -> None:
    headers = signed_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330.9,
        b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_secret_is_standard_base64_after_its_only_underscore() -> None:
    kind, key = new_secret().split("_")
    assert kind == "whsec"
    assert len(base64.b64decode(key, validate=True)) == 24
    assert new_secret() != new_secret()


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/r?job=17&job=18",
        "https://192.168.1.4:8443/",
        "HTTPS://example.com",
        "http://localhost:3000/hook",
        "http://127.0.0.1/hook",
        "http://[::1]:80/",
        "https://bücher.example/ü?q=a%20b",
    ],
)
def test_https_anywhere_and_http_to_this_machine_are_allowed(url: str) -> None:
    assert check_url(url) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "https"),
        ("example.com/hook", "https"),
        ("ftp://example.com/", "https"),
        ("file:///etc/passwd", "https"),
        ("http://example.com/hook", "this machine only"),
        ("http://localhost.example.com/", "this machine only"),
        ("http://169.254.169.254/", "this machine only"),
        ("https://user:password@example.com/", "user name"),
        ("http://localhost@example.com/", "user name"),
        ("https://@example.com/", "user name"),
        ("https://", "not a valid URL"),
        ("https:///hook", "not a valid URL"),
        ("https://example.com:99999/", "not a valid URL"),
        ("https://[::1/", "not a valid URL"),
        ("https://example.com/a b", "not a valid URL"),
        ("https://example.com/\n", "not a valid URL"),
        ("https://example.com/\ud800", "not a valid URL"),
        ("http://localhost\\@example.com/", "not a valid URL"),
    ],
)
def test_other_addresses_are_refused_with_a_reason(url: str, reason: str) -> None:
    assert reason in (check_url(url) or "")


async def test_a_webhook_is_a_signed_post_of_the_prediction(house: House, receiver: Receiver) -> None:
    run = house.run(receiver.url("/hook?job=17&tag=a%20b"), ["completed"], streams=False)
    run.start()
    run.log("hello\n")
    run.succeed({"text": "x"})
    await house.settled(run)
    (message,) = receiver.messages
    assert message.target == "/hook?job=17&tag=a%20b"
    assert message.headers["content-type"] == "application/json"
    assert message.headers["user-agent"] == "replicate-tui"
    assert not {"authorization", "cookie"} & message.headers.keys()
    Webhook(SECRET).verify(message.body, message.headers)
    assert message.json == await payload(run.prediction, BASE)
    assert message.json["logs"] == "hello\n"


async def test_a_signature_fits_no_other_secret_or_body(house: House, receiver: Receiver) -> None:
    from standardwebhooks.webhooks import WebhookVerificationError

    run = house.run(receiver.url())
    run.cancel()
    message = await receiver.got(1)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(message.body, message.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(message.body.replace(b"canceled", b"succeeded"), message.headers)


async def test_proxies_of_the_environment_are_not_asked_for_this_machine(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    run = house.run(receiver.url())
    run.cancel()
    await house.settled(run)
    assert receiver.statuses == ["canceled"]


@pytest.mark.parametrize(
    ("events", "statuses"),
    [
        (None, ["processing", "succeeded"]),
        ([], ["processing", "succeeded"]),
        (ALL, ["processing", "processing", "processing", "succeeded"]),
        (["start"], ["processing"]),
        (["completed"], ["succeeded"]),
        (["start", "completed"], ["processing", "succeeded"]),
        (["logs"], ["processing"]),
        (["output", "logs"], ["processing", "processing"]),
    ],
)
async def test_only_the_wanted_events_are_told(
    house: House, receiver: Receiver, events: list[str] | None, statuses: list[str]
) -> None:
    run = house.run(receiver.url(), events)
    told = 0

    async def step(*names: str) -> None:
        nonlocal told
        if set(names) & set(events or ["output", "completed"]):
            told += 1
            await receiver.got(told)

    run.start()
    await step("start")
    run.output("a")
    await step("output")
    run.log("b")
    await step("logs")
    run.succeed(None)
    await house.settled(run)
    assert receiver.statuses == statuses


async def test_the_start_is_told_as_it_was_even_when_the_end_came_at_once(house: House, receiver: Receiver) -> None:
    run = house.run(receiver.url(), ["start", "completed"], streams=False)
    run.start()
    run.log("quick")
    run.fail("no")
    await house.settled(run)
    start, end = (message.json for message in receiver.messages)
    assert (
        start["status"],
        start["output"],
        start["logs"],
        start["error"],
        start["completed_at"],
        start["metrics"],
    ) == (
        "processing",
        None,
        "",
        None,
        None,
        {},
    )
    assert (end["status"], end["logs"], end["error"]) == ("failed", "quick", "no")


async def test_a_run_that_never_began_has_no_start(house: House, receiver: Receiver) -> None:
    run = house.run(receiver.url(), ALL)
    run.cancel()
    await house.settled(run)
    assert receiver.statuses == ["canceled"]


async def test_a_run_without_a_webhook_is_not_followed(house: House, receiver: Receiver) -> None:
    silent, told = house.run(None), house.run(receiver.url())
    silent.cancel()
    told.cancel()
    await house.settled(told)
    assert [message.json["id"] for message in receiver.messages] == [told.prediction.id]
    assert house.delivered == [told.prediction.id]


async def test_output_is_told_at_once_and_then_at_intervals_as_it_is_by_then(house: House, receiver: Receiver) -> None:
    run = house.run(receiver.url(), ["output"])
    run.start()
    run.output("a")
    await receiver.got(1)
    run.output("b")
    await house.hours.someone_waits()
    run.output("c")
    house.hours.advance(THROTTLE_SECONDS * 0.9)
    await house.hours.someone_waits()
    assert receiver.outputs == [["a"]]
    assert await house.hours.until_next() == pytest.approx(THROTTLE_SECONDS)
    await receiver.got(2)
    assert receiver.outputs == [["a"], ["a", "b", "c"]]


async def test_log_text_does_not_wait_for_the_pause_after_output(house: House, receiver: Receiver) -> None:
    run = house.run(receiver.url(), ["output", "logs"])
    run.start()
    run.output("a")
    await receiver.got(1)
    run.output("b")
    await house.hours.someone_waits()
    run.log("x")
    message = await receiver.got(2)
    assert (message.json["output"], message.json["logs"]) == (["a", "b"], "x")


async def test_the_end_does_not_wait_for_the_pause_and_says_the_rest(house: House, receiver: Receiver) -> None:
    run = house.run(receiver.url(), ALL)
    run.start()
    await receiver.got(1)
    run.output("a")
    await receiver.got(2)
    run.output("b")
    await house.hours.someone_waits()
    run.succeed(None)
    await house.settled(run)
    assert receiver.statuses == ["processing", "processing", "succeeded"]
    assert receiver.outputs == [None, ["a"], ["a", "b"]]
    assert house.hours.passed == 0


async def test_the_last_output_is_told_even_to_those_who_do_not_want_the_end(house: House, receiver: Receiver) -> None:
    run = house.run(receiver.url(), ["output"])
    run.start()
    run.output("a")
    await receiver.got(1)
    run.output("b")
    run.succeed(None)
    await house.hours.until_next()
    await house.settled(run)
    assert receiver.outputs == [["a"], ["a", "b"]]
    assert receiver.statuses == ["processing", "processing"]
    assert house.hours.naps == 1


async def test_output_that_comes_in_one_piece_is_output(house: House, receiver: Receiver) -> None:
    run = house.run(receiver.url(), ["output"], streams=False)
    run.start()
    run.succeed("whole")
    await house.settled(run)
    assert (receiver.outputs, receiver.statuses) == (["whole"], ["processing"])


async def test_nothing_is_told_while_nothing_is_new(house: House, receiver: Receiver) -> None:
    run = house.run(receiver.url(), ["output", "completed"])
    run.start()
    run.output("a")
    await receiver.got(1)
    house.hours.advance(10 * THROTTLE_SECONDS)
    run.log("not wanted")
    run.succeed(None)
    await house.settled(run)
    assert receiver.outputs == [["a"], ["a"]]
    assert receiver.statuses == ["processing", "succeeded"]


async def test_the_end_is_told_again_for_a_minute_as_the_same_message(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    times: list[float] = []

    async def refuses(_: Message) -> str:
        times.append(house.hours.passed)
        return "503 Service Unavailable"

    async with listening(refuses) as receiver:
        run = house.run(receiver.url("/hook?key=hidden"), ["completed"])
        run.cancel()
        with caplog.at_level(logging.INFO):
            for number in range(1, len(RETRY_SECONDS) + 1):
                await receiver.got(number)
                await house.hours.until_next()
            await house.settled(run)
    assert len({message.id for message in receiver.messages}) == 1
    for message, passed in zip(receiver.messages, times, strict=True):
        assert message.headers["webhook-timestamp"] == str(int(house.hours.began + passed))
        Webhook(SECRET).verify(message.body, message.headers)
    assert times == pytest.approx([0, *RETRY_SECONDS], rel=0.1)
    assert times[1:] != list(RETRY_SECONDS)
    assert 50 <= times[-1] <= 70
    said = [record.getMessage() for record in caplog.records if record.name.startswith("replicate_tui")]
    assert run.prediction.id in said[-1]
    assert "hidden" not in "".join(said)


async def test_a_retry_that_is_accepted_is_the_last(house: House) -> None:
    answers = iter(["404 Not Found", "200 OK"])

    async def accepts_the_second(_: Message) -> str:
        return next(answers)

    async with listening(accepts_the_second) as receiver:
        run = house.run(receiver.url())
        run.cancel()
        await receiver.got(1)
        assert house.delivered == []
        await house.hours.until_next()
        await house.settled(run)
        assert len(receiver.messages) == 2


async def test_what_comes_before_the_end_is_told_once_only(house: House) -> None:
    async def refuses_progress(message: Message) -> str:
        return "500 Oops" if message.json["status"] == "processing" else "200 OK"

    async with listening(refuses_progress) as receiver:
        run = house.run(receiver.url(), ALL)
        run.start()
        await receiver.got(1)
        run.output("a")
        await receiver.got(2)
        run.succeed(None)
        await house.settled(run)
        assert receiver.statuses == ["processing", "processing", "succeeded"]
        assert len({message.id for message in receiver.messages}) == 3


async def test_a_receiver_that_is_not_there_is_asked_again(house: House) -> None:
    async with listening() as gone:
        port = gone.port
    run = house.run(f"http://127.0.0.1:{port}/")
    run.cancel()
    for _ in RETRY_SECONDS:
        await house.hours.until_next()
    await house.settled(run)
    assert house.hours.passed >= 50


async def test_a_redirect_is_a_failure_and_not_followed(house: House) -> None:
    async def redirects(message: Message) -> str:
        return "307 Temporary Redirect\r\nLocation: /elsewhere"

    async with listening(redirects) as receiver:
        run = house.run(receiver.url())
        run.cancel()
        await receiver.got(1)
        await house.hours.until_next()
        await receiver.got(2)
        assert [message.target for message in receiver.messages] == ["/hook", "/hook"]
        assert house.delivered == []


async def test_cookies_of_one_answer_are_not_in_the_next_request(house: House) -> None:
    async def sets_a_cookie(_: Message) -> str:
        return "200 OK\r\nSet-Cookie: session=1; Path=/"

    async with listening(sets_a_cookie) as receiver:
        for _ in range(2):
            run = house.run(receiver.url())
            run.cancel()
            await house.settled(run)
        assert ["cookie" in message.headers for message in receiver.messages] == [False, False]


async def test_a_slow_receiver_delays_neither_its_run_nor_other_runs(house: House) -> None:
    release = asyncio.Event()

    async def answers_late(message: Message) -> str:
        if message.target == "/slow":
            await release.wait()
        return "200 OK"

    async with listening(answers_late) as receiver:
        slow, quick = house.run(receiver.url("/slow"), ALL), house.run(receiver.url("/quick"), ALL)
        slow.start()
        await receiver.got(1)
        for run in (slow, quick):
            run.output("a")
            run.succeed(None)
        await house.settled(quick)
        assert slow.finished.is_set()
        assert [message.target for message in receiver.messages].count("/slow") == 1
        release.set()
        await house.settled(slow)
    told = [message.json["status"] for message in receiver.messages if message.target == "/slow"]
    assert told == ["processing", "succeeded"]


async def test_no_more_deliveries_go_on_at_once_than_a_receiver_is_granted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "DELIVERIES_PER_RECEIVER", 2)
    release = asyncio.Event()
    at_once: list[int] = []
    inside = 0

    async def counts(_: Message) -> str:
        nonlocal inside
        inside += 1
        at_once.append(inside)
        await release.wait()
        inside -= 1
        return "200 OK"

    async with listening(counts) as receiver, listening() as other:
        runs = [house.run(receiver.url()) for _ in range(5)]
        for run in runs:
            run.cancel()
        await receiver.got(2)
        elsewhere = house.run(other.url())
        elsewhere.cancel()
        await house.settled(elsewhere)
        assert len(receiver.messages) == 2
        release.set()
        for run in runs:
            await house.settled(run)
        assert len(receiver.messages) == 5
        assert max(at_once) == 2


async def test_what_still_waits_for_its_turn_at_the_end_is_not_told(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "DELIVERIES_PER_RECEIVER", 1)
    release = asyncio.Event()

    async def answers_late(_: Message) -> str:
        await release.wait()
        return "200 OK"

    async with listening(answers_late) as busy:
        first, second, probe = house.run(busy.url("/1")), house.run(busy.url("/2")), house.run(receiver.url())
        first.cancel()
        await busy.got(1)
        second.output("a")
        probe.output("a")
        await receiver.got(1)
        second.succeed(None)
        release.set()
        await house.settled(second)
        assert [(message.target, message.json["status"]) for message in busy.messages] == [
            ("/1", "canceled"),
            ("/2", "succeeded"),
        ]


async def test_an_answer_that_is_always_about_to_come_is_a_failure(storage: Storage) -> None:
    calls = 0

    async def stalls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        request = await reader.readuntil(b"}")
        try:
            while request:
                writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
                try:
                    request = await asyncio.wait_for(reader.read(1 << 16), 0.05)
                except TimeoutError:
                    continue
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(stalls, "127.0.0.1", 0)
    async with server, built(storage, time_limit=0.2) as house:
        run = house.run(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        run.cancel()
        await house.hours.someone_waits()
        assert (calls, house.delivered) == (1, [])


async def test_an_answer_that_does_not_come_in_time_is_a_failure(storage: Storage) -> None:
    answers = iter([asyncio.Event(), None])

    async def never_first(_: Message) -> str:
        if never := next(answers):
            await never.wait()
        return "200 OK"

    async with listening(never_first) as receiver, built(storage, time_limit=0.2) as house:
        run = house.run(receiver.url())
        run.cancel()
        await house.hours.until_next()
        await house.settled(run)
        assert len(receiver.messages) == 2


async def test_a_prediction_that_ended_while_nobody_served_is_told_as_the_same_message(
    house: House, receiver: Receiver
) -> None:
    run = house.run(receiver.url())
    run.cancel()
    await house.settled(run)
    again = house.storage.prediction(run.prediction.id)
    assert again is not None
    house.webhooks.owed(again, "http://localhost:10")
    second = await receiver.got(2)
    assert second.id == receiver.messages[0].id
    assert (second.json["status"], second.json["base"]) == ("canceled", "http://localhost:10")
    await eventually(lambda: house.delivered == [again.id] * 2)


async def test_the_end_of_a_prediction_whose_end_nobody_wants_is_not_owed(house: House, receiver: Receiver) -> None:
    run = house.run(receiver.url(), ["start"])
    run.cancel()
    await house.settled(run)
    house.webhooks.owed(run.prediction, BASE)
    await eventually(lambda: len(house.delivered) == 2)
    assert receiver.messages == []


async def test_closing_tells_what_is_due_and_keeps_the_rest_owed(house: House) -> None:
    async def refuses_the_first(message: Message) -> str:
        return "500 Oops" if message.target == "/refuses" else "200 OK"

    async with listening(refuses_the_first) as receiver:
        waiting = house.run(receiver.url("/refuses"))
        waiting.cancel()
        await receiver.got(1)
        await house.hours.someone_waits()
        throttled = house.run(receiver.url("/hook"), ["output"])
        throttled.start()
        throttled.output("a")
        await receiver.got(2)
        throttled.output("b")
        due = house.run(receiver.url("/hook"))
        for run in (throttled, due):
            run.fail("interrupted")
        began = time.monotonic()
        await house.webhooks.close(20)
        assert time.monotonic() - began < 10
        assert sorted(house.delivered) == sorted([throttled.prediction.id, due.prediction.id])
        assert [message.json["status"] for message in receiver.messages] == ["canceled", "processing", "failed"]


async def test_closing_does_not_wait_longer_than_it_may(house: House) -> None:
    async def never(_: Message) -> str:
        await asyncio.Event().wait()
        return ""

    async with listening(never) as receiver:
        run = house.run(receiver.url())
        run.cancel()
        await receiver.got(1)
        began = time.monotonic()
        await house.webhooks.close(0.1)
        assert time.monotonic() - began < 4
        assert house.delivered == []


async def test_a_mistake_in_what_is_told_is_logged_and_ends_only_that_run(
    storage: Storage, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails_once(prediction: Prediction, base: str) -> dict[str, Any]:
        if prediction.status == "aborted":
            raise KeyError("mistake")
        return await payload(prediction, base)

    async with built(storage, fails_once) as house:
        broken, sound = house.run(receiver.url()), house.run(receiver.url())
        broken.abort()
        sound.cancel()
        await house.settled(sound)
        await eventually(lambda: "mistake" in caplog.text)
        assert house.delivered == [sound.prediction.id]


async def test_what_json_cannot_say_ends_no_runs_webhooks(
    storage: Storage, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    async def unsayable_at_first(prediction: Prediction, base: str) -> dict[str, Any]:
        told = await payload(prediction, base)
        return told | {"output": float("nan")} if prediction.status == "processing" else told

    async with built(storage, unsayable_at_first) as house:
        run = house.run(receiver.url())
        run.start()
        run.output("a")
        await eventually(lambda: "cannot be told in JSON" in caplog.text, "the first webhook")
        run.succeed(None)
        await house.settled(run)
        assert receiver.statuses == ["succeeded"]
