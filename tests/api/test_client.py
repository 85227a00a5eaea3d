"""Each operation: what it asks, and what it makes of the answer."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import InvalidInput, Misconfigured, NotFound, ServerError, Unauthorized, UnexpectedAnswer
from tests.clocks import LeapingClock

TOKEN = "r8_secret"
ID = "k7x2m9qd5rrm80cn4wf9t0a6zc"
RUN = {"id": ID, "status": "starting"}
MODEL = {"owner": "acme", "name": "x"}

Route = Callable[[httpx.Request], httpx.Response]


class Server:
    """Answers every request with one function or body, and remembers the requests."""

    def __init__(self, route: Route | object) -> None:
        self.route: Route = route if callable(route) else lambda _: httpx.Response(200, content=json.dumps(route))
        self.requests: list[httpx.Request] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        return self.route(request)

    @property
    def asked(self) -> str:
        """The last request's method, path and query."""
        request = self.requests[-1]
        return f"{request.method} {request.url.raw_path.decode()}"


def client(server: Server, base_url: str = "https://api.replicate.com") -> Client:
    return Client(base_url, TOKEN, transport=httpx.MockTransport(server.answer), clock=LeapingClock().clock)


# The base URL


@pytest.mark.parametrize(
    ("given", "base", "asked"),
    [
        ("https://api.replicate.com", "https://api.replicate.com", "https://api.replicate.com/v1/account"),
        ("https://api.replicate.com/", "https://api.replicate.com", "https://api.replicate.com/v1/account"),
        ("https://api.replicate.com/v1", "https://api.replicate.com", "https://api.replicate.com/v1/account"),
        ("https://api.replicate.com/v1/", "https://api.replicate.com", "https://api.replicate.com/v1/account"),
        (" http://127.0.0.1:8123 ", "http://127.0.0.1:8123", "http://127.0.0.1:8123/v1/account"),
        ("http://[::1]:8123/v1", "http://[::1]:8123", "http://[::1]:8123/v1/account"),
        ("https://h.example/a%20b/v1/", "https://h.example/a%20b", "https://h.example/a%20b/v1/account"),
        ("https://h.example/replicate", "https://h.example/replicate", "https://h.example/replicate/v1/account"),
    ],
)
async def test_the_base_url_is_with_or_without_v1(given: str, base: str, asked: str) -> None:
    server = Server({"username": "ann"})
    async with client(server, given) as api:
        assert api.base_url == base
        await api.account()
    assert str(server.requests[0].url) == asked


@pytest.mark.parametrize(
    "given",
    [
        "api.replicate.com",
        "localhost:3000",
        "ftp://api.replicate.com",
        "https://",
        "https://user:hunter2@h.example",
        "https://h.example/?q=1",
        "https://h.example/#x",
        "http://[",
        "http://a\nb",
        f"http://{'a' * 70}.example",
    ],
)
def test_an_unusable_base_url_is_refused_without_its_password(given: str) -> None:
    with pytest.raises(Misconfigured, match="base URL") as caught:
        Client(given, TOKEN)
    assert "hunter2" not in str(caught.value)


async def test_the_address_may_come_later_and_move() -> None:
    server = Server({"username": "ann"})
    async with client(server, "") as api:
        assert api.base_url == ""
        with pytest.raises(Misconfigured, match="empty"):
            await api.account()
        for base in ("http://127.0.0.1:1111", "http://127.0.0.1:2222"):
            api.base_url = base
            await api.account()
            assert (api.base_url, str(server.requests[-1].url)) == (base, f"{base}/v1/account")
            assert server.requests[-1].headers["authorization"] == f"Bearer {TOKEN}"


def test_the_host_is_told_without_port() -> None:
    assert Client("https://api.replicate.com/v1", None).host == "api.replicate.com"
    assert Client("http://127.0.0.1:8123", None).host == "127.0.0.1"


async def test_it_says_who_asks_and_what_it_takes() -> None:
    server = Server({"username": "ann"})
    async with client(server) as api:
        await api.account()
    headers = server.requests[0].headers
    assert headers["user-agent"] == "replicate-tui"
    assert headers["accept"] == "application/json"
    assert headers["authorization"] == f"Bearer {TOKEN}"


# Reading


async def test_the_account() -> None:
    server = Server({"type": "organization", "username": "acme", "name": "Acme Tools"})
    async with client(server) as api:
        account = await api.account()
    assert (account.type, account.username, account.name) == ("organization", "acme", "Acme Tools")
    assert server.asked == "GET /v1/account"


async def test_models_are_listed_page_by_page_on_our_own_host() -> None:
    def route(request: httpx.Request) -> httpx.Response:
        first = request.url.params.get("cursor") is None
        following = "https://evil.example/v2/else?x=1&cursor=cD0y%2B%2F%3D&sort_by=evil#f"
        return httpx.Response(200, json={"next": following if first else None, "results": [MODEL]})

    server = Server(route)
    async with client(server) as api:
        first = await api.models.list(sort_by="model_created_at", sort_direction="asc")
        assert first.next is not None
        second = await api.models.list(first.next)
        bare = await api.models.list("cD0y+/=")
    assert (second.next, bare.results[0].full_name) == (None, "acme/x")
    assert [str(request.url) for request in server.requests] == [
        "https://api.replicate.com/v1/models?sort_by=model_created_at&sort_direction=asc",
        "https://api.replicate.com/v1/models?cursor=cD0y%2B%2F%3D",
        "https://api.replicate.com/v1/models?cursor=cD0y%2B%2F%3D",
    ]


@pytest.mark.parametrize(
    "link", ["https://api.replicate.com/v1/models", "?page=2", "http://[?cursor=a", "x://y?cursor="]
)
async def test_a_link_without_a_cursor_does_not_lead_back_to_the_first_page(link: str) -> None:
    server = Server({"results": []})
    async with client(server) as api:
        with pytest.raises(UnexpectedAnswer, match="cursor"):
            await api.models.list(link)
    assert server.requests == []


async def test_predictions_within_bounds() -> None:
    server = Server({"next": None, "results": [RUN, {"odd": 1}]})
    async with client(server) as api:
        page = await api.predictions.list(
            "abc", created_after=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), created_before="2026-02-01T00:00:00Z"
        )
    assert (len(page.results), page.skipped) == (1, 1)
    assert server.asked == (
        "GET /v1/predictions?cursor=abc&created_after=2026-01-02T03%3A04%3A05%2B00%3A00"
        "&created_before=2026-02-01T00%3A00%3A00Z"
    )


async def test_search_takes_the_models_out_of_the_findings() -> None:
    found = {"query": "up", "models": [{"model": MODEL, "metadata": {"score": 1}}, {"model": None}, "x"], "pages": []}
    server = Server(found)
    async with client(server) as api:
        page = await api.models.search("up & down")
    assert [model.full_name for model in page.results] == ["acme/x"]
    assert page.skipped == 2
    assert page.raw.keys() == {"previous", "next", "results"}
    assert page.raw["results"][0] == MODEL
    assert server.asked == "GET /v1/search?query=up+%26+down&limit=50"


@pytest.mark.parametrize("status", [404, 405, 500, 503])
async def test_search_falls_back_to_the_older_one(status: int) -> None:
    def route(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/search":
            return httpx.Response(status, json={"detail": "Search service error"})
        return httpx.Response(200, json={"next": None, "previous": None, "results": [MODEL]})

    server = Server(route)
    async with client(server) as api:
        page = await api.models.search("grüner Reiher")
    assert [model.full_name for model in page.results] == ["acme/x"]
    assert server.asked == "QUERY /v1/models"
    assert server.requests[-1].headers["content-type"] == "text/plain"
    assert server.requests[-1].content == "grüner Reiher".encode()


@pytest.mark.parametrize(("status", "cls"), [(400, InvalidInput), (401, Unauthorized)])
async def test_search_does_not_hide_a_refusal(status: int, cls: type[Exception]) -> None:
    server = Server(lambda _: httpx.Response(status, json={"detail": "no"}))
    async with client(server) as api:
        with pytest.raises(cls):
            await api.models.search("x")
    assert len(server.requests) == 1


async def test_a_model_its_versions_and_its_readme() -> None:
    def route(request: httpx.Request) -> httpx.Response:
        match request.url.path.removeprefix("/v1/models/acme/x"):
            case "/versions":
                return httpx.Response(200, json={"results": [{"id": "v2"}, {"id": "v1"}]})
            case "/versions/v1":
                return httpx.Response(200, json={"id": "v1"})
            case "/readme":
                return httpx.Response(200, text="# Grün", headers={"content-type": "text/plain; charset=utf-8"})
            case _:
                return httpx.Response(200, json=MODEL)

    server = Server(route)
    async with client(server) as api:
        assert (await api.models.get("acme", "x")).full_name == "acme/x"
        assert [version.id for version in (await api.models.versions.list("acme", "x")).results] == ["v2", "v1"]
        assert (await api.models.versions.get("acme", "x", "v1")).id == "v1"
        assert await api.models.readme("acme", "x") == "# Grün"
    assert server.requests[-1].headers["accept"] == "text/plain"


async def test_no_readme_is_none() -> None:
    async with client(Server(lambda _: httpx.Response(404))) as api:
        assert await api.models.readme("acme", "x") is None


async def test_a_readme_of_any_bytes_is_text() -> None:
    async with client(Server(lambda _: httpx.Response(200, content=b"\xff\x00a"))) as api:
        assert await api.models.readme("acme", "x") == "\ufffd\x00a"


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("x/../../account", "x%2F..%2F..%2Faccount"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("a?b#c", "a%3Fb%23c"),
        ("a b%", "a%20b%25"),
        ("é\n", "%C3%A9%0A"),
        ("\ud800", "%3F"),
    ],
)
async def test_names_stay_in_their_segment(name: str, segment: str) -> None:
    server = Server(MODEL)
    async with client(server) as api:
        await api.models.get("acme", name)
    assert server.asked == f"GET /v1/models/acme/{segment}"


async def test_an_empty_name_is_not_sent() -> None:
    server = Server(MODEL)
    async with client(server) as api:
        with pytest.raises(ValueError, match="empty"):
            await api.models.get("acme", "")
    assert server.requests == []


async def test_hardware_is_a_bare_list() -> None:
    async with client(Server([{"sku": "cpu", "name": "CPU"}, {"name": "odd"}, {"sku": "gpu-t4"}])) as api:
        assert [(entry.sku, entry.name) for entry in await api.hardware()] == [("cpu", "CPU"), ("gpu-t4", "")]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{", b"\xff\xfe", pytest.param(b"[" * 200_000, id="deep"), pytest.param(b"1" * 5000, id="long")],
)
async def test_a_success_that_is_no_json_is_unexpected(body: bytes) -> None:
    async with client(Server(lambda _: httpx.Response(200, content=body))) as api:
        for ask in (api.account(), api.models.list(), api.hardware(), api.predictions.create("a/b", {})):
            with pytest.raises(UnexpectedAnswer, match=r"Could not .*api\.replicate\.com"):
                await ask


@pytest.mark.parametrize("body", [None, 3, "x", {}, {"results": 3}, {"models": {}}])
async def test_a_success_of_another_shape_is_unexpected(body: object) -> None:
    async with client(Server(body)) as api:
        for ask in (api.account(), api.models.list(), api.hardware(), api.models.search("x"), api.predictions.get(ID)):
            with pytest.raises(UnexpectedAnswer, match="not a"):
                await ask


# Writing


async def test_a_prediction_is_created_with_what_was_given_and_nothing_else() -> None:
    server = Server(lambda _: httpx.Response(201, json=RUN))
    async with client(server) as api:
        prediction = await api.predictions.create("acme/x", {"prompt": "Ä \ud800", "seed": None, "list": [1, 2.5]})
    assert prediction.id == ID
    assert server.asked == "POST /v1/predictions"
    request = server.requests[0]
    assert json.loads(request.content) == {
        "version": "acme/x",
        "input": {"prompt": "Ä \ud800", "seed": None, "list": [1, 2.5]},
    }
    assert request.headers["content-type"] == "application/json"
    assert not {"prefer", "cancel-after"} & set(request.headers)


async def test_a_prediction_with_all_its_options() -> None:
    server = Server(lambda _: httpx.Response(202, json=RUN))
    async with client(server) as api:
        await api.predictions.create(
            "v" * 64,
            {},
            wait=5,
            webhook="https://hooks.example/r?job=17",
            webhook_events=["start", "completed"],
            cancel_after="1h30m",
        )
    request = server.requests[0]
    assert json.loads(request.content) == {
        "version": "v" * 64,
        "input": {},
        "webhook": "https://hooks.example/r?job=17",
        "webhook_events_filter": ["start", "completed"],
    }
    assert (request.headers["prefer"], request.headers["cancel-after"]) == ("wait=5", "1h30m")


@pytest.mark.parametrize(
    "options",
    [
        {"wait": 0},
        {"wait": 61},
        {"cancel_after": ""},
        {"cancel_after": "5 minutes"},
        {"cancel_after": "5m\r\nX-Evil: 1"},
        {"input": {"x": float("nan")}},
    ],
)
async def test_what_cannot_be_sent_is_not(options: dict[str, Any]) -> None:
    server = Server(RUN)
    async with client(server) as api:
        with pytest.raises(ValueError):  # noqa: PT011 (each has its own words)
            await api.predictions.create("a/b", **({"input": {}} | options))
    assert server.requests == []


@pytest.mark.parametrize("duration", ["30s", "30", "5m", "1h", "1h30m45s", "2h30m"])
async def test_durations(duration: str) -> None:
    server = Server(RUN)
    async with client(server) as api:
        await api.predictions.create("a/b", {}, cancel_after=duration)
    assert server.requests[0].headers["cancel-after"] == duration


async def test_canceling_sends_an_empty_post() -> None:
    server = Server(RUN | {"status": "canceled"})
    async with client(server) as api:
        assert (await api.predictions.cancel(ID)).status == "canceled"
    assert server.asked == f"POST /v1/predictions/{ID}/cancel"
    assert server.requests[0].headers["content-length"] == "0"


async def test_an_upload_sends_the_file_under_its_name_and_type(tmp_path: Path) -> None:
    path = tmp_path / "grüner Reiher.png"
    path.write_bytes(b"\x89PNG" + b"x" * 200_000)
    server = Server(lambda _: httpx.Response(201, json={"id": "f1", "urls": {"get": "https://h/v1/files/f1"}}))
    async with client(server) as api:
        file = await api.files.create(path)
        await api.files.create(path, content_type="text/x-odd")
    assert file.url == "https://h/v1/files/f1"
    first, second = server.requests
    assert server.asked == "POST /v1/files"
    assert first.headers["content-type"].startswith("multipart/form-data; boundary=")
    head, _, rest = first.content.partition(b"\r\n\r\n")
    assert b'name="content"; filename="gr\xc3\xbcner Reiher.png"' in head
    assert b"Content-Type: image/png" in head
    assert rest.startswith(b"\x89PNG" + b"x" * 200_000 + b"\r\n--")
    assert b"Content-Type: text/x-odd" in second.content


async def test_a_long_file_name_is_cut_between_letters_and_keeps_its_suffix(tmp_path: Path) -> None:
    from replicate_tui.api.uploads import file_name

    name = file_name(tmp_path / ("ä" * 200 + ".tar.png"))
    assert len(name.encode()) <= 255
    assert name.startswith("ää")
    assert name.endswith("ä.png")
    assert file_name(tmp_path / "a.png") == "a.png"
    assert file_name(tmp_path / "README") == "README"
    assert len(file_name(tmp_path / ("a." + "b" * 300)).encode()) <= 255


async def test_a_missing_file_is_noticed_before_anything_is_sent(tmp_path: Path) -> None:
    server = Server(RUN)
    async with client(server) as api:
        with pytest.raises(FileNotFoundError):
            await api.files.create(tmp_path / "absent.png")
        with pytest.raises(OSError):  # noqa: PT011 (which one depends on the system)
            await api.files.create(tmp_path)
    assert server.requests == []


# Downloads


async def content(api: Client, url: str, offset: int = 0) -> tuple[bytes, Any]:
    async with api.download(url, offset=offset) as download:
        return b"".join([chunk async for chunk in download.chunks()]), download


async def test_a_download_tells_what_it_is() -> None:
    headers = {"content-type": "image/png", "content-disposition": 'attachment; filename="out-0.png"'}
    server = Server(lambda _: httpx.Response(200, content=b"12345", headers=headers))
    async with client(server) as api:
        body, download = await content(api, "https://replicate.delivery/a")
    assert body == b"12345"
    assert (download.content_type, download.size, download.name) == ("image/png", 5, "out-0.png")
    assert (download.status, download.start) == (200, 0)
    assert server.requests[0].headers["accept-encoding"] == "identity"


async def test_a_download_of_unknown_size() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"1"
        yield b"2"

    async with client(Server(lambda _: httpx.Response(200, content=body()))) as api:
        read, download = await content(api, "https://replicate.delivery/a")
    assert (read, download.size, download.name, download.content_type) == (b"12", None, None, None)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment", None),
        ("inline; filename=a.png", "a.png"),
        ("attachment; filename*=UTF-8''gr%C3%BCn.png", "grün.png"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        (r'attachment; filename="..\\..\\boot.ini"', "boot.ini"),
        ('attachment; filename=".."', None),
        ('attachment; filename="/"', None),
        ("attachment; filename*=no-such-charset''x%FF.png", "x\xff.png"),
        (";;;", None),
    ],
)
async def test_the_servers_file_name_has_no_folders(disposition: str, name: str | None) -> None:
    headers = {"content-disposition": disposition}
    async with client(Server(lambda _: httpx.Response(200, content=b"x", headers=headers))) as api:
        _, download = await content(api, "https://replicate.delivery/a")
    assert download.name == name


async def test_a_download_that_is_refused_raises() -> None:
    async with client(Server(lambda _: httpx.Response(404, json={"detail": "File not found"}))) as api:
        with pytest.raises(NotFound, match=r"Could not download out-0\.png: File not found"):
            await content(api, "https://replicate.delivery/xezq/secret/out-0.png?signature=abc")


@pytest.mark.parametrize("content_range", ["", "bytes 0-9/10", "bytes 4-9/10", "garbage", "bytes */10"])
async def test_another_part_than_asked_for_is_not_taken(content_range: str) -> None:
    headers = {"content-range": content_range}
    async with client(Server(lambda _: httpx.Response(206, content=b"x", headers=headers))) as api:
        with pytest.raises(UnexpectedAnswer):
            await content(api, "https://replicate.delivery/a", offset=5)


@pytest.mark.parametrize(
    "url",
    ["", "a.png", "/etc/passwd", "file:///etc/passwd", "ftp://h/a", "https://", "http://[", f"https://{'a' * 70}/x"],
)
async def test_an_address_that_leads_to_no_file(url: str) -> None:
    server = Server(RUN)
    async with client(server) as api:
        with pytest.raises(UnexpectedAnswer):
            await content(api, url)
    assert server.requests == []


@pytest.mark.parametrize(
    ("url", "content_type", "body"),
    [
        ("data:text/plain;base64,aGVsbG8=", "text/plain", b"hello"),
        ("data:text/plain;base64,aGVsbG8", "text/plain", b"hello"),
        ("data:image/png;charset=x;base64,_-8=", "image/png;charset=x", b"\xff\xef"),
        ("DATA:;base64,aGVs%0AbG8%3D", "text/plain", b"hello"),
        ("data:,a%20b,c", "text/plain", b"a b,c"),
        ("data:text/plain;charset=utf-8,gr%C3%BCn", "text/plain;charset=utf-8", "grün".encode()),
        ("data:application/octet-stream;base64,", "application/octet-stream", b""),
    ],
)
async def test_data_addresses_hold_their_file(url: str, content_type: str, body: bytes) -> None:
    server = Server(RUN)
    async with client(server) as api:
        read, download = await content(api, url)
        rest, resumed = await content(api, url, offset=2)
    assert (read, download.content_type, download.size, download.start) == (body, content_type, len(body), 0)
    assert (rest, resumed.start, resumed.status) == (body[2:], 2, 206)
    assert server.requests == []


@pytest.mark.parametrize("url", ["data:", "data:text/plain;base64", "data:x;base64,!!!!", "data:x;base64,a"])
async def test_broken_data_addresses_are_unexpected(url: str) -> None:
    async with client(Server(RUN)) as api:
        with pytest.raises(UnexpectedAnswer):
            await content(api, url)


async def test_a_refusal_names_the_operation_and_the_host() -> None:
    async with client(Server(lambda _: httpx.Response(500, json={"detail": "broken"}))) as api:
        with pytest.raises(ServerError) as caught:
            await api.models.get("acme", "x")
    assert str(caught.value) == "Could not read the model acme/x: broken (api.replicate.com answered 500)"
