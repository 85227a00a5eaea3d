"""How many instances a deployment shall have: counted up and down, with what that costs before and after."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from replicate_tui.api.checks import MOST_MAX_INSTANCES, MOST_MIN_INSTANCES
from replicate_tui.core.costs.instance_costs import HourlyCost, at_least, at_most
from replicate_tui.core.text import one_line
from replicate_tui.tui.key_names import hints
from replicate_tui.tui.screens.dialog import Dialog
from replicate_tui.tui.widgets.fact_lines import MUTED, Fact, fact_lines

WIDTH = 70


@dataclass(frozen=True, slots=True)
class Instances:
    """So many at least and at most."""

    least: int
    most: int

    def with_most(self, by: int) -> "Instances":
        """More or fewer at most, within what the API takes; never fewer than at least."""
        most = min(max(self.most + by, 0), MOST_MAX_INSTANCES)
        return Instances(min(self.least, most), most)

    def with_least(self, by: int) -> "Instances":
        """More or fewer at least, within what the API takes; never more than at most."""
        least = min(max(self.least + by, 0), MOST_MIN_INSTANCES)
        return Instances(least, max(self.most, least))


class Scale(Dialog[Instances | None]):
    """Counts instances from what there are `now`; its result is what is wanted, or None. `cost` prices an hour."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus", "most(1)", "more", id="scale.more", key_display="+", tooltip="Allow one instance more"),
        Binding("minus", "most(-1)", "fewer", id="scale.fewer", key_display="-", tooltip="Allow one instance fewer"),
        Binding(
            "greater_than_sign",
            "least(1)",
            "more ready",
            id="scale.more_ready",
            key_display=">",
            tooltip="Keep one instance more ready",
        ),
        Binding(
            "less_than_sign",
            "least(-1)",
            "fewer ready",
            id="scale.fewer_ready",
            key_display="<",
            tooltip="Keep one instance fewer ready",
        ),
        Binding("enter,y", "scale", "scale", id="scale.scale", tooltip="Scale it so"),
        Binding("escape,n,q", "leave", "close", id="scale.leave", tooltip="Close this, and scale nothing"),
    ]

    DEFAULT_CSS = """
    Scale #scale-said { margin: 0 0 1 0; }
    """

    def __init__(self, name: str, now: Instances, wanted: Instances, cost: Callable[[Instances], HourlyCost]) -> None:
        super().__init__()
        self._deployment = name
        self._now = now
        self._wanted = wanted
        self._cost = cost
        self._said = Static(id="scale-said", markup=False)
        self._hint = Static(markup=False)

    def compose(self) -> ComposeResult:
        """What is wanted, and the keys."""
        with Vertical() as box:
            box.border_title = Content(f"Scale {one_line(self._deployment)}")
            yield self._said
            yield self._hint

    def on_mount(self) -> None:
        """Tell what would be."""
        self._tell()

    def action_most(self, by: int) -> None:
        """Count what there may be at most."""
        self._count(self._wanted.with_most(by))

    def action_least(self, by: int) -> None:
        """Count what stands ready."""
        self._count(self._wanted.with_least(by))

    def action_scale(self) -> None:
        """Give what is wanted, if that is something else."""
        if self._wanted != self._now:
            self.dismiss(self._wanted)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    def _count(self, wanted: Instances) -> None:
        at_bound = wanted == self._wanted
        self._wanted = wanted
        self._tell(bound=at_bound)

    def _tell(self, *, bound: bool = False) -> None:
        before, after = self._cost(self._now), self._cost(self._wanted)
        now, wanted = self._now, self._wanted
        facts = [
            Fact("at most", _change(now.most, wanted.most), "bold"),
            Fact("", at_most(before, now.most), MUTED),
            *([Fact("", f"→ {at_most(after, wanted.most)}")] if wanted.most != now.most else []),
            Fact("at least", _change(now.least, wanted.least), "bold"),
            Fact("", at_least(before, now.least), MUTED),
            *([Fact("", f"→ {at_least(after, wanted.least)}")] if wanted.least != now.least else []),
            Fact("prices", after.basis, MUTED),
        ]
        if wanted.most == 0 < now.most:
            facts.append(Fact("off", "what runs on it now is canceled", "$text-warning"))
        if bound:
            limits = f"at most 0–{MOST_MAX_INSTANCES}, at least 0–{MOST_MIN_INSTANCES}"
            facts.append(Fact("bounds", f"the API takes {limits}", "$text-warning"))
        self._said.update(fact_lines(facts, WIDTH))
        self._hint.update(self._keys(changes=wanted != now))

    def _keys(self, *, changes: bool) -> Content:
        return hints(
            self.app,
            ("{scale.more} {scale.fewer}", "at most"),
            ("{scale.more_ready} {scale.fewer_ready}", "at least"),
            ("{scale.scale}", "scale"),
            ("{scale.leave}", "close"),
            off="" if changes else "{scale.scale}",
        )


def _change(now: int, wanted: int) -> str:
    return str(now) if now == wanted else f"{now} → {wanted}"
