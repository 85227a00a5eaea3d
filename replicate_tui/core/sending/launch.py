"""The way of a run to the API: on disk, its turn, its files uploaded, the POST, then the API's own object.

Whatever happens in between is told by the row: never sent, or sent and the answer lost. It is never sent again by
itself.
"""

import asyncio
import math
import secrets
import time
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from replicate_tui.api.calls import TRIES
from replicate_tui.api.client import Client
from replicate_tui.api.errors import NetworkError, RateLimited, ReplicateError, UnexpectedAnswer, UnknownFate
from replicate_tui.api.resources import Prediction
from replicate_tui.api.retries import pause
from replicate_tui.core.forms import inputs
from replicate_tui.core.forms.options import as_json
from replicate_tui.core.history import marks, runs
from replicate_tui.core.history.database import Asked, DatabaseError
from replicate_tui.core.history.redaction import redact
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Store
from replicate_tui.core.models.target import CannotRun
from replicate_tui.core.sending import as_written, request, stopping
from replicate_tui.core.sending.launch_queue import LaunchQueue, Removed
from replicate_tui.core.sending.owed import NotKept, Owed
from replicate_tui.core.sending.request import Launch
from replicate_tui.core.sending.uploading import uploaded

T = TypeVar("T")

KEPT_PAUSES = (0.5, 2.0, 5.0)
"""Seconds between the tries to write down a run that was created."""


async def submit(client: Client, store: Store, launch: Launch, queue: LaunchQueue | None = None) -> Run:
    """Send a run when its turn in the queue comes, and return it as the API answered.

    Where the API says that it was too early after all, it goes back to the front of the queue. Without a queue it is
    sent at once, and such a refusal is raised. One that was to be stopped while it was being sent is stopped then;
    where there is no answer to that, the wish stays noted.

    Raises:
        Removed: it was taken out of the queue, or stopped before it was sent.
        NotKept: the history file cannot be used, so its row does not say what became of it.
        ReplicateError: the API refused it or did not answer; the row in the store says which.
        CannotRun: what it needs first cannot be had; nothing was sent.
        OSError: a file to upload could not be read; nothing was sent.
        ValueError: an option is none that the API knows; nothing was sent.
    """
    run = await _Submission(client, store, launch, queue).run()
    return await stopping.fulfilled(client, store, run)


class Overtaken(Removed):
    """The program slept for so long that another one gave the run up; nothing of it was sent."""


class Canceled(Removed):
    """A person stopped the run before it was sent, here or in another program; its row says so."""


class _Submission:
    """One run on its way: where it is, is what its row on disk says."""

    def __init__(self, client: Client, store: Store, launch: Launch, queue: LaunchQueue | None) -> None:
        self._client = client
        self._store = store
        self._launch = launch
        self._queue = queue
        self._key = f"{runs.LOCAL_ID}{secrets.token_hex(8)}"
        self._row = request.ordered(self._key, launch)
        store.hidden.keep(self._key, as_written.secrets_in(launch.target.fields, launch.input))
        self._turn = 0
        self._sending = False
        self._prediction: Prediction | None = None
        self._given_up = asyncio.Event()

    async def run(self) -> Run:
        leave = self._store.subscribe(self._notice)
        try:
            self._prediction = await self._created()
            return await self._kept(self._prediction)
        except DatabaseError as error:
            raise NotKept(str(error), self._owed(str(error))) from error
        finally:
            leave()

    async def _created(self) -> Prediction:
        try:
            await self._begin()
            values = await self._uploaded()
            await self._prepare()
            return await self._send(values)
        except (Overtaken, Canceled):
            raise  # the row says already what became of it
        except (ReplicateError, CannotRun, OSError, ValueError, TypeError, Removed) as error:
            # A success that cannot be read has created something all the same.
            fate_unknown = self._sending and isinstance(error, UnknownFate | UnexpectedAnswer)
            reason = redact(str(error), self._store.hidden.of(self._key))
            await self._stand(runs.UNKNOWN if fate_unknown else runs.NOT_SUBMITTED, reason)
            if isinstance(error, UnexpectedAnswer) and fate_unknown:
                raise UnknownFate(f"{reason}; the run may have been created: look at the account's runs") from error
            raise
        except asyncio.CancelledError:
            if self._sending:
                await self._stand(runs.UNKNOWN, "interrupted while it was being sent")
            else:
                await self._stand(runs.NOT_SUBMITTED, "interrupted before it was sent, so nothing was charged")
            raise

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

    def _owed(self, reason: str) -> Owed:
        """What its row is to say, which the file does not take now."""
        if self._prediction is None and self._row.status in runs.ON_ITS_WAY:
            return Owed(runs.with_status(self._row, runs.NOT_SUBMITTED, reason))
        return Owed(self._row, self._prediction)

    def _notice(self, run_id: str) -> None:
        """See that it is given up while it waits or its files are sent."""
        row = self._store.row(self._key) if run_id in (self._key, "") else None
        if row is not None and row.status == runs.NOT_SUBMITTED and self._row.status in runs.ON_ITS_WAY:
            self._given_up.set()

    async def _unless_given_up(self, step: Awaitable[T]) -> T:
        """What a step before the sending gives; it is left when the run is given up meanwhile."""
        doing = asyncio.ensure_future(step)
        given_up = asyncio.ensure_future(self._given_up.wait())
        try:
            await asyncio.wait({doing, given_up}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise self._overtaken()
            return doing.result()
        finally:
            doing.cancel()
            given_up.cancel()
            await asyncio.gather(doing, given_up, return_exceptions=True)

    def _overtaken(self) -> Removed:
        row = self._store.row(self._key)
        if row is not None and row.error == stopping.CANCELED:
            return Canceled(stopping.CANCELED)
        return Overtaken("another program found it abandoned and gave it up; nothing was sent")

    async def _begin(self) -> None:
        """On disk first; then wait for the turn."""
        if self._queue is None:
            await self._keep(self._next)
            return
        first = self._next if self._queue.is_free else runs.WAITING
        with self._queue.place(self._key) as turn:
            await self._keep(first)
            self._turn = await self._unless_given_up(turn)

    async def _keep(self, status: str) -> None:
        self._row = runs.with_status(self._row, status, None)
        options_text = as_json(self._launch.options) if self._launch.options else ""
        options_text = marks.beside(options_text, self._store.hidden.of(self._key))
        asked = Asked(options_text, self._store.database.program, self._launch.made_from)
        await self._store.save(self._row, asked=asked)

    @property
    def _next(self) -> str:
        """What follows the turn."""
        return runs.UPLOADING if self._launch.has_uploads else runs.SUBMITTING

    async def _uploaded(self) -> dict[str, Any]:
        if not self._launch.has_uploads:
            return dict(self._launch.input)
        await self._advance(runs.UPLOADING)
        values = await self._unless_given_up(uploaded(self._client, self._launch.input))
        self._row = runs.noting(self._row, {"input": inputs.redacted(self._launch.target.fields, values)})
        return values

    async def _prepare(self) -> None:
        """Do what the run needs first, unless the run is given up by now; from then on its stop is a wish."""
        if self._launch.first is not None:
            await self._submitting()
            await self._launch.first()

    async def _send(self, values: Mapping[str, Any]) -> Prediction:
        patience = self._queue.patience if self._queue else 0.0
        until = math.inf if patience is None else time.monotonic() + patience
        tries = 0
        while True:
            await self._submitting()
            self._sending = True
            try:
                return await request.create(self._client, self._launch, values, admitted=self._queue is not None)
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
                    await self._stand(runs.WAITING, redact(str(early), self._store.hidden.of(self._key)))
                    self._heed_wish()
                    await self._unless_given_up(turn)

    async def _submitting(self) -> None:
        self._row = runs.noting(self._row, {runs.SENT_AT: time.time()})
        await self._advance(runs.SUBMITTING)
        self._heed_wish()

    def _heed_wish(self) -> None:
        """Send nothing that is to be stopped."""
        if stopping.is_wanted(self._store, self._key):
            raise Removed(stopping.CANCELED)

    async def _advance(self, status: str) -> None:
        """Go on to the next state, unless another program took this one for dead and gave the run up."""
        before = self._row.status
        self._row = runs.with_status(self._row, status, None)
        if not await self._store.advance(self._row, before):
            raise self._overtaken()

    async def _stand(self, status: str, reason: str | None) -> None:
        if (self._row.status, self._row.prediction.error) != (status, reason):
            self._row = runs.with_status(self._row, status, reason)
            await self._store.save(self._row)
