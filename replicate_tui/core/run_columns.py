"""What a list of runs shows, and a status in one place."""

import time

from replicate_tui.core import text
from replicate_tui.core.columns import Cell, Column, Tone
from replicate_tui.core.history import runs
from replicate_tui.core.history.rows import RunRow

# -- a status, in one place ------

_STATUS: dict[str, tuple[str, Tone]] = {
    "queued": ("◌", "wait"),
    "starting": ("◌", "wait"),
    "processing": ("●", "busy"),
    "succeeded": ("✓", "ok"),
    "failed": ("✗", "bad"),
    "canceled": ("■", "muted"),
    "aborted": ("■", "muted"),
    runs.WAITING: ("◌", "wait"),
    runs.UPLOADING: ("↑", "wait"),
    runs.SUBMITTING: ("↑", "wait"),
    runs.UNKNOWN: ("?", "warn"),
    runs.NOT_SUBMITTED: ("!", "bad"),
}


def status_mark(status: str) -> Cell:
    """A status as one character."""
    mark, tone = _STATUS.get(status, ("·", "plain"))
    return Cell(mark, tone)


def status(status: str) -> Cell:
    """A status in words."""
    return Cell(text.one_line(status), _STATUS.get(status, ("", "plain"))[1])


def progress_bar(share: float, cells: int = 8) -> str:
    """A share of 0 to 1 as a bar and percents."""
    share = min(1.0, max(0.0, share))
    full = round(share * cells)
    return f"{'▰' * full}{'▱' * (cells - full)} {share:4.0%}"


# -- runs ------


def run_name(row: RunRow) -> str:
    """What a run ran: its model's name, else the start of its version."""
    return text.one_line(row.model) or text.short_version(row.version)


def _short_name(row: RunRow) -> Cell:
    name = run_name(row)
    return Cell(name.rpartition("/")[2] or name, "strong")


def _full_name(row: RunRow) -> Cell:
    name = run_name(row)
    return Cell(name, lead=name.find("/") + 1)


def _id(row: RunRow) -> Cell:
    return Cell("" if row.status in runs.OURS else text.one_line(row.id), "muted")


def _time(row: RunRow) -> Cell:
    return Cell(text.duration(runs.elapsed(row)), "muted" if row.completed_at else "plain")


def _age(row: RunRow) -> Cell:
    return Cell(text.age(time.time() - row.created_at), "muted")


def kept(row: RunRow) -> Cell:
    """Where a run's files are: saved here, at Replicate for so long, or lost; nothing where there is none to keep.

    That they are lost only the server can tell; of what is over by our clock, which may be wrong, it is a guess.
    """
    if row.folder:
        return Cell("saved", "ok")
    if row.status != "succeeded" or not row.files:
        return Cell("")
    if row.removed:
        return Cell("lost", "bad")
    if row.completed_at is None or row.source == "web":
        # What was made on the website is kept for months: how long is told by no run.
        return Cell("")
    left = min(runs.RETENTION, row.completed_at + runs.RETENTION - time.time())
    if left <= 0:
        return Cell("gone?", "bad")
    return Cell(f"gone in {left / 60:.0f}m" if left >= 90 else f"gone in {max(1, int(left))}s", "warn")


def _note(row: RunRow) -> Cell:
    if row.progress is not None and row.status == "processing":
        return Cell(progress_bar(row.progress, 5), "busy")
    if row.error:
        return Cell(text.one_line(row.error), "muted")
    return kept(row)


def _what(row: RunRow) -> Cell:
    noted = "".join(f"#{tag} " for tag in text.one_line(row.tags).split()) + ("✎ " if row.note else "")
    told = _told(row)
    return Cell(noted + told.text, told.tone, len(noted))


def _told(row: RunRow) -> Cell:
    what = text.one_line(row.what)
    if row.progress is not None and row.status == "processing":
        return Cell(f"{progress_bar(row.progress)}  {what}", "busy")
    return Cell(text.one_line(row.error), "bad") if row.error else Cell(what)


RECENT_RUNS: tuple[Column[RunRow], ...] = (
    Column("mark", "", 1, lambda row: status_mark(row.status)),
    Column("model", "model", 13, _short_name),
    Column("status", "status", 10, lambda row: status(row.status)),
    Column("note", "", 8, _note, grow=True),
    Column("time", "time", 6, _time, align="right"),
)
"""Runs beside a form."""

RUNS: tuple[Column[RunRow], ...] = (
    Column("mark", "", 1, lambda row: status_mark(row.status)),
    Column("id", "id", 10, _id),
    Column("model", "model", 26, _full_name),
    Column("status", "status", 13, lambda row: status(row.status)),
    Column("what", "what", 20, _what, grow=True),
    Column("time", "time", 7, _time, align="right"),
    Column("age", "age", 9, _age),
    Column("files", "files", 11, kept),
)
"""The whole history."""


def _standing(row: RunRow) -> Cell:
    if row.progress is not None and row.status == "processing":
        return Cell(progress_bar(row.progress), "busy")
    return status(row.status)


def _destination(row: RunRow) -> Cell:
    name = text.one_line(row.what)
    return Cell(name, "strong", lead=name.find("/") + 1)


TRAININGS: tuple[Column[RunRow], ...] = (
    Column("mark", "", 1, lambda row: status_mark(row.status)),
    Column("id", "id", 10, _id),
    Column("model", "trains", 22, _full_name),
    Column("what", "destination", 22, _destination, grow=True),
    Column("status", "status", 13, _standing),
    Column("error", "", 10, lambda row: Cell(text.one_line(row.error), "bad"), grow=True),
    Column("time", "time", 7, _time, align="right"),
    Column("age", "age", 9, _age),
)
"""The account's trainings."""

QUEUE: tuple[Column[RunRow], ...] = (
    Column("model", "model", 24, _full_name),
    Column("what", "what", 20, lambda row: Cell(text.one_line(row.what)), grow=True),
    Column("note", "", 12, lambda row: Cell(text.one_line(row.error), "muted"), grow=True),
)
"""Runs that wait for their turn, the next one first."""
