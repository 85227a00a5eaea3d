"""What is drawn on while its terminal goes away."""

import os
from pathlib import Path
from threading import Thread

from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from replicate_tui.tui.terminal_driver import LeavingTerminal
from tests.waiting import TIME_LIMIT


class Gone:
    """A terminal that has hung up."""

    def write(self, text: str) -> None:
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")


def test_whoever_draws_on_a_terminal_that_is_gone_is_not_held_up() -> None:
    writer = WriterThread(LeavingTerminal(Gone()))  # type: ignore[arg-type]
    drawing = Thread(target=_draw, args=[writer], daemon=True)
    writer.start()
    drawing.start()
    drawing.join(TIME_LIMIT)
    assert not drawing.is_alive()
    assert not writer.is_alive()


def _draw(writer: WriterThread) -> None:
    for _ in range(3 * MAX_QUEUED_WRITES):
        writer.write("a frame")
    writer.stop()


def test_until_then_everything_is_written(tmp_path: Path) -> None:
    drawn = tmp_path / "drawn"
    with drawn.open("w") as file:
        terminal = LeavingTerminal(file)
        terminal.write("a frame")
        terminal.flush()
        assert drawn.read_text() == "a frame"
        assert os.path.sameopenfile(terminal.fileno(), file.fileno())
