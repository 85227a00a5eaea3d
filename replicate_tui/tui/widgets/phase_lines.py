"""What a run took and cost, as lines: its phases with bars, the usual times, the estimate and what it rests on."""

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from replicate_tui.core import text
from replicate_tui.core.costs.phases import Phase
from replicate_tui.core.costs.pricing import Cost
from replicate_tui.core.costs.usual import Spread

NAME_WIDTH: Final = len("queued, booting")
"""Cells of the names; what else tells of the run may stand in line with it."""

_MUTED: Final = "$foreground-muted"
_SECONDS: Final = 7
_GAP: Final = "  "
_LONGEST_BAR: Final = 24
_SHORTEST_BAR: Final = 10
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


def phase_lines(phases: Sequence[Phase], width: int) -> list[Content]:
    """A line for each phase in so many cells: its name, its time and its share as a bar, and what is usual.

    Where that is too narrow the usual times have lines of their own.
    """
    whole = sum(phase.seconds for phase in phases)
    room = width - NAME_WIDTH - _SECONDS - 2 * len(_GAP)
    room_beside = room - len(_GAP) - max((len(_usual(phase.usual)) for phase in phases), default=0)
    beside = room_beside >= _SHORTEST_BAR
    cells = max(_SHORTEST_BAR, min(_LONGEST_BAR, room_beside if beside else room))
    lines = []
    for phase in phases:
        bar = _bar(phase.seconds / whole if whole else 0.0, cells)
        usual = _usual(phase.usual)
        line = [
            Content.styled(f"{phase.name:<{NAME_WIDTH}}{_GAP}", _MUTED),
            Content(f"{text.duration(phase.seconds):>{_SECONDS}}{_GAP}"),
            Content.styled(bar, "$warning" if phase.running else "$primary"),
        ]
        if usual and beside:
            line.append(Content.styled(f"{' ' * (cells - len(bar))}{_GAP}{usual}", _MUTED))
        lines.append(Content.assemble(*line))
        if usual and not beside:
            lines.append(Content.styled(f"{_GAP}{usual}", _MUTED))
    return lines


def cost_lines(cost: Cost) -> list[Content]:
    """The estimate and what it rests on, or why there is none."""
    basis = text.one_line(cost.basis)
    name = Content.styled(f"{'cost':<{NAME_WIDTH}}{_GAP}", _MUTED)
    if cost.usd is None:
        return [Content.assemble(name, Content(f"unpriced: {basis}"))]
    return [Content.assemble(name, Content(text.money(cost.usd))), Content.styled(basis, _MUTED)]


def _bar(share: float, cells: int) -> str:
    """A bar as long as the share of so many cells, to the eighth of one; what took any time is seen."""
    eighths = max(1, round(share * cells * 8)) if share > 0 else 0
    full, rest = divmod(eighths, 8)
    return "█" * full + (_EIGHTHS[rest] if rest else "")


def _usual(usual: Spread | None) -> str:
    return "" if usual is None else f"usually {text.duration(usual.p50)}, 95 % below {text.duration(usual.p95)}"
