"""Hardware mode: what models can run on, what it costs, which of one's own use it; and the same table to pick from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from replicate_tui.api.resources import Deployment
from replicate_tui.core import text
from replicate_tui.core.costs.hardware_guide import Choice
from replicate_tui.core.costs.pricing import PRICE_LIST
from replicate_tui.core.resource_columns import HARDWARE
from replicate_tui.core.session import Session
from replicate_tui.tui.key_names import hints
from replicate_tui.tui.screens.deployment_form import DeploymentForm
from replicate_tui.tui.screens.resource_screen import ResourceScreen
from replicate_tui.tui.widgets.fact_lines import MUTED, Fact
from replicate_tui.tui.widgets.fact_pane import FactPane
from replicate_tui.tui.widgets.resource_table import ResourceTable
from replicate_tui.tui.widgets.table_keys import OPEN

LOOKING = "Looking for hardware…"
DROPS = ("good_for", "second", "name")
"""Columns that go first where the width is too small."""
MOST_USERS = 12
"""Deployments or models that are named as users of hardware."""


class HardwareTable(ResourceTable[Choice]):
    """The table of hardware with its prices."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(HARDWARE, id=id, drops=DROPS, empty_text=LOOKING)

    def list_all(self, choices: Mapping[str, Choice]) -> None:
        """List these; names are whole: where there is no room for them, what is told of one has its name."""
        names = [text.one_line(choice.hardware.name) for choice in choices.values()]
        longest = max(map(text.cell_width, names), default=0)
        self._painter.lay_out(
            [replace(column, width=longest) if column.key == "name" else column for column in HARDWARE]
        )
        self.show(tuple(choices), choices.get)


class _Offered(HardwareTable):
    """The table of the mode: what is opened there is a form."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select",
            "new deployment",
            key_display="⏎",
            id="hardware.open",
            tooltip="Make a deployment on this hardware",
        ),
        # It would be gone with its key, and so would another key that a person chose for it.
        replace(OPEN, description="new deployment"),
    ]


class HardwareScreen(ResourceScreen):
    """The hardware over what is known of the one with the cursor."""

    MODE = "hardware"
    INTERVAL = 300.0

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "n", "new", "new deployment", id="hardware.new", tooltip="Make a deployment on this hardware", show=False
        ),
        Binding("R", "refresh", "refresh", id="hardware.refresh", tooltip="Ask the API again, now", show=False),
    ]

    DEFAULT_CSS = """
    HardwareScreen {
        & #hardware-pane { height: 3fr; }
        & #sku-pane { height: 2fr; min-height: 9; }
        &.-empty #sku-pane { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._choices: dict[str, Choice] = {}
        self._deployments: list[Deployment] = []
        self._known = False

    def compose_panes(self) -> ComposeResult:
        """The table over the facts."""
        with Vertical(id="hardware-pane", classes="pane -shown"):
            yield _Offered(id="hardware")
        yield FactPane(id="sku-pane", classes="pane -shown")

    def on_mount(self) -> None:
        """Name the panes and begin in the table."""
        pane = self.query_one("#hardware-pane")
        pane.border_title = "Hardware"
        pane.border_subtitle = f"estimates: {PRICE_LIST}"
        self.table.focus()

    @property
    def table(self) -> HardwareTable:
        """The table of hardware."""
        return self.query_one("#hardware", HardwareTable)

    def forget(self) -> None:
        """What another host has is nothing to us."""
        self._choices, self._deployments, self._known = {}, [], False

    async def fetch(self, session: Session) -> None:
        """Ask what there is, and what deployments run on it."""
        self._choices = {each.hardware.sku: each for each in session.hardware_choices(await session.hardware())}
        self._known = True
        self._deployments = await session.all_deployments()

    def show(self) -> None:
        """List the hardware."""
        self.set_class(not self._choices, "-empty")
        self.table.empty_text = self._nothing
        self.table.list_all(self._choices)
        self._show_facts()
        self.refresh_bindings()

    @property
    def _nothing(self) -> Content | str:
        return self.nothing("The API offers no hardware: nothing can be deployed there.", known=self._known)

    def _show_facts(self) -> None:
        choice = self._choices.get(self.table.cursor_key or "")
        pane = self.query_one(FactPane)
        pane.border_title = Content(text.one_line(choice.hardware.sku)) if choice is not None else ""
        pane.show(self._facts(choice) if choice is not None else ())

    def _facts(self, choice: Choice) -> Sequence[Sequence[Fact]]:
        sku = choice.hardware.sku
        second, hour = choice.per_second, choice.per_hour
        cost = (
            f"{text.exact_dollars(second)} a second, {text.money(hour)} an hour"
            if second is not None
            else "its price is not known"
        )
        what = [
            Fact("name", choice.hardware.name),
            Fact("price", cost),
            Fact("", f"an estimate: {choice.rate.source}; [prices] in config.toml corrects it", MUTED),
            Fact("good for", choice.good_for or "nothing is known of it here; replicate.com/pricing tells more"),
        ]
        deployments = [
            each.name
            for each in self._deployments
            if each.current_release and each.current_release.configuration
            if each.current_release.configuration.hardware == sku
        ]
        models = self.session.hardware_seen.models_on(sku)
        used = [
            Fact("deployments", _listed(deployments) or "none of yours run on it"),
            Fact("models", _listed(models) or "none that this machine made or saw made"),
        ]
        return what, used

    @on(ResourceTable.Highlighted, "#hardware")
    def _highlighted(self) -> None:
        if self.app.session is not None:
            self._show_facts()

    @on(ResourceTable.Selected, "#hardware")
    def _selected(self) -> None:
        self.action_new()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without hardware there is nothing to deploy on."""
        return True if action != "new" or self._choices else None

    def action_new(self) -> None:
        """Open the form of a deployment on this hardware."""
        sku = self.table.cursor_key
        if sku is not None and self.may_write("create a deployment"):
            self._new(sku)

    @work(group="form", exclusive=True)
    async def _new(self, sku: str) -> None:
        form = DeploymentForm(tuple(self._choices.values()), hardware=sku)
        made: Deployment | None = await self.app.push_screen_wait(form)
        if made is not None:
            self.app.action_show_mode("deployments")


def _listed(names: Sequence[str]) -> str:
    more = [f"and {len(names) - MOST_USERS} more"] if len(names) > MOST_USERS else []
    return ", ".join([*map(text.one_line, names[:MOST_USERS]), *more])


class HardwarePicker(ModalScreen[str | None]):
    """The table of hardware to pick from; its result is the sku, or None. `current` is where the cursor begins."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f9", "leave", "back", id="hardware_picker.leave", tooltip="Pick none"),
    ]

    DEFAULT_CSS = """
    HardwarePicker {
        align: center middle;
        & > Vertical {
            width: 110;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 0 1;
            border: round $primary;
            border-title-color: $primary;
            border-subtitle-color: $text-muted;
            background: $surface;
        }
        & Static { height: auto; margin: 1 0 0 1; }
    }
    """

    def __init__(self, choices: Sequence[Choice], current: str = "") -> None:
        super().__init__()
        self._choices = {choice.hardware.sku: choice for choice in choices}
        self._current = current
        self._table = HardwareTable()
        self._guide = Static(markup=False)

    def compose(self) -> ComposeResult:
        """The table, what the one with the cursor is good for, and the keys."""
        with Vertical() as box:
            box.border_title = "Pick hardware"
            box.border_subtitle = f"estimates: {PRICE_LIST}"
            yield self._table
            yield self._guide
            yield Static(hints(self.app, ("{table.open}", "pick"), ("{hardware_picker.leave}", "back")))

    def on_mount(self) -> None:
        """Begin at what is chosen now."""
        self._table.list_all(self._choices)
        self._table.move_to(self._current)
        self._table.focus()

    def on_resize(self) -> None:
        """As many rows as fit."""
        self._table.styles.height = max(3, min(len(self._choices) + 1, self.size.height - 7))

    @on(ResourceTable.Highlighted)
    def _highlighted(self, event: ResourceTable.Highlighted) -> None:
        event.stop()
        choice = self._choices.get(event.key or "")
        told = ": ".join(filter(None, (choice.hardware.name, choice.good_for))) if choice else ""
        self._guide.update(Content.styled(text.one_line(told), MUTED))

    @on(ResourceTable.Selected)
    def _selected(self, event: ResourceTable.Selected) -> None:
        event.stop()
        self.dismiss(event.key)

    def action_leave(self) -> None:
        """Pick none."""
        self.dismiss(None)
