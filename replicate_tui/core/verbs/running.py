"""The Session's verbs on runs: send, follow, fetch, cancel, keep, and what they took and cost."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from replicate_tui.api.errors import APIError, NetworkError, UnknownFate
from replicate_tui.api.resources import Page, Prediction
from replicate_tui.core import asking, outputs
from replicate_tui.core.costs.phases import Phase, phases
from replicate_tui.core.costs.pricing import Cost
from replicate_tui.core.costs.usual import NOTHING_USUAL
from replicate_tui.core.forms.options import RunOptions, from_json
from replicate_tui.core.history import leases, runs
from replicate_tui.core.history.runs import OURS, Run
from replicate_tui.core.keeping import sizes
from replicate_tui.core.keeping.file_names import folder_name
from replicate_tui.core.keeping.saving import Saved, save
from replicate_tui.core.models.target import Target
from replicate_tui.core.outputs import OutputFile
from replicate_tui.core.parts import Parts
from replicate_tui.core.sending import launch, request, stopping
from replicate_tui.core.sending.owed import NotKept
from replicate_tui.core.sending.request import Launch
from replicate_tui.core.sending.stopping import Outcome

_END: Final = object()


class RunningVerbs(Parts):
    """Does what can be done with runs."""

    async def run(
        self, target: Target, values: Mapping[str, Any], options: RunOptions | None = None, *, made_from: str = ""
    ) -> Run:
        """Send a run when its turn comes; `made_from` is the id of the run that it is a remix of.

        Raises:
            ReadOnly: writes are forbidden.
            Removed: it was taken out of the queue, or stopped before it was sent.
            NotKept: the history file cannot be used; the journal writes what became of it as soon as it can be.
            ReplicateError: the API refused it or did not answer; the store's row says which.
            ValueError: an option is none that the API knows; nothing was sent.
        """
        self.settings.require_writes("run a model")
        await self.finder.remember(target)
        return await self._submit(replace(self._order(target, values, options), made_from=made_from))

    def _order(self, target: Target, values: Mapping[str, Any], options: RunOptions | None) -> Launch:
        asked = options or RunOptions()
        return Launch(target, values, replace(asked, lifetime=asked.lifetime or self.settings.lifetime))

    async def _submit(self, order: Launch) -> Run:
        """Send what was ordered when its turn comes."""
        async with self.leases.holding(leases.program(self.leases.holder)):
            try:
                run = await launch.submit(self.client, self.store, order, self.queue)
            except UnknownFate:
                self.journal.wake()
                raise
            except NotKept as unkept:
                self.journal.owe(unkept.owed)
                raise
        if stopping.is_wanted(self.store, run.id):
            self.journal.wake()
        self.watcher.wake()
        return run

    async def rehearse(self, target: Target, values: Mapping[str, Any], options: RunOptions | None = None) -> None:
        """Raise WouldSend with the request that `run` would send, in a session of dry runs."""
        await request.rehearse(self.client, self._order(target, values, options))

    def budget_question(self, target: Target, options: RunOptions) -> str | None:
        """What to ask before a run that would cross the day's budget, or may; None where there is nothing to ask."""
        deployment = Launch(target, {}, options).deployment or ""
        return self.costs.question(self.settings.daily_budget, target.model, deployment)

    def timeline(self, run: Run) -> tuple[Phase, ...]:
        """What each phase of a run takes, beside what is usual; no training is like another."""
        row, now = runs.row(run), time.time()
        usual = NOTHING_USUAL if run.is_training else self.usual.times(row.model)
        return phases(row, now=now, since=self._sightings.see(row, now), usual=usual)

    def cost(self, run: Run) -> Cost | None:
        """What a run costs, as far as it can be known; None on this machine."""
        return self.costs.of(runs.row(run))

    def asked(self, run_id: str) -> RunOptions:
        """The options that this program asked for with a run."""
        return from_json(self.store.database.asked(self.store.scope, run_id).options)

    async def resolve(self, run_id: str, prediction_id: str | None) -> Run:
        """Say of a run whose fate is unknown that it is this prediction, or None: that it was never submitted.

        Raises:
            CannotResolve: it is not unknown, or the prediction is another run.
        """
        return await self.journal.resolve(run_id, prediction_id)

    async def follow(self, run_id: str) -> AsyncIterator[Run]:
        """The run at each change, until it ends; its end has its last logs, even if it came before we looked.

        Raises:
            ReplicateError: the API refuses to tell, or stayed out of reach too long. The run goes on.
        """
        async with contextlib.aclosing(self.watcher.follow(run_id)) as changes:
            while await self._background.beside(anext(changes, _END)) is not _END:
                run = self.store.run(run_id)
                if run is not None and run.over and self.watcher.owes_logs(run_id):
                    run = await self.prediction(run_id)
                if run is not None:
                    yield run

    async def prediction(self, run_id: str) -> Run:
        """A run as the API tells it now, joined with what we kept."""
        return await self.store.put(await asking.fetch(self.client, self.store, run_id), now=time.time())

    async def complete(self, run: Run) -> None:
        """Fetch a run that ended and whose logs we never saw: a list does not tell them. One answer is enough.

        Raises:
            NetworkError: there was no answer.
        """
        if not run.over or run.status in OURS or run.logs or run.id in self._completed:
            return
        self._completed.add(run.id)
        try:
            with contextlib.suppress(APIError):
                await self.prediction(run.id)
        except (NetworkError, asyncio.CancelledError):
            self._completed.discard(run.id)
            raise

    async def predictions(self, cursor: str | None = None) -> Page[Prediction]:
        """A page of the account's runs, newest first; what it tells is kept."""
        page = await self.client.predictions.list(cursor)
        for prediction in page.results:
            await self.store.put(prediction, now=time.time())
        return page

    def going(self) -> tuple[str, ...]:
        """The ids of the runs that this machine knows to wait, to be sent, or to be active, in that order."""
        return stopping.known(self.store)

    async def all_going(self) -> tuple[str, ...]:
        """Likewise, with all that is active on the account: its list is read.

        Raises:
            ReplicateError: the list could not be read.
        """
        return await stopping.going(self.client, self.store)

    def cancel_all(self, run_ids: Iterable[str]) -> AsyncGenerator[Outcome, None]:
        """Stop these runs, some at the same time; what came of each, in their order. To be closed.

        Raises:
            ReadOnly: writes are forbidden.
        """
        self.settings.require_writes("cancel runs")
        return stopping.each(self.cancel, run_ids)

    async def cancel(self, run_id: str) -> Run:
        """Stop a run: what waits or uploads is not sent, what is just being sent is stopped when it has an id.

        The run is returned as it is then; `stopping.told` says it in words.

        Raises:
            ReadOnly: writes are forbidden.
            NoSuchRun: no run has that local id.
            ReplicateError: the API refused or did not answer.
        """
        self.settings.require_writes("cancel a run")
        if run_id in self.queue.waiting and (waiting := self.store.run(run_id)) is not None:
            self.queue.remove(run_id)
            return runs.with_status(waiting, runs.NOT_SUBMITTED, stopping.CANCELED)
        run = await stopping.stop(self.client, self.store, run_id)
        if run.status == runs.UNKNOWN:
            self.journal.wake()
        return run

    async def size_to_fetch(self, chosen: Iterable[Run]) -> int | None:
        """The bytes of those files of these runs' outputs that are not kept here; None where a server does not tell."""
        return await sizes.total(self.client, [file for run in chosen for file in _not_kept(run)])

    async def save(self, run: Run, folder: Path | None = None, *, files: bool = True) -> Saved:
        """Keep a run's files: in `folder`, or with this profile's saved runs, where what is there is not fetched again.

        Without `files` only what is told of it is kept: its object, its logs, its output as text.

        Raises:
            OSError: the folder cannot be written.
        """
        own = folder or self.settings.runs_folder / folder_name(run.id)
        saved = await save(self.client, run, own, keep=folder is None, files=files)
        if run.over and not saved.failures and (run.folder is None or not run.folder.is_dir()):
            await self.store.set_folder(run.id, saved.folder.absolute())
        return saved


def _not_kept(run: Run) -> list[OutputFile]:
    kept = run.files
    return [file for file in outputs.files(run.prediction.output) if file.where not in kept]
