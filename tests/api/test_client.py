"""Reading and writing: what is asked, and what is made of the answer."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from replicate_tui.api.errors import InvalidInput, ServerError, Unauthorized, UnexpectedAnswer
from tests.api.servers import ID, MODEL, RUN, Server, client


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


async def test_a_refusal_names_the_operation_and_the_host() -> None:
    async with client(Server(lambda _: httpx.Response(500, json={"detail": "broken"}))) as api:
        with pytest.raises(ServerError) as caught:
            await api.models.get("acme", "x")
    assert str(caught.value) == "Could not read the model acme/x: broken (api.replicate.com answered 500)"
