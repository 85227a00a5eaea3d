"""What the palette offers: every action that works here now, the modes, the models and deployments seen so far."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.app import SystemCommand
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.system_commands import SystemCommandsProvider

from replicate_tui.api.reference import InvalidReference
from replicate_tui.core.session import Session
from replicate_tui.core.text import fit, one_line
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.key_names import BETWEEN
from replicate_tui.tui.modes import MODE_TABS
from replicate_tui.tui.screens.model_list import OPENED
from replicate_tui.tui.widgets.field_help import OF_A_FIELD
from replicate_tui.tui.widgets.input_form import InputForm

MOST_MODELS = 20
"""So many models are offered for what is typed; more letters find the others."""
WIDE = 68
"""Cells of a line: what is told beside a name is cut to it."""
LEAST_TOLD = 12
"""Cells of what is told, however long the name is."""
NOT_BY_NAME = 1.0
"""How good a match is that is found in a description only; those of names and actions are better."""


def commands(screen: Screen[Any]) -> Iterator[SystemCommand]:
    """The commands for `screen`, those of the field with the focus included."""
    seen = set[str]()
    for active in screen.active_bindings.values():
        binding = active.binding
        title = _title(binding)
        if active.enabled and title not in seen and _has_a_name(binding, active.node, screen):
            seen.add(title)
            run = partial(screen.app.run_action, binding.action, active.node)
            yield SystemCommand(title, screen.app.get_key_display(binding).rstrip(BETWEEN), run)
    for form in screen.query(InputForm):
        yield SystemCommand("Reset all inputs: back to the model's defaults", "", form.reset_all)
    app = screen.app
    if isinstance(app, ReplicateApp) and app.session is not None and not screen.is_modal:
        yield from _modes(app, seen)


def _modes(app: ReplicateApp, offered: set[str]) -> Iterator[SystemCommand]:
    """The modes, also from where their digits would be typed into a field."""
    for binding in filter(_is_mode, app.BINDINGS):
        assert isinstance(binding, Binding)
        mode = next(tab.name for tab in MODE_TABS if binding.id == f"mode.{tab.name}")
        if _title(binding) not in offered:
            yield SystemCommand(_title(binding), app.get_key_display(binding), partial(app.switch_mode, mode))


def _is_mode(binding: object) -> bool:
    return isinstance(binding, Binding) and binding.id in {f"mode.{tab.name}" for tab in MODE_TABS}


def _has_a_name(binding: Binding, node: DOMNode, screen: Screen[Any]) -> bool:
    if not binding.id or binding.system or binding.action == "command_palette":
        return False
    return binding.show or binding.id in OF_A_FIELD or node in (screen, screen.app)


def _title(binding: Binding) -> str:
    name, meaning = binding.description, binding.tooltip
    return meaning if meaning.casefold().startswith(name.casefold()) else f"{name.capitalize()}: {meaning}"


class Actions(SystemCommandsProvider):
    """What can be done, each on one line with its key."""

    async def discover(self) -> Hits:
        """All of them, by their names."""
        for name, told, run, found in sorted(self.app.get_system_commands(self.screen), key=lambda each: each.title):
            if found:
                yield DiscoveryHit(_line(Content(name), told), run, text=name)

    async def search(self, query: str) -> Hits:
        """Those that the words find."""
        matcher = self.matcher(query)
        for name, told, run, _ in self.app.get_system_commands(self.screen):
            if (score := matcher.match(name)) > 0:
                yield Hit(score, _line(matcher.highlight(name), told), run, text=name)


def _line(name: Content, told: str) -> Content:
    """A name, and beside it what there is room for."""
    words = fit(told, max(LEAST_TOLD, WIDE - name.cell_length - 2))
    return Content.assemble(name, Content.styled(f"  {words}", "not bold $text-muted"))


class Forms(Provider):
    """Opens the form of a model, of a deployment, or of what an address or a name that is typed stands for."""

    async def search(self, query: str) -> Hits:
        """What the words find, best first; of many models the first only."""
        app = self.app
        if isinstance(app, ReplicateApp) and app.session is not None:
            for hit in (*self._models(app.session, query), *self._deployments(app.session, query)):
                yield hit
            for hit in self._named(app.session, query):
                yield hit

    def _models(self, session: Session, query: str) -> Iterator[Hit]:
        for place, row in enumerate(session.catalog.find(query)[:MOST_MODELS]):
            score = max(self.matcher(query).match(row.name), NOT_BY_NAME) - place / 1000
            yield self._hit(score, row.name, row.name, row.description)

    def _deployments(self, session: Session, query: str) -> Iterator[Hit]:
        for name in session.deployments_seen():
            if score := self.matcher(query).match(name):
                yield self._hit(score, f"deployment:{name}", name, "deployment")

    def _named(self, session: Session, query: str) -> Iterator[Hit]:
        """What the words name by themselves, unless it is listed."""
        try:
            kind = session.reference(query).kind
        except InvalidReference:
            return
        if kind in OPENED and session.catalog.row(query) is None:
            yield self._hit(NOT_BY_NAME - 1, query, f"Open {OPENED[kind]}", query)

    def _hit(self, score: float, reference: str, name: str, told: str) -> Hit:
        """A hit. What stands in it is data: shown as Content, which is never markup."""
        shown = _line(Content(one_line(name)), one_line(told))
        return Hit(score, shown, partial(self._open, reference), text=one_line(name))

    def _open(self, reference: str) -> None:
        assert isinstance(self.app, ReplicateApp)
        self.app.switch_mode("run")
        self.app.form_wanted.publish(reference)
