"""`python -m tests.bench.logs`: the keyboard while a log of 100,000 lines comes in, 10,000 lines a second.

The log is given whole ten times a second, as the screen gets it; a key is pressed again and again meanwhile. A key
counts until the screen was drawn after it.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
import tracemalloc
from collections.abc import Callable

from textual import events
from textual.app import App, ComposeResult

from replicate_tui.tui.widgets.log_pane import LogPane

LINES = 100_000
A_SECOND = 10_000
A_LOOK = 0.1
SIZES = ((80, 24), (160, 48))
KEYS = ("up", "down", "pageup", "up")


class Logs(App[None]):
    """A log alone on the screen."""

    def compose(self) -> ComposeResult:
        """The log."""
        yield LogPane()


def main() -> None:
    """Measure, print, end."""
    for size in SIZES:
        for name, prepare in (
            ("plain", lambda pane: None),
            ("wrapped", lambda pane: pane.view.action_toggle_wrap()),
            ("searched", lambda pane: pane.view.search("step 7")),
            ("filtered and timed", lambda pane: (pane.view.filter("loss"), pane.view.action_toggle_times())),
        ):
            keys, looks = asyncio.run(_measured(size, prepare))
            _say(f"{name} at {size[0]}×{size[1]}, a key", keys)
            _say(f"{name} at {size[0]}×{size[1]}, a look", looks)
    tracemalloc.start()
    asyncio.run(_measured(SIZES[0], lambda pane: None))
    sys.stdout.write(f"memory at its most {tracemalloc.get_traced_memory()[1] / 1e6:.0f} MB\n")


async def _measured(size: tuple[int, int], prepare: Callable[[LogPane], object]) -> tuple[list[float], list[float]]:
    dice = random.Random(7)
    lines = [f"step {at}/{LINES}  loss={dice.random():.6f}  {'it/s ' * dice.randrange(12)}\n" for at in range(LINES)]
    app = Logs()
    async with app.run_test(size=size) as pilot:
        pane = app.query_one(LogPane)
        pane.view.focus()
        prepare(pane)
        looks: list[float] = []
        coming = asyncio.create_task(_coming(pane, lines, looks))
        keys: list[float] = []
        while not coming.done():
            begin = time.perf_counter()
            app.post_message(events.Key(KEYS[len(keys) % len(KEYS)], None))
            drawn = asyncio.Event()
            app.call_after_refresh(drawn.set)
            await drawn.wait()
            while app.screen._dirty_widgets or app.screen._layout_required:  # noqa: ASYNC110 - Textual tells nobody of it
                await asyncio.sleep(0.001)
            keys.append(time.perf_counter() - begin)
            await asyncio.sleep(0.03)
        await coming
        assert pane.view.line_count == LINES
        await pilot.pause()
        return keys, looks


async def _coming(pane: LogPane, lines: list[str], looks: list[float]) -> None:
    logs, each = "", int(A_SECOND * A_LOOK)
    for at in range(0, LINES, each):
        logs += "".join(lines[at : at + each])
        begin = time.perf_counter()
        pane.view.set_logs(logs, seen=time.time())
        looks.append(time.perf_counter() - begin)
        await asyncio.sleep(max(A_LOOK - looks[-1], 0))


def _say(what: str, seconds: list[float]) -> None:
    told = sorted(seconds)
    p95 = told[int(len(told) * 0.95)]
    sys.stdout.write(
        f"{what:42} median {told[len(told) // 2] * 1000:6.1f} ms  p95 {p95 * 1000:6.1f} ms  n {len(told)}\n"
    )


if __name__ == "__main__":
    main()
