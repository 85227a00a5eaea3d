"""The client: Replicate's HTTP API, one asynchronous method for each operation, grouped by noun.

Every method raises NetworkError (UnknownFate where something may have been created or changed), APIError,
UnexpectedAnswer or Misconfigured, see `errors`; and ValueError for what can be judged before anything is sent.
Nothing is interpreted: texts, files and addresses come back as the API sent them.
"""

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

import httpx
from pydantic import SecretStr

from replicate_tui.api.addresses import read_base_url
from replicate_tui.api.checks import check_search_limit
from replicate_tui.api.collections import Collections
from replicate_tui.api.connections import Bearer
from replicate_tui.api.deployments import Deployments
from replicate_tui.api.download import Download, download
from replicate_tui.api.errors import UnexpectedAnswer
from replicate_tui.api.files import Files
from replicate_tui.api.limits import Buckets, Clock, Limiter
from replicate_tui.api.models import Models
from replicate_tui.api.patience import Patience
from replicate_tui.api.predictions import Predictions
from replicate_tui.api.requests import Requests
from replicate_tui.api.resources import Account, Hardware, SearchResult, readable
from replicate_tui.api.server_clock import ServerClock
from replicate_tui.api.trainings import Trainings
from replicate_tui.api.transport import Transport


class Client:
    """Replicate's HTTP API at one base URL, for one account.

    `base_url` is with or without `/v1`; what stands before it is kept. It may be "" as long as nothing is asked,
    and be set again when the server moves: the token then belongs to the new address, and how fast the former one
    let us go is forgotten. `limiter` admits requests at the rate that the API takes; one may be shared. `patience`
    is how long anything may take, `clock` where time comes from. Connections are opened by the first request; close
    them with `aclose()` or `async with`. With `dry_run` nothing is sent that changes something: WouldSend is raised in
    its place. Raises Misconfigured for a base URL or a token that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None,
        *,
        user_agent: str = "replicate-tui",
        limiter: Limiter | None = None,
        patience: Patience | None = None,
        clock: Clock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        dry_run: bool = False,
    ) -> None:
        clock = clock or Clock()
        self.limiter = limiter or Buckets(clock)
        self._transport = Transport(
            read_base_url(base_url),
            Bearer(token.strip()) if token and token.strip() else None,
            user_agent=user_agent,
            limiter=self.limiter,
            clock=clock,
            transport=transport,
            dry_run=dry_run,
        )
        self._requests = Requests(self._transport, patience or Patience())
        self.collections = Collections(self._requests)
        self.deployments = Deployments(self._requests)
        self.files = Files(self._requests)
        self.models = Models(self._requests)
        self.predictions = Predictions(self._requests)
        self.trainings = Trainings(self._requests)

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
        base = read_base_url(text)
        if base != self._transport.base:
            self._transport.base = base
            self.limiter.reset()

    @property
    def host(self) -> str:
        """The host that is asked, without port."""
        return self._transport.base.host

    @property
    def clock(self) -> ServerClock:
        """What the server's wall clock says."""
        return self._transport.server_clock

    async def account(self) -> Account:
        """The account that the token belongs to. Replicate's HTTP API: `account.get`."""
        return await self._requests.read(self._requests.get("read the account", "account"), Account.of)

    async def hardware(self) -> tuple[Hardware, ...]:
        """The machines that models can be run on. Replicate's HTTP API: `hardware.list`."""
        return await self._requests.read(self._requests.get("list the hardware", "hardware"), _hardware)

    async def search(self, query: str, *, limit: int | None = None) -> SearchResult:
        """Public models, collections and pages of the documentation that fit the words.

        `limit` (1–50, 20 if not given; ValueError for others) bounds the models only. Replicate's HTTP API:
        `search`, a beta.
        """
        check_search_limit(limit)
        params = {"query": query, "limit": None if limit is None else str(limit)}
        return await self._requests.read(self._requests.get("search", "search", params=params), SearchResult.of)

    async def webhook_secret(self) -> SecretStr:
        """What the account's webhooks are signed with: see `webhooks`. It shows itself to nobody who does not ask.

        Replicate's HTTP API: `webhooks.default.secret.get`.
        """
        call = self._requests.get("read the webhook secret", "webhooks", "default", "secret")
        return await self._requests.read(call, _secret)

    def download(self, url: str, *, offset: int = 0, etag: str | None = None) -> AbstractAsyncContextManager[Download]:
        """A file at a `https:`, `http:` or `data:` address, from byte `offset` on.

        The server may start at the beginning all the same: see `Download.start`. It does so when `etag`, which
        an earlier answer told, is not the file's any more.
        """
        return download(self._transport, url, offset=offset, limit=self._requests.patience.ordinary(), etag=etag)


def _hardware(raw: object) -> tuple[Hardware, ...]:
    if not isinstance(raw, list):
        raise UnexpectedAnswer("not a list of Hardware")
    return readable(raw, Hardware)


def _secret(raw: object) -> SecretStr:
    key = raw.get("key") if isinstance(raw, dict) else None
    if not isinstance(key, str) or not key:
        raise UnexpectedAnswer("not a webhook secret: key missing or of a wrong type")
    return SecretStr(key)
