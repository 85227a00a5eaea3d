"""`webhook listen` while it listens: what it shows of each webhook, and what it does with it."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from replicate_tui.api.addresses import is_loopback
from replicate_tui.api.errors import ReplicateError
from replicate_tui.cli import output
from replicate_tui.cli.exit_codes import WRONG_USE, Stop
from replicate_tui.core.forms.options import kept_address
from replicate_tui.core.text import fit, pad
from replicate_tui.core.webhooks.errands import Errands, errands
from replicate_tui.core.webhooks.events import ARRIVING, Arrived
from replicate_tui.core.webhooks.relay import Undelivered, read_address, relaying
from replicate_tui.core.webhooks.shelf import Shelf

if TYPE_CHECKING:
    from pydantic import SecretStr

    from replicate_tui.core.session import Session
    from replicate_tui.core.webhooks.receiver import Receiver

GAP = "  "


@dataclass(frozen=True, slots=True)
class Listening:
    """What the command line asks for. `forward` is an address, `folder` where to save."""

    host: str
    port: int
    forward: str | None
    folder: Path | None
    as_json: bool
    shelf: Shelf
    secret: "SecretStr"


async def listen(order: Listening, session: "Session | None") -> int:
    """Receive until a signal ends it; with a session, what ended is saved."""
    from replicate_tui.core.webhooks.receiver import Receiver, listening

    stopped = _signalled()
    await asyncio.to_thread(order.shelf.tidy)
    receiver = Receiver(order.secret, order.shelf.keep, forward_to=kept_address(order.forward or ""))
    async with contextlib.AsyncExitStack() as stack:
        begun = await _errands(stack, order, session)
        try:
            url = await stack.enter_async_context(listening(receiver, order.host, order.port))
        except (OSError, UnicodeError) as error:
            raise Stop(
                WRONG_USE, f"cannot listen at {order.host}:{order.port}: {error}; --port takes another"
            ) from error
        _tell(order, url)
        async for event in _until(stopped, receiver):
            _show(event, order.as_json)
            _hand_on(event, begun)
    return 0


def _signalled() -> asyncio.Event:
    """Set by what ends the listening."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        if os.name == "nt":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopped.set))
        else:
            loop.add_signal_handler(number, stopped.set)
    return stopped


async def _until(stopped: asyncio.Event, receiver: "Receiver") -> AsyncIterator[Arrived]:
    """What arrives, until it is stopped."""
    end = asyncio.create_task(stopped.wait())
    try:
        while not stopped.is_set():
            arrival = asyncio.create_task(receiver.arrivals.get())
            await asyncio.wait((end, arrival), return_when=asyncio.FIRST_COMPLETED)
            if arrival.done():
                yield arrival.result()
            arrival.cancel()
            if receiver.trouble:
                output.note(receiver.trouble)
                receiver.trouble = ""
    finally:
        end.cancel()


def _tell(order: Listening, url: str) -> None:
    output.note(f"Listening at {url}; ctrl+c ends it")
    if is_loopback(order.host):
        output.note(f"Replicate itself calls https addresses only: let a tunnel lead to {url}")
    if order.forward:
        output.note(f"Forwarding to {kept_address(order.forward)}")


def _show(event: Arrived, as_json: bool) -> None:
    if output.for_people(as_json):
        cells = [(column.width, column.cell(event).text) for column in ARRIVING]
        output.line(GAP.join(pad(fit(text, width), width) for width, text in cells[:-1]) + GAP + cells[-1][1])
    else:
        output.record(event.as_json())


def _hand_on(event: Arrived, begun: list[Errands]) -> None:
    taken = [each.add(event) for each in begun] if event.verified else []
    if not all(taken):
        output.note(f"{event.id} is not forwarded or not saved: too many wait already")


# -- what is done with them ------


async def _errands(stack: contextlib.AsyncExitStack, order: Listening, session: "Session | None") -> list[Errands]:
    works: list[Callable[[Arrived], Awaitable[None]]] = []
    if order.forward:
        relay = await stack.enter_async_context(relaying(read_address(order.forward)))

        async def forward(event: Arrived) -> None:
            if event.relayed:
                output.note(f"{event.id} is not forwarded: another listener sent it here")
                return
            try:
                status = await relay.send(event)
            except Undelivered as error:
                output.note(f"{event.id} not forwarded: {error}")
                return
            if not 200 <= status < 300:
                output.note(f"{event.id} forwarded: the receiver answered {status}")

        works.append(forward)
    if session is not None:
        works.append(_saver(session, order.folder))
    return [await stack.enter_async_context(errands(work)) for work in works]


def _saver(session: "Session", folder: Path | None) -> Callable[[Arrived], Awaitable[None]]:
    """Saves the files of a prediction whose end a webhook tells."""
    from replicate_tui.api.resources import Prediction
    from replicate_tui.core.history.database import DatabaseError
    from replicate_tui.core.keeping.file_names import folder_name

    async def save(event: Arrived) -> None:
        said = event.said
        if said.kind != "completed" or said.is_training:
            return
        try:
            run = await session.store.put(Prediction.of(event.raw), now=time.time())
            saved = await session.save(run, None if folder is None else folder / folder_name(run.id))
        except (OSError, DatabaseError, ReplicateError) as error:
            output.note(f"{said.run_id} is not saved: {error}")
            return
        for path in saved.files:
            output.note(f"saved {path}")
        for failure in saved.failures:
            output.note(f"not saved: {failure}")

    return save
