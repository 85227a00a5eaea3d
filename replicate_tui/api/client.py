"""The client: one asynchronous method for each operation of Replicate's HTTP API, grouped by noun.

Every method raises NetworkError (UnknownFate where something may have been created), APIError, UnexpectedAnswer or
Misconfigured; see `errors`. Nothing is interpreted: texts, files and addresses come back as the API sent them.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from replicate_tui.api.addresses import cursor_in, read_base_url, read_foreign_url, route
from replicate_tui.api.connections import Bearer
from replicate_tui.api.creation import creation
from replicate_tui.api.download import Download, download
from replicate_tui.api.errors import APIError, NotFound, UnexpectedAnswer
from replicate_tui.api.resources import Account, File, Hardware, Model, Page, Prediction, Version, readable
from replicate_tui.api.stream import Event, events
from replicate_tui.api.transport import STREAMING, TRIES, UPLOADING, Call, Transport
from replicate_tui.api.uploads import file_name, opened

V = TypeVar("V")

_JSON = {"Accept": "application/json"}
_SEARCH_LIMIT = 50


class Client:
    """Replicate's HTTP API at one base URL, for one account.

    `base_url` is with or without `/v1`; what stands before it is kept. It may be "" as long as nothing is asked,
    and be set again when the server moves: the token then belongs to the new address. `sleep` waits between
    tries. Connections are opened by the first request; close them with `aclose()` or `async with`. Raises
    Misconfigured for a base URL or a token that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None,
        *,
        user_agent: str = "replicate-tui",
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        base = read_base_url(base_url)
        bearer = Bearer(token.strip()) if token and token.strip() else None
        self._transport = Transport(base, bearer, user_agent=user_agent, transport=transport, sleep=sleep)

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._transport.aclose()

    @property
    def base_url(self) -> str:
        """The base URL without `/v1` and without a slash at its end."""
        return str(self._transport.base).rstrip("/")

    @base_url.setter
    def base_url(self, text: str) -> None:
        self._transport.base = read_base_url(text)

    @property
    def host(self) -> str:
        """The host that is asked, without port."""
        return self._transport.base.host

    # Account

    async def account(self) -> Account:
        """The account that the token belongs to."""
        return await self._read(self._get("read the account", "account"), Account.of)

    # Models

    async def models(
        self, cursor: str | None = None, *, sort_by: str | None = None, sort_direction: str | None = None
    ) -> Page[Model]:
        """One page of the public models.

        `cursor` is a page's `next` link or the cursor in it. `sort_by` is "model_created_at" or
        "latest_version_created_at" (the default), `sort_direction` "asc" or "desc" (the default).
        """
        params = {"cursor": cursor_in(cursor), "sort_by": sort_by, "sort_direction": sort_direction}
        return await self._read(self._get("list models", "models", params=params), _page(Model))

    async def search_models(self, query: str) -> Page[Model]:
        """The public models that a search finds, best first, as one page.

        Asks the older search where the newer one is missing or out of order.
        """
        params = {"query": query, "limit": str(_SEARCH_LIMIT)}
        newer = self._get("search models", "search", params=params, tries=2)
        try:
            return await self._read(newer, _found_models)
        except APIError as refusal:
            if refusal.status not in {404, 405} and refusal.status < 500:
                raise
        older = Call(
            method="QUERY",
            url=self._route("models"),
            doing="search models",
            headers=_JSON | {"Content-Type": "text/plain"},
            content=query.encode("utf-8", "replace"),
        )
        return await self._read(older, _page(Model))

    async def model(self, owner: str, name: str) -> Model:
        """One model with its latest version."""
        call = self._get(f"read the model {owner}/{name}", "models", owner, name)
        return await self._read(call, Model.of)

    async def versions(self, owner: str, name: str) -> Page[Version]:
        """The versions of a model, newest first. Official models answer NotFound."""
        call = self._get(f"list the versions of {owner}/{name}", "models", owner, name, "versions")
        return await self._read(call, _page(Version))

    async def version(self, owner: str, name: str, id: str) -> Version:  # noqa: A002 (the API's own noun)
        """One version of a model."""
        call = self._get(f"read a version of {owner}/{name}", "models", owner, name, "versions", id)
        return await self._read(call, Version.of)

    async def readme(self, owner: str, name: str) -> str | None:
        """The model's readme as Markdown; None if there is none."""
        call = self._get(f"read the readme of {owner}/{name}", "models", owner, name, "readme", accept="text/plain")
        try:
            answer = await self._transport.request(call)
        except NotFound:
            return None
        return answer.body.decode("utf-8", "replace")

    # Predictions

    async def create_prediction(
        self,
        version: str,
        input: Mapping[str, Any],  # noqa: A002 (the API's own noun)
        *,
        wait: int | None = None,
        webhook: str | None = None,
        webhook_events: Sequence[str] = (),
        cancel_after: str | None = None,
    ) -> Prediction:
        """Starts a run of `owner/name`, `owner/name:version` or a version id. Costs money.

        `wait` (1–60 seconds) holds the answer back until the run ends or the time is over. `cancel_after` is a
        duration such as "30s" or "1h30m". Raises UnknownFate if the run may have started although no answer
        came: look before trying again. Raises ValueError for what cannot be sent.
        """
        call = creation(
            self._route("predictions"),
            {"version": version, "input": dict(input)},
            doing="create a prediction",
            wait=wait,
            webhook=webhook,
            webhook_events=webhook_events,
            cancel_after=cancel_after,
        )
        return await self._read(call, Prediction.of)

    async def prediction(self, id: str) -> Prediction:  # noqa: A002 (the API's own noun)
        """One run with its logs."""
        return await self._read(self._get(f"read the prediction {id}", "predictions", id), Prediction.of)

    async def predictions(
        self,
        cursor: str | None = None,
        *,
        created_after: datetime | str | None = None,
        created_before: datetime | str | None = None,
    ) -> Page[Prediction]:
        """One page of the account's runs, newest first; they have no logs.

        `cursor` is a page's `next` link or the cursor in it; the bounds (the first inclusive, the second not)
        must then be given again.
        """
        bounds = {"created_after": _iso(created_after), "created_before": _iso(created_before)}
        call = self._get("list predictions", "predictions", params={"cursor": cursor_in(cursor)} | bounds)
        return await self._read(call, _page(Prediction))

    async def cancel_prediction(self, id: str) -> Prediction:  # noqa: A002 (the API's own noun)
        """Stops a run. Doing so twice is harmless: the status of the answer tells what came of it."""
        call = Call(
            method="POST",
            url=self._route("predictions", id, "cancel"),
            doing=f"cancel the prediction {id}",
            headers=_JSON,
        )
        return await self._read(call, Prediction.of)

    def stream(self, url: str, *, last_event_id: str | None = None) -> AsyncGenerator[Event, None]:
        """The events of a run's stream address as they happen, ending with "done".

        Starts after `last_event_id`, if given. Interrupted connections are taken up again without loss or
        repeat; NetworkError when that fails too. Close the generator when you leave it early.
        """
        call = Call(method="GET", url=read_foreign_url(url), doing="follow the output", timeout=STREAMING)
        return events(self._transport, call, last_event_id)

    # Hardware

    async def hardware(self) -> tuple[Hardware, ...]:
        """The machines that models can be run on."""
        return await self._read(self._get("list the hardware", "hardware"), _hardware)

    # Files

    async def upload(self, path: Path, *, content_type: str | None = None) -> File:
        """Uploads a file from disk; `content_type` is guessed from its name if not given.

        Raises OSError (FileNotFoundError, IsADirectoryError …) before anything is sent, and UnknownFate if the
        upload may have arrived although no answer came.
        """
        content, kind = await asyncio.to_thread(opened, path)
        with content:
            call = Call(
                method="POST",
                url=self._route("files"),
                doing=f"upload {path.name}",
                headers=_JSON,
                file=(file_name(path), content, content_type or kind),
                timeout=UPLOADING,
                once=True,
            )
            return await self._read(call, File.of)

    def download(self, url: str, *, offset: int = 0) -> AbstractAsyncContextManager[Download]:
        """A file at a `https:`, `http:` or `data:` address, from byte `offset` on.

        The server may start at the beginning all the same: see `Download.start`.
        """
        return download(self._transport, url, offset)

    # How the operations above are made

    def _route(self, *segments: str, params: Mapping[str, str | None] | None = None) -> httpx.URL:
        return route(self._transport.base, *segments, params=params)

    def _get(
        self,
        doing: str,
        *segments: str,
        params: Mapping[str, str | None] | None = None,
        accept: str = "application/json",
        tries: int = TRIES,
    ) -> Call:
        url = self._route(*segments, params=params)
        return Call(method="GET", url=url, doing=doing, headers={"Accept": accept}, tries=tries)

    async def _read(self, call: Call, build: Callable[[object], V]) -> V:
        """What the JSON of the answer makes."""
        answer = await self._transport.request(call)
        try:
            raw = json.loads(answer.body)
        except (ValueError, RecursionError):
            raise UnexpectedAnswer(f"Could not {call.doing}: the answer of {self.host} is not JSON") from None
        try:
            return build(raw)
        except UnexpectedAnswer as odd:
            raise UnexpectedAnswer(f"Could not {call.doing}: the answer of {self.host} is {odd}") from None


def _iso(moment: datetime | str | None) -> str | None:
    return moment.isoformat() if isinstance(moment, datetime) else moment


def _page(item: type[Any]) -> Callable[[object], Page[Any]]:
    return lambda raw: Page.of(raw, item)


def _found_models(raw: object) -> Page[Model]:
    """The models of a search as a page, like those of the other lists."""
    found = raw.get("models") if isinstance(raw, dict) else None
    if not isinstance(found, list):
        raise UnexpectedAnswer("not a search: models missing or of a wrong type")
    results = [entry.get("model") if isinstance(entry, dict) else entry for entry in found]
    return Page.of({"previous": None, "next": None, "results": results}, Model)


def _hardware(raw: object) -> tuple[Hardware, ...]:
    if not isinstance(raw, list):
        raise UnexpectedAnswer("not a list of Hardware")
    return readable(raw, Hardware)
