"""A Cog server, our own process or a container, as something that runs jobs.

A run is one `PUT /predictions/{id}` that is waited for: whenever the connection ends, Cog cancels the prediction, so
that nothing goes on that nobody wants. How it gets on is learnt meanwhile from the stream of its events or, where
there is none or it broke off because the model spoke faster than Cog hands on, by looking now and then.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from replicate_tui.local.cog.client import ABLE, SHORTEST_PAUSE, CogClient, State, Unintelligible
from replicate_tui.local.cog.files import OutputFiles, Unreadable, handed_in
from replicate_tui.local.cog.process import CogProcess
from replicate_tui.local.cog.progress import Progress, keeper
from replicate_tui.local.cog.receiver import Receiver
from replicate_tui.local.cog.workspace import Workspace
from replicate_tui.local.work.jobs import Job, Outcome
from replicate_tui.local.work.process import GRACE

LAST_LOGS_SECONDS = 1.0
"""How long a failed run waits for the rest of its logs."""

LOOK_SECONDS = 0.5
"""How often a run without a stream is looked at."""

LEFTOVERS = Path("/tmp/coglet/predictions")
"""Where Cog's server makes folders for each run, and leaves them."""

DIED = "the model's process ended unexpectedly"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a model's schema says about running it.

    `iterates`: its output comes piece by piece. `texts_only`: there are no files in its output. `observable`: Cog
    would notice an impossible input, so that predictions can be looked at. `event_stream`: Cog streams its events.
    """

    file_inputs: frozenset[str]
    iterates: bool
    texts_only: bool
    observable: bool
    event_stream: bool


@dataclass(frozen=True, slots=True)
class Home:
    """A process that is ours, and the folder that it runs in."""

    process: CogProcess
    workspace: Workspace


class CogWorker:
    """One Cog server, one run at a time. Without a `home` it is somebody else's, never started or ended by us."""

    def __init__(self, client: CogClient, abilities: Abilities, home: Home | None) -> None:
        self._client = client
        self._abilities = abilities
        self._home = home
        self._receiver = Receiver()
        self._usable = True
        self._asking = False
        self._request: asyncio.Task[State] | None = None
        self._canceling: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Get ready to run."""
        await self._receiver.open()

    @property
    def alive(self) -> bool:
        """Whether it can run anything more."""
        return self._usable and (self._home is None or self._home.process.alive)

    async def run(self, job: Job, on_log: Callable[[str], None], on_output: Callable[[Any], None]) -> Outcome:
        """Run the model once; a server that dies makes it a failed run."""
        if job.train:
            return Outcome("failed", "this model cannot be trained here")
        keep = keeper(OutputFiles(job.folder), texts_only=self._abilities.texts_only)
        progress = Progress(on_log, on_output if self._abilities.iterates else None, keep)
        state = await self._ended(job, progress)
        await progress.see(state)
        match state.status:
            case "succeeded":
                return Outcome("succeeded", progress.elements if self._abilities.iterates else await keep(state.output))
            case "canceled":
                return Outcome("canceled")
            case _:
                return Outcome("failed", state.error or "the model failed without a reason")

    def cancel(self, run_id: str) -> None:
        """Ask the run to stop; after `GRACE` seconds our process is killed, and a container is no longer waited for."""
        if self._request and not self._canceling:
            self._canceling = asyncio.create_task(self._cancel(run_id, self._request))

    async def stop(self) -> None:
        """End it, whatever it is doing; a container goes on."""
        self._usable = False
        if self._home:
            await self._home.process.stop()
            self._home.workspace.remove()
        await self._client.close()
        await self._receiver.close()

    async def _ended(self, job: Job, progress: Progress) -> State:
        """The state in which the run ended, its progress handed on meanwhile."""
        end = self._receiver.expect(job.id)
        self._request = asyncio.create_task(self._requested(job))
        following = asyncio.create_task(self._follow(job.id, progress))
        try:
            await asyncio.wait([self._request])
            await _canceled(following)
            if not following.cancelled():
                following.result()
            return await self._answer(self._request, end)
        finally:
            self._receiver.forget(job.id)
            await _canceled(self._request, following, *filter(None, [self._canceling]))
            self._request = self._canceling = None
            if self._home:
                await asyncio.to_thread(shutil.rmtree, LEFTOVERS / job.id, ignore_errors=True)

    async def _requested(self, job: Job) -> State:
        try:
            values = await asyncio.to_thread(handed_in, job.input, self._abilities.file_inputs, job.own_files)
        except Unreadable as error:
            return State("failed", error=str(error))
        webhook = self._receiver.address(job.id) if self._client.on_loopback else None
        self._asking = True
        try:
            return await self._client.predict(job.id, values, webhook)
        finally:
            self._asking = False

    async def _answer(self, request: asyncio.Task[State], end: asyncio.Future[dict[str, Any]]) -> State:
        """What the request's end means: its answer, completed by what the webhook tells, or the death of the server."""
        if request.cancelled():
            return State("canceled")
        try:
            state = request.result()
        except httpx.HTTPError as error:
            self._usable = self._home is None
            loss = DIED if self._home else f"the connection to {self._client.url} was lost ({error})"
            return State("canceled") if self._canceling else State("failed", error=loss)
        except Unintelligible as error:
            return State("failed", error=str(error))
        if state.status != "failed" or not state.ran:
            return state
        if not state.logs and self._client.on_loopback:
            with suppress(TimeoutError):
                state = replace(state, logs=State.told(await asyncio.wait_for(end, LAST_LOGS_SECONDS)).logs)
        if await self._healthy():
            return state
        self._usable = self._home is None
        return replace(state, error=DIED)

    async def _healthy(self) -> bool:
        try:
            return (await self._client.health())["status"] in ABLE
        except (httpx.HTTPError, Unintelligible):
            return False

    async def _follow(self, run_id: str, progress: Progress) -> None:
        """Hand on how the run gets on. Nothing depends on it: the run's end tells all that was not understood here."""
        streaming, pause = self._abilities.event_stream, SHORTEST_PAUSE
        # A server that cannot be spoken to is the affair of the request that is waited for.
        with suppress(httpx.HTTPError, Unintelligible):
            while self._abilities.observable:
                if streaming:
                    heard, completed = await self._listen(run_id, progress)
                    if completed:
                        return
                    streaming = not heard
                elif state := await self._client.look(run_id):
                    await progress.see(state)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LOOK_SECONDS)

    async def _listen(self, run_id: str, progress: Progress) -> tuple[bool, bool]:
        """Whether the run's stream said anything, and whether it said all."""
        heard = False
        async with aclosing(self._client.events(run_id)) as events:
            async for event in events:
                heard = True
                if event.kind in ("completed", "error"):
                    return True, event.kind == "completed"
                await progress.hear(event)
        return heard, False

    async def _cancel(self, run_id: str, request: asyncio.Task[State]) -> None:
        try:
            async with asyncio.timeout(GRACE):
                # What Cog does not know may be on its way to it.
                while self._asking and not await self._client.cancel(run_id):
                    await asyncio.wait([request], timeout=SHORTEST_PAUSE)
                if self._asking:
                    await asyncio.wait([request])
        except (TimeoutError, httpx.HTTPError):
            if self._home:
                self._usable = False
                self._home.process.kill()
        request.cancel()


async def _canceled(*tasks: asyncio.Task[Any]) -> None:
    """End the tasks."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
