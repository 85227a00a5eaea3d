"""The program with a screen's session and no screen, to be hit by faults: what `python -m tests.faults.workload` does.

It submits the orders that it was given, all at once, or none; then it waits until every run of its history is
accounted for: ended and saved, never submitted, or for a person to decide. Each change of a run is a line on standard
output, written when the change is on disk. Standard input takes commands; its end ends the program.
"""

import argparse
import asyncio
import contextlib
import errno
import json
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from replicate_tui.api.errors import ReplicateError
from replicate_tui.core.history import leases, runs
from replicate_tui.core.keeping import archive
from replicate_tui.core.sending import journal, reconcile
from replicate_tui.core.session import Session, Target, open_session
from replicate_tui.core.settings import Flags, load
from tests.faults.orders import Order, number_of, orders

STEP: Final = 0.05
"""Seconds between two looks at whether all is accounted for, and between two tries."""
LONGEST_STEP: Final = 0.5
"""Seconds after which it looks although nothing was told."""
SETTLING: Final = 3.0
"""Seconds for which an unanswered run may still come to be: the server is near."""


def main(set_clock: Callable[[float], None], arguments: Sequence[str] | None = None) -> None:
    """Do the work, or be killed. `set_clock` puts the wall clock so many seconds forward from where it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.workload", description=__doc__)
    parser.add_argument("--orders", type=int, default=0, help="how many runs to submit (default: none)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--models", default="mixed", help="mixed, hello, painter or sleeper")
    parser.add_argument("--unhurried", action="store_true", help="wait as long as the program does for everybody")
    parser.add_argument("--clock", type=float, default=0.0, help="seconds by which the wall clock is ahead")
    given = parser.parse_args(arguments)
    if not given.unhurried:
        _hurry()
    set_clock(given.clock)
    numbers = range(given.first, given.first + given.orders)
    asyncio.run(_serve(list(orders(numbers, models=given.models)), set_clock))


def _hurry() -> None:
    """The program's own waiting times, in proportion to a test. What is decided by them stays as it is."""
    leases.LENGTH, leases.RENEWAL = 3.0, 0.5
    journal.PAUSES, journal.SOONEST = (1.0, 2.0, 4.0, 8.0, 16.0), 0.2
    reconcile.SETTLING = SETTLING
    archive.FIRST_RETRY = archive.CLAIMED_RETRY = 0.5
    archive.SLOWEST_RETRY = 2.0


async def _serve(ordered: Sequence[Order], set_clock: Callable[[float], None]) -> None:
    settings = load(Flags())
    disk = Disk(settings.runs_folder)
    async with open_session(settings, screen=True) as session:
        _listen({"clock": set_clock, "room": disk.set_room})
        session.store.subscribe(lambda run_id: _tell(session, run_id))
        session.store.subscribe_connection(lambda now: _say("connection", now.state, now.reason))
        if session.archive is not None:
            session.archive.tell = lambda run_id, reason: _say("failure", run_id, reason)
        await session.connect()
        session.start()
        work = asyncio.create_task(_work(session, ordered))
        watch = asyncio.create_task(session.watch())
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        watch.cancel()
        (work if work.done() else watch).result()
    _say("done")


# -- the work ------


async def _work(session: Session, ordered: Sequence[Order]) -> None:
    """Submit, and wait for all. What tells that a run is saved is told before its last note is removed."""
    targets = {model: await _target(session, model) for model in sorted({order.model for order in ordered})}
    _say("ready")
    async with asyncio.TaskGroup() as group:
        for order in ordered:
            group.create_task(_submit(session, targets[order.model], order))
    _say("submitted")
    changed = asyncio.Event()
    session.store.subscribe(lambda _: changed.set())
    while not _is_accounted_for(session) or any(session.settings.runs_folder.glob(".unfinished/*")):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_STEP):
                await changed.wait()
        changed.clear()
        await asyncio.sleep(STEP)  # several changes, one look


async def _target(session: Session, model: str) -> Target:
    while True:
        try:
            return await session.target(model)
        except ReplicateError as error:
            _say("no model yet:", error)
            await asyncio.sleep(STEP)


async def _submit(session: Session, target: Target, order: Order) -> None:
    try:
        await session.run(target, order.input)
    except ReplicateError as error:
        _say("error", order.number, type(error).__name__, error)


def _is_accounted_for(session: Session) -> bool:
    scope = session.store.scope
    query = "SELECT id, status, completed_at, folder FROM runs WHERE host = ? AND account = ?"
    for run_id, status, completed_at, folder in session.store.database.read(query, (scope.host, scope.account)):
        if status == runs.UNKNOWN:
            run = session.store.run(run_id)
            if run is not None and not reconcile.candidates_of(run):
                return False
        elif status != runs.NOT_SUBMITTED and (completed_at is None or folder is None):
            return False
    return True


# -- words ------


def _tell(session: Session, run_id: str) -> None:
    run = session.store.run(run_id) if run_id else None
    if run is not None:
        _say("run", number_of(run.prediction.input), run.status, "saved" if run.folder else "")


def _say(*words: object) -> None:
    sys.stdout.write(json.dumps([str(word) for word in words]) + "\n")
    sys.stdout.flush()


# -- what a test may do to it ------


def _listen(commands: Mapping[str, Callable[[float], None]]) -> None:
    """Obey what comes in on standard input: a command and a number."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            name, number = line.split()
            loop.call_soon_threadsafe(_obey, name, commands[name], float(number))
        os._exit(3)  # whoever started us is gone

    threading.Thread(target=read, daemon=True).start()


def _obey(name: str, command: Callable[[float], None], number: float) -> None:
    command(number)
    _say(name, number)


class Disk:
    """A disk that has room for so many bytes in one folder: then it cannot be written any more."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._room: float | None = None
        sys.addaudithook(self._hook)

    def set_room(self, room: float) -> None:
        """So many bytes fit from now on; without end if below 0."""
        self._room = None if room < 0 else room

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        room = self._room
        if room is None or event != "open" or not isinstance(arguments[0], str | Path):
            return
        path, flags = Path(arguments[0]), arguments[2]
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)
        if writes and self._folder in path.parents and _size(self._folder) >= room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # it was moved meanwhile
            total += path.stat().st_size
    return total
