"""Runs that a person wants stopped, wherever they are on their way.

What waits or uploads its files is given up in its row, where the program that sends it looks before it goes on. Of a
run that is just being sent, or whose answer was lost, the wish is noted beside the options that were asked for; it
stays there when the run gets its id, and is fulfilled then.
"""

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from replicate_tui.api.client import Client
from replicate_tui.api.errors import InvalidInput, NotFound, ReplicateError, UnexpectedAnswer
from replicate_tui.core import asking
from replicate_tui.core.history import runs
from replicate_tui.core.history.run_writing import ONE_RUN
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.scopes import settled
from replicate_tui.core.history.store import Store

AT_ONCE = 8
"""So many runs are stopped at the same time."""
LONGEST_ACTIVE = timedelta(days=1)
"""How far back the account's list is read for what is active; a run takes half an hour, a long queue some hours."""

CANCELED = "canceled before it was sent, so nothing was charged"
"""What the row of a run says that was stopped while nothing of it was sent."""

_WISH = "stop"
"""The name under which the wish is noted, among the options."""


class NoSuchRun(ReplicateError):
    """No run has that id on this machine."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the wish to stop a run: the run as it is then, else the error for which it may go on."""

    id: str
    run: Run | None = None
    error: ReplicateError | None = None


async def stop(client: Client, store: Store, run_id: str) -> Run:
    """Stop a run: at the API, or on its way there. One that has no id yet is stopped once it has one.

    Raises:
        NoSuchRun: no run has that local id.
        ReplicateError: the API refused or did not answer.
    """
    if not runs.is_local(run_id):
        return await _stopped(client, store, run_id)
    before = store.run(run_id)
    if before is None:
        raise NoSuchRun(f"there is no run {run_id}: if there was one, it has its id meanwhile")
    run = await _stopped_on_its_way(store, before)
    if run is not None:
        return run
    named = _named(store, before)
    if named is None:
        raise NoSuchRun(f"{run_id} has got its id just now: look at the list of runs, and stop it under that")
    return await _stopped(client, store, named)


async def each(stop: Callable[[str], Awaitable[Run]], run_ids: Iterable[str]) -> AsyncGenerator[Outcome, None]:
    """What comes of stopping each of these runs, in their order; some are stopped at the same time."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(run_id: str) -> Outcome:
        async with room:
            try:
                return Outcome(run_id, run=await stop(run_id))
            except ReplicateError as error:
                return Outcome(run_id, error=error)

    tasks = [asyncio.create_task(one(run_id)) for run_id in run_ids]
    try:
        for task in tasks:
            yield await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def known(store: Store) -> tuple[str, ...]:
    """The ids of the runs that this machine knows to be on their way, or active at the API, in that order."""
    ids = store.database.ids_in(store.scope, runs.ON_ITS_WAY)
    return (*(each for each in ids if runs.is_local(each)), *sorted(store.active))


async def going(client: Client, store: Store) -> tuple[str, ...]:
    """The ids of the account's runs that are on their way from this machine, or active by whoever's hand.

    The list is read a day back; older runs are looked at singly, if this machine knew them to be active.

    Raises:
        ReplicateError: the API refused or did not answer.
    """
    listed = await _listed(client)
    on_their_way = [each for each in known(store) if runs.is_local(each)]
    older = [each for each in sorted(store.active - listed.keys()) if await _is_active(client, store, each)]
    return (*on_their_way, *(each for each, active in listed.items() if active), *older)


def told(run: Run) -> str:
    """In words, what came of stopping a run that is returned as this."""
    if run.status == runs.NOT_SUBMITTED:
        return f"{run.status}: {run.prediction.error}" if run.prediction.error else run.status
    if run.status == runs.UNKNOWN:
        return f"{run.status}: it is stopped if it is found on Replicate"
    if run.status == runs.SUBMITTING:
        return f"{run.status}: it is stopped as soon as Replicate has answered"
    return run.status


# -- wishes ------


def is_wanted(store: Store, run_id: str) -> bool:
    """Whether a run is to be stopped as soon as that can be done."""
    options = store.database.asked(store.scope, run_id).options
    return bool(options) and _WISH in json.loads(options)


async def fulfil(client: Client, store: Store, run_id: str) -> Run | None:
    """Stop a run that has its id, if that was wanted and is possible; the run then.

    Raises:
        ReplicateError: it cannot be asked for now; the wish stays.
    """
    if not is_wanted(store, run_id):
        return None
    try:
        run = await _stopped(client, store, run_id)
    except (NotFound, InvalidInput, UnexpectedAnswer):
        run = None  # asking again would bring the same answer
    await _note(store, run_id, wanted=False)
    return run


async def fulfilled(client: Client, store: Store, run: Run) -> Run:
    """The run, stopped if that was wanted; where that cannot be asked for now the wish stays, for the journal."""
    with contextlib.suppress(ReplicateError):
        return await fulfil(client, store, run.id) or run
    return run


async def _note(store: Store, run_id: str, *, wanted: bool) -> bool:
    """Note or forget the wish; whether there is a row for it."""

    def note(db: sqlite3.Connection) -> bool:
        # Another program may have learned just now whose the token is: the rows go by that name then.
        whose = settled(db, store.scope)
        row = (whose.host, whose.account, run_id)
        found = db.execute(f"SELECT asked FROM runs WHERE {ONE_RUN}", row).fetchone()
        if found is None:
            return False
        asked = {name: value for name, value in json.loads(found[0] or "{}").items() if name != _WISH}
        asked |= {_WISH: True} if wanted else {}
        db.execute(f"UPDATE runs SET asked = ? WHERE {ONE_RUN}", (json.dumps(asked) if asked else "", *row))
        return True

    return await store.database.write(note)


# -- one run ------


async def _stopped(client: Client, store: Store, run_id: str) -> Run:
    return await store.put(await asking.cancel(client, store, run_id), now=time.time())


async def _stopped_on_its_way(store: Store, run: Run) -> Run | None:
    """The run as it is on its way, not to be sent any more or to be stopped later; None if it has its id by now."""
    while True:
        if run.status in runs.UNSENT:
            given_up = runs.with_status(run, runs.NOT_SUBMITTED, CANCELED)
            if await store.advance(given_up, run.status):
                return given_up
        elif run.status not in runs.UNANSWERED:
            return run
        elif not await _note(store, run.id, wanted=True):
            return None
        store.notice_others()
        found = store.run(run.id)
        # Who was told to come later waits again, and may have looked for the wish before it was noted.
        if found is None or (found.status == run.status and run.status in runs.UNANSWERED):
            return found
        run = found


def _named(store: Store, before: Run) -> str | None:
    """The id that the run got: no other was sent from this machine at that very moment."""
    query = "SELECT id FROM runs WHERE host = ? AND account = ? AND owner != '' AND seen_at = ? AND id != ?"
    found = store.database.read(query, (store.scope.host, store.scope.account, before.seen_at, before.id))
    return str(found[0][0]) if len(found) == 1 else None


# -- all runs ------


async def _listed(client: Client) -> dict[str, bool]:
    """Whether each of the account's runs of the last day is active, newest first."""
    since = datetime.now(UTC) - LONGEST_ACTIVE
    listed: dict[str, bool] = {}
    asked: set[str | None] = set()
    cursor: str | None = None
    while cursor not in asked:
        asked.add(cursor)
        page = await client.predictions.list(cursor, created_after=since)
        listed |= {prediction.id: prediction.active for prediction in page.results}
        if page.next is None:
            break
        cursor = page.next
    return listed


async def _is_active(client: Client, store: Store, run_id: str) -> bool:
    try:
        return (await store.put(await asking.fetch(client, store, run_id), now=time.time())).active
    except NotFound:
        return False
