"""Sending a run; where that does not come to its end, what became of it is told."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from replicate_tui.api.errors import UnknownFate
from replicate_tui.cli import output
from replicate_tui.cli.context import NO_ANSWER, RAN_BADLY, WRONG_USE, Stop

if TYPE_CHECKING:
    from replicate_tui.core.history.runs import Run
    from replicate_tui.core.session import Session


async def sent(session: "Session", sending: "Awaitable[Run]") -> "Run":
    """The run as the API answered.

    Raises:
        Stop: it was not sent, or its answer was lost; the sentence says how to find out.
        ReplicateError: the API refused it.
    """
    from replicate_tui.cli.resolve import way_out
    from replicate_tui.core.sending.launch_queue import Removed

    changed: set[str] = set()
    leave = session.store.subscribe(changed.add)
    try:
        return await sending
    except UnknownFate as error:
        raise Stop(NO_ANSWER, f"{error}; {way_out(session, changed)}") from error
    except asyncio.CancelledError:
        output.note(f"interrupted before the API answered: {way_out(session, changed)}")
        raise
    except Removed as error:
        raise Stop(RAN_BADLY, f"nothing was sent: {error}") from error
    except ValueError as error:
        raise Stop(WRONG_USE, str(error)) from error
    except OSError as error:
        raise Stop(WRONG_USE, f"cannot upload: {error}") from error
    finally:
        leave()
