"""The way of a run to the API: on disk, its turn, its files uploaded, the POST, then the API's own object.

Whatever happens in between is told by the row: never sent, or sent and the answer lost. It is never sent again by
itself.
"""

import asyncio
import json
import math
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from replicate_tui.api.calls import TRIES
from replicate_tui.api.client import Client
from replicate_tui.api.errors import NetworkError, RateLimited, ReplicateError, UnexpectedAnswer, UnknownFate
from replicate_tui.api.resources import Prediction
from replicate_tui.api.retries import pause
from replicate_tui.core.forms import inputs, options
from replicate_tui.core.forms.file_input import absolute
from replicate_tui.core.forms.inputs import REDACTED, Upload
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history import runs
from replicate_tui.core.history.database import Asked, DatabaseError
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Store
from replicate_tui.core.models.target import Target
from replicate_tui.core.sending import likeness
from replicate_tui.core.sending.launch_queue import LaunchQueue, Removed

KEPT_PAUSES = (0.5, 2.0, 5.0)
"""Seconds between the tries to write down a run that was created."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything that one run is made of."""

    target: Target
    input: Mapping[str, Any]
    options: RunOptions = field(default_factory=RunOptions)

    @property
    def deployment(self) -> str | None:
        """Where it runs; a version that the options pin runs where Replicate wants."""
        return None if self.options.version else self.options.deployment or self.target.deployment

    @property
    def has_uploads(self) -> bool:
        """Whether files are to be sent before the run itself."""
        return any(_holds_upload(value) for value in self.input.values())

    @property
    def version(self) -> str:
        """The version that it is a run of, as far as we can know."""
        return self.options.version or self.target.version

    @property
    def identifier(self) -> str:
        """What the API takes as `version`."""
        return self.options.version or self.target.identifier


async def submit(client: Client, store: Store, launch: Launch, queue: LaunchQueue | None = None) -> Run:
    """Send a run when its turn in the queue comes, and return it as the API answered.

    Where the API says that it was too early after all, it goes back to the front of the queue. Without a queue it is
    sent at once, and such a refusal is raised.

    Raises:
        Removed: it was taken out of the queue.
        ReplicateError: the API refused it or did not answer; the row in the store says which.
        OSError: a file to upload could not be read; nothing was sent.
        ValueError: an option is none that the API knows; nothing was sent.
    """
    return await _Submission(client, store, launch, queue).run()


async def rehearse(client: Client, launch: Launch) -> None:
    """Go through the request with a client of dry runs: WouldSend tells it, with paths for files and no secrets.

    Raises:
        ValueError: an option is none that the API knows.
    """
    shown = inputs.redacted(launch.target.fields, _without_uploads(launch.input))
    await _create(client, launch, shown, admitted=False)


class Overtaken(Removed):
    """The program slept for so long that another one gave the run up; nothing of it was sent."""


class _Submission:
    """One run on its way: where it is, is what its row on disk says."""

    def __init__(self, client: Client, store: Store, launch: Launch, queue: LaunchQueue | None) -> None:
        self._client = client
        self._store = store
        self._launch = launch
        self._queue = queue
        self._shown = inputs.redacted(launch.target.fields, _without_uploads(launch.input))
        self._key = f"{runs.LOCAL_ID}{secrets.token_hex(8)}"
        self._row = _ordered(self._key, launch, self._shown)
        self._turn = 0
        self._sending = False

    async def run(self) -> Run:
        try:
            await self._begin()
            values = await self._uploaded()
            prediction = await self._send(values)
        except Overtaken:
            raise  # the row says already what became of it
        except (ReplicateError, OSError, ValueError, TypeError, Removed) as error:
            # A success that cannot be read has created something all the same.
            fate_unknown = self._sending and isinstance(error, UnknownFate | UnexpectedAnswer)
            reason = _without_secrets(str(error), self._launch.input, self._shown)
            await self._stand(runs.UNKNOWN if fate_unknown else runs.NOT_SUBMITTED, reason)
            if isinstance(error, UnexpectedAnswer) and fate_unknown:
                raise UnknownFate(f"{reason}; the run may have been created: look at the account's runs") from error
            raise
        except asyncio.CancelledError:
            status = runs.UNKNOWN if self._sending else runs.NOT_SUBMITTED
            await self._stand(status, "interrupted while it was being sent")
            raise
        return await self._kept(prediction)

    async def _kept(self, prediction: Prediction) -> Run:
        """The run in the place of its row, tried again for a while: the file may be locked by another program."""
        pauses = iter(KEPT_PAUSES)
        while True:
            try:
                return await self._store.put(prediction, now=self._row.seen_at, instead_of=self._key)
            except DatabaseError as error:
                wait = next(pauses, None)
                if wait is None:
                    raise DatabaseError(f"the run {prediction.id} was created, and cannot be kept: {error}") from error
                await asyncio.sleep(wait)

    async def _begin(self) -> None:
        """On disk first; then wait for the turn."""
        if self._queue is None:
            await self._keep(self._next)
            return
        first = self._next if self._queue.is_free else runs.WAITING
        with self._queue.place(self._key) as turn:
            await self._keep(first)
            self._turn = await turn

    async def _keep(self, status: str) -> None:
        self._row = runs.with_status(self._row, status, None)
        asked = Asked(_as_text(self._launch.options), self._store.database.program)
        await self._store.save(self._row, asked=asked)

    @property
    def _next(self) -> str:
        """What follows the turn."""
        return runs.UPLOADING if self._launch.has_uploads else runs.SUBMITTING

    async def _uploaded(self) -> dict[str, Any]:
        if not self._launch.has_uploads:
            return dict(self._launch.input)
        await self._advance(runs.UPLOADING)
        values = await _uploaded(self._client, self._launch.input)
        self._row = runs.with_input(self._row, inputs.redacted(self._launch.target.fields, values))
        return values

    async def _send(self, values: Mapping[str, Any]) -> Prediction:
        patience = self._queue.patience if self._queue else 0.0
        until = math.inf if patience is None else time.monotonic() + patience
        tries = 0
        while True:
            self._row = runs.with_sent_at(self._row, time.time())
            await self._advance(runs.SUBMITTING)
            self._sending = True
            try:
                return await _create(self._client, self._launch, values, admitted=self._queue is not None)
            except UnknownFate:
                raise
            except NetworkError:
                # Nothing was sent. Each try begins with a look at the row: we may have slept for long.
                tries += 1
                if tries == TRIES:
                    raise
                self._sending = False
                await asyncio.sleep(pause(tries) or 0.0)
            except RateLimited as early:
                if self._queue is None or time.monotonic() + (early.retry_after or 0.0) > until:
                    raise
                self._sending = False
                with self._queue.place(self._key, again=self._turn) as turn:
                    await self._stand(runs.WAITING, _without_secrets(str(early), self._launch.input, self._shown))
                    await turn

    async def _advance(self, status: str) -> None:
        """Go on to the next state, unless another program took this one for dead and gave the run up."""
        before = self._row.status
        self._row = runs.with_status(self._row, status, None)
        if not await self._store.advance(self._row, before):
            raise Overtaken("another program found it abandoned and gave it up; nothing was sent")

    async def _stand(self, status: str, reason: str | None) -> None:
        if (self._row.status, self._row.prediction.error) != (status, reason):
            self._row = runs.with_status(self._row, status, reason)
            await self._store.save(self._row)


def _as_text(asked: RunOptions) -> str:
    return options.as_json(asked) if asked else ""


def _ordered(key: str, launch: Launch, shown: Mapping[str, Any]) -> Run:
    run = runs.ordered(key, launch.target.model, launch.version, shown, now=time.time(), status=runs.WAITING)
    run = likeness.noting_texts(run, launch.target.fields)
    if launch.deployment is None:
        return run
    return replace(run, prediction=Prediction.of({**run.prediction.raw, "deployment": launch.deployment}))


async def _create(client: Client, launch: Launch, values: Mapping[str, Any], *, admitted: bool) -> Prediction:
    asked = launch.options
    if launch.deployment is None:
        create = partial(client.predictions.create, launch.identifier)
    else:
        owner, _, name = launch.deployment.partition("/")
        create = partial(client.deployments.predictions.create, owner, name)
    return await create(
        values,
        wait=asked.block,
        webhook=asked.webhook,
        webhook_events=asked.webhook_events,
        cancel_after=asked.lifetime,
        admitted=admitted,
    )


def _without_secrets(reason: str, values: Mapping[str, Any], shown: Mapping[str, Any]) -> str:
    """An error as it is kept: a server may quote what it refuses."""
    for name, value in values.items():
        if shown[name] == REDACTED:
            for text in _texts(value):
                reason = reason.replace(text, REDACTED)
    return reason


def _texts(value: object) -> Iterator[str]:
    """How a server may write a secret, the longest first."""
    if isinstance(value, list | dict):
        yield from (json.dumps(value), str(value))
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif value is not None and not isinstance(value, bool) and str(value):
        yield str(value)


def _without_uploads(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(value) for name, value in values.items()}


def _holds_upload(value: object) -> bool:
    return isinstance(value, Upload) or (isinstance(value, list) and any(_holds_upload(item) for item in value))


def _shown(value: object) -> object:
    if isinstance(value, Upload):
        return f"@{absolute(value).path}"
    return [_shown(item) for item in value] if isinstance(value, list) else value


async def _uploaded(client: Client, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: await _upload(client, value) for name, value in values.items()}


async def _upload(client: Client, value: object) -> object:
    if isinstance(value, Upload):
        return (await client.files.create(value.path)).url
    if isinstance(value, list):
        return [await _upload(client, item) for item in value]
    return value
