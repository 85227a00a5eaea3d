"""Webhooks from arrival to everything that is done with them: real sockets, real files."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from replicate_tui.api.errors import Misconfigured
from replicate_tui.api.webhooks import sign, verify
from replicate_tui.core.webhooks import receiver as receiving
from replicate_tui.core.webhooks import shelf as webhook_shelf
from replicate_tui.core.webhooks.errands import errands
from replicate_tui.core.webhooks.events import Arrived, NoEvent, read, written
from replicate_tui.core.webhooks.receiver import Receiver, listening
from replicate_tui.core.webhooks.relay import Undelivered, read_address, relaying, signed_anew
from replicate_tui.core.webhooks.shelf import Shelf
from tests.waiting import eventually

SECRET = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
OTHER = SecretStr("whsec_" + "b3RoZXI" * 4)
BODY = json.dumps({"id": "p1", "model": "acme/painter", "status": "succeeded", "output": "ü"}, ensure_ascii=False)


def signed(body: str = BODY, *, id: str = "msg_1", secret: SecretStr = SECRET, age: float = 0) -> dict[str, str]:  # noqa: A002
    return sign(body.encode(), secret, id=id, timestamp=int(time.time() - age))


def arrived(number: int = 1, body: str = BODY) -> Arrived:
    return Arrived(signed(body, id=f"msg_{number}"), body.encode(), received_at=1_700_000_000.0 + number)


@asynccontextmanager
async def receiver(
    keep: Callable[[Arrived], Arrived] = lambda event: event, forward_to: str = ""
) -> AsyncIterator[tuple[Receiver, httpx.AsyncClient]]:
    """A receiver that listens, and a client of it."""
    found = Receiver(SECRET, keep, forward_to=forward_to)
    async with listening(found, "127.0.0.1", 0) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        yield found, http


# -- what is let in ------


async def test_what_is_signed_is_let_in_and_kept_before_it_is_answered(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "webhooks")
    async with receiver(shelf.keep, "http://127.0.0.1:9/") as (found, http):
        headers = {**signed(), "cookie": "hidden=1", "authorization": "Bearer hidden"}
        answer = await http.post("/any/path?job=1", content=BODY.encode(), headers=headers)
        kept = shelf.last()
        event = found.arrivals.get_nowait()
    assert (answer.status_code, event.verified, event.query, event.again) == (200, True, "job=1", False)
    assert kept is not None
    assert (kept.body, kept.forwarded_to) == (BODY.encode(), "http://127.0.0.1:9/")
    verify(kept.headers, kept.body, SECRET)
    assert not any(b"hidden" in path.read_bytes() or b"whsec" in path.read_bytes() for path in shelf.folder.iterdir())


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (lambda: signed(secret=OTHER), "forged"),
        (lambda: signed("{}"), "forged"),
        (lambda: signed(age=400), "late"),
        (lambda: signed(age=-400), "early"),
        (dict, "incomplete"),
        (lambda: {**signed(), "webhook-timestamp": "soon"}, "malformed"),
    ],
)
async def test_what_is_not_proven_is_refused_shown_and_not_kept(
    tmp_path: Path, headers: Callable[[], dict[str, str]], reason: str
) -> None:
    shelf = Shelf(tmp_path / "webhooks")
    async with receiver(shelf.keep) as (found, http):
        answer = await http.post("/", content=BODY.encode(), headers=headers())
        event = found.arrivals.get_nowait()
    assert (answer.status_code, event.verified, event.reason) == (401, False, reason)
    assert "whsec" not in answer.text + event.problem
    assert not shelf.folder.exists()


async def test_only_posts_of_a_sensible_size_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "BODY_LIMIT", 100)

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 10

    async with receiver() as (found, http):
        assert (await http.get("/")).status_code == 405
        assert (await http.post("/", content=b"x" * 101)).status_code == 413
        assert (await http.post("/", content=chunks())).status_code == 413
        assert (await http.post("/", content=b"x" * 100)).status_code == 401
        assert found.arrivals.qsize() == 1


async def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "BODY_SECONDS", 0.05)
    async with receiver() as (found, http):
        assert http.base_url.port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", http.base_url.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
        assert b" 408 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
        assert found.arrivals.empty()


async def test_while_too_many_wait_replicate_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MOST_WAITING", 1)
    async with receiver() as (found, http):
        codes = [(await http.post("/", content=BODY.encode(), headers=signed())).status_code for _ in range(2)]
        found.arrivals.get_nowait()
        codes.append((await http.post("/", content=BODY.encode(), headers=signed())).status_code)
    assert codes == [200, 503, 200]


async def test_many_at_once_arrive_each_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "webhooks")
    async with receiver(shelf.keep) as (found, http):
        posts = [http.post("/", content=BODY.encode(), headers=signed(id=f"msg_{number % 10}")) for number in range(40)]
        answers = await asyncio.gather(*posts)
        events = [found.arrivals.get_nowait() for _ in range(40)]
    assert {answer.status_code for answer in answers} == {200}
    assert sum(not event.again for event in events) == 10
    assert len(list(shelf.all())) == 10


async def test_a_full_disk_loses_no_webhook_that_is_shown() -> None:
    def full(event: Arrived) -> Arrived:
        raise OSError(28, "No space left on device")

    async with receiver(full) as (found, http):
        answer = await http.post("/", content=BODY.encode(), headers=signed())
    assert answer.status_code == 200
    assert found.arrivals.get_nowait().verified
    assert "No space left" in found.trouble


def test_a_secret_that_is_none_is_told_at_once() -> None:
    with pytest.raises(Misconfigured):
        Receiver(SecretStr("whsec_?"), lambda event: event)


async def test_an_address_that_is_taken_is_told() -> None:
    async with receiver() as (_, http):
        with pytest.raises(OSError, match="use"):
            async with listening(Receiver(SECRET, lambda event: event), "127.0.0.1", http.base_url.port or 0):
                pytest.fail("it listens twice")


# -- what it says, and how it is written down ------


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ({"status": "processing", "output": None, "logs": ""}, "start"),
        ({"status": "processing", "logs": "a"}, "progress"),
        ({"status": "processing", "output": ["a"]}, "progress"),
        ({"status": "aborted", "output": ["a"]}, "completed"),
        ({"status": 7, "id": [], "model": {}}, ""),
        (["succeeded"], ""),
    ],
)
def test_the_event_is_told_from_the_run(raw: object, kind: str) -> None:
    assert arrived(body=json.dumps(raw)).said.kind == kind


@pytest.mark.parametrize("body", ["", "{", "[" * 100_000, "null"])
def test_a_body_that_says_nothing_is_no_trouble(body: str) -> None:
    assert arrived(body=body).said.run_id == ""


def test_a_training_is_one() -> None:
    raw = {"id": "t", "status": "succeeded", "urls": {"get": "https://api.replicate.com/v1/trainings/t"}}
    assert arrived(body=json.dumps(raw)).said.is_training


@pytest.mark.parametrize("body", [BODY, BODY + "\n", "\r\n\r\n", "\u2028\x00"])
def test_what_is_written_is_read_byte_for_byte(body: str) -> None:
    event = arrived(body=body)
    again = read(written(event))
    assert (again.body, again.headers, again.received_at) == (event.body, event.headers, event.received_at)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_headers_and_body_are_read_as_http_has_them(end: str) -> None:
    head = end.join(f"{name.title()}: {value}" for name, value in signed().items())
    event = read(f"POST / HTTP/1.1{end}{head}{end}{end}{BODY}".encode())
    assert verify(event.headers, event.body, SECRET).id == "msg_1"


@pytest.mark.parametrize("content", [b"", b"{}", b'{"headers": {}, "body": 1}', b"\xff", b'{"headers":[],"body":""}'])
def test_what_is_no_webhook_is_refused(content: bytes) -> None:
    with pytest.raises(NoEvent):
        read(content)


def test_the_newest_are_kept_and_no_more_than_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_shelf, "MOST_KEPT", 3)
    shelf = Shelf(tmp_path / "a")
    for number in range(5):
        shelf.keep(arrived(number))
    assert [event.id for event in shelf.all()] == ["msg_4", "msg_3", "msg_2"]
    monkeypatch.setattr(webhook_shelf, "MOST_BYTES", 10)
    shelf.keep(arrived(9))
    assert [event.id for event in shelf.all()] == ["msg_9"]


def test_one_is_found_by_its_id_or_its_runs(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.last() is None
    for number in range(3):
        shelf.keep(arrived(number))
    (tmp_path / "999999999999999-x.json").write_text("{broken")
    found = [shelf.find(named) for named in ("msg_1", "p1", "nothing")]
    assert [event and event.id for event in found] == ["msg_1", "msg_2", None]


def test_ids_are_never_paths(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "in")
    shelf.keep(Arrived({"webhook-id": "../../x"}, b"{}", 1.0))
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


# -- what is done with it ------


async def test_what_is_sent_on_is_as_it_came() -> None:
    event = Arrived(signed(), BODY.encode(), 0.0, query="job=1")
    async with receiver() as (found, http):
        async with relaying(read_address(f"{http.base_url}/in?key=2")) as relay:
            assert await relay.send(event) == 200
        second = found.arrivals.get_nowait()
    assert (second.body, second.verified, second.relayed) == (event.body, True, True)
    assert second.query == "key=2&job=1"


async def test_where_nobody_listens_it_is_told_without_what_the_address_hides() -> None:
    async with receiver() as (_, http):
        port = http.base_url.port
    async with relaying(read_address(f"http://me:hidden@127.0.0.1:{port}/x?key=hidden")) as relay:
        with pytest.raises(Undelivered, match="ConnectError") as caught:
            await relay.send(arrived())
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "localhost:3000", "ftp://x/", "http://", "http://[", "http://x:99999/"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="it must be"):
        read_address(text)


def test_signed_anew_it_is_the_same_message_of_now() -> None:
    old = Arrived(signed(age=10_000), BODY.encode(), 0.0)
    fresh = signed_anew(old, SECRET)
    assert verify(fresh.headers, fresh.body, SECRET).id == old.id


async def test_errands_are_done_in_order_and_to_the_end() -> None:
    done: list[str] = []

    async def work(event: Arrived) -> None:
        await asyncio.to_thread(done.append, event.id)

    async with errands(work) as found:
        for number in range(5):
            assert found.add(arrived(number))
    assert done == [f"msg_{number}" for number in range(5)]


async def test_errands_that_hang_end_with_their_grace() -> None:
    async def hang(_: Arrived) -> None:
        await asyncio.Event().wait()

    async with asyncio.timeout(10), errands(hang, grace=0.05) as found:
        found.add(arrived())


async def test_a_bug_in_an_errand_is_raised() -> None:
    begun: list[str] = []

    async def broken(event: Arrived) -> None:
        begun.append(event.id)
        raise KeyError("bug")

    async def met() -> None:
        async with errands(broken) as found:
            found.add(arrived())
            await eventually(lambda: begun)

    with pytest.raises(KeyError, match="bug"):
        await met()
