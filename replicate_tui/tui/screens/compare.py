"""Runs beside each other: what was asked of them, what came of it, what it took and cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from replicate_tui.core import outputs, text
from replicate_tui.core.history import comparing, runs
from replicate_tui.core.history.comparing import Compared, Piece
from replicate_tui.core.history.runs import Run
from replicate_tui.core.run_columns import run_name
from replicate_tui.tui.key_names import key_of
from replicate_tui.tui.screens.file_verbs import FILE_ACTIONS, FileVerbs
from replicate_tui.tui.screens.log_verbs import LogVerbs
from replicate_tui.tui.screens.run_verbs import copied
from replicate_tui.tui.widgets.compared_run import ComparedRun, Fact, Side, facts_below, facts_beside
from replicate_tui.tui.widgets.key_line import KeyLine
from replicate_tui.tui.widgets.output_parts import as_json, nothing_yet, whole
from replicate_tui.tui.widgets.output_view import OutputView
from replicate_tui.tui.widgets.status_bar import StatusBar

LETTERS = "ABCDEFGH"
"""How the runs are called."""
LEAST_SAME = 0.3
"""The share of a text that is as in another one, from which on it is told where they differ."""
STACKED_BELOW = 44
"""Cells that a run has at the least while the runs stand beside each other."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done with one of the runs."""

    verb: Literal["go", "remix"]
    run_id: str


class CompareScreen(FileVerbs, LogVerbs, Screen[Wanted | None]):
    """Shows runs beside each other, or below each other where the screen is narrow. The verbs are about the chosen."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "before", tooltip="The run before", id="compare.previous", show=False),
        Binding("right,l", "step(1)", "next", tooltip="The next run", id="compare.next"),
        Binding("enter", "go", "go to it", tooltip="To this run in the list", id="compare.go", key_display="⏎"),
        Binding("m", "remix", "remix", tooltip="Take this run's inputs to the form", id="compare.remix"),
        Binding("y", "copy", "copy", tooltip="Copy this run's output", id="compare.copy"),
        Binding("A", "all", "show all", tooltip="All of this run's output", id="compare.all"),
        Binding("P", "logs", "pager", tooltip="Read this run's logs in $PAGER", id="compare.logs"),
        Binding("S", "save_file", "save as", tooltip="Save this run's file where you say", id="compare.save_as"),
        Binding("O", "open_file", "open file", tooltip="Open this run's file", id="compare.open", show=False),
        Binding("Y", "copy_place", "copy path", tooltip="Copy where its file is", id="compare.copy_path", show=False),
        Binding("i", "use_file", "use as input", tooltip="Give its file to another model", id="compare.use"),
        Binding(
            "space", "same", "same inputs", tooltip="Show the inputs that are the same, or fold them", id="compare.same"
        ),
        Binding("up,k", "scroll(-1)", "Up", tooltip="One line up", id="compare.up", show=False),
        Binding("down,j", "scroll(1)", "Down", tooltip="One line down", id="compare.down", show=False),
        Binding("pageup", "scroll(-12)", "Page up", tooltip="Further up", id="compare.page_up", show=False),
        Binding("pagedown", "scroll(12)", "Page down", tooltip="Further down", id="compare.page_down", show=False),
        Binding("escape,x", "leave", "back", tooltip="Back to the list", id="compare.back"),
    ]

    DEFAULT_CSS = """
    CompareScreen {
        & > #compared { height: 1fr; margin: 0 1; border: round $primary; border-title-color: $primary;
                        border-subtitle-color: $text-muted; padding: 0 1; scrollbar-size-vertical: 1; }
        & #sides { layout: horizontal; height: 1fr; min-height: 24; }
        & #sides > ComparedRun { width: 1fr; height: 1fr; margin: 0 2 0 0; }
        &.-stacked #sides { layout: vertical; height: auto; }
        &.-stacked #sides > ComparedRun { height: auto; margin: 0 0 1 0; }
        &.-stacked ComparedRun > OutputView { height: 12; }
        &.-stacked ComparedRun > .compared-run--text { height: auto; max-height: 12; }
        & #compare-hint { height: auto; color: $foreground-muted; }
    }
    """

    def __init__(self, run_ids: Sequence[str]) -> None:
        super().__init__()
        self._ids = tuple(run_ids)
        self._chosen = 0
        self._unfolded = False
        self._sides = [ComparedRun(id=f"side-{number}") for number in range(len(self._ids))]
        self._hint = Static(markup=False, id="compare-hint")

    def compose(self) -> ComposeResult:
        """The runs and the chrome."""
        yield StatusBar()
        with VerticalScroll(id="compared", can_focus=False):
            yield Container(*self._sides, id="sides")
            yield self._hint
        yield KeyLine()

    def on_mount(self) -> None:
        """Show the runs, and again when one of them changes."""
        self.query_one(StatusBar).standing = self.app.standing
        self.query_one("#compared").border_title = f"Compare {len(self._ids)} runs"
        self.app.runs_changed.subscribe(self, self._runs_changed)
        self._show()

    def on_resize(self, event: events.Resize) -> None:
        """Stand beside or below each other, as there is room."""
        self._show()

    def _runs_changed(self, changed: frozenset[str]) -> None:
        if not changed.isdisjoint(self._ids) and self.app.session is not None:
            self._show()

    def _show(self) -> None:
        found = [self.session.store.run(run_id) for run_id in self._ids]
        shown = [run for run in found if run is not None]
        if len(shown) < len(self._ids):  # one was deleted meanwhile
            self.dismiss(None)
            return
        width = self.size.width - 6
        each = width // len(shown) - 2
        stacked = each < STACKED_BELOW
        self.set_class(stacked, "-stacked")
        sides = self._described(shown)
        lines = [facts_below(side, width) for side in sides] if stacked else facts_beside(sides, each)
        for number, (widget, side, told) in enumerate(zip(self._sides, sides, lines, strict=True)):
            widget.show(side, told, chosen=number == self._chosen)
        self.refresh_bindings()

    # -- what is told ------

    def _described(self, shown: Sequence[Run]) -> list[Side]:
        compared = comparing.inputs([run.prediction.input for run in shown])
        has_files = any(outputs.files(run.prediction.output) for run in shown)
        told = None if has_files else [_written(run) for run in shown]
        facts = list(zip(*self._facts(shown, compared), strict=True))
        same = len(compared.same)
        hint = f"{text.counted(same, 'input')} {'is' if same == 1 else 'are'} the same"
        self._hint.update(
            Content(
                f"{hint}: {key_of(self.app, 'compare.same')} {'folds' if self._unfolded else 'shows'} them"
                if same
                else ""
            )
        )
        return [
            Side(
                title=f"{LETTERS[number]}  {text.one_line(run.id)}",
                facts=tuple(facts[number]),
                text=None if told is None else _told_apart(told, number),
                output=run.prediction.output,
                files=run.files,
                status=run.status,
                error=run.prediction.error,
            )
            for number, run in enumerate(shown)
        ]

    def _facts(self, shown: Sequence[Run], compared: comparing.Inputs) -> Iterator[list[Fact]]:
        """A fact of each run at a time."""
        rows = [runs.row(run) for run in shown]
        yield _row("model", [run_name(row) for row in rows])
        versions = [text.short_version(row.version) for row in rows]
        if len(set(versions)) > 1:
            yield _row("version", versions)
        yield _row("status", [text.one_line(row.status) for row in rows])
        for each in compared.differing:
            yield _inputs(each)
        if self._unfolded:
            for each in compared.same:
                yield _inputs(each)
        yield [Fact("")] * len(rows)
        yield _row("time", [text.duration(runs.elapsed(row)) for row in rows], marks=False)
        phases = [{phase.name: phase.seconds for phase in self.session.timeline(run)} for run in shown]
        for phase_name in dict.fromkeys(each for told in phases for each in told):
            yield _row(phase_name, [text.duration(each.get(phase_name)) for each in phases], marks=False)
        costs = [self.session.cost(run) for run in shown]
        if any(cost is not None and cost.usd is not None for cost in costs):
            yield _row("cost", [text.money(cost.usd) if cost is not None else "" for cost in costs], marks=False)
        stored = [self.session.store.row(run.id) for run in shown]
        for name in ("tags", "note"):
            told = [text.one_line(getattr(row, name)) if row is not None else "" for row in stored]
            if any(told):
                yield _row(name, told, marks=False)

    # -- actions ------

    def action_step(self, by: int) -> None:
        """Choose a run before or after."""
        self._chosen = (self._chosen + by) % len(self._ids)
        self._show()
        self._sides[self._chosen].scroll_visible(animate=False, top=True)

    def action_scroll(self, by: int) -> None:
        """Scroll by some lines."""
        self.query_one("#compared").scroll_relative(y=by, animate=False)

    def action_same(self) -> None:
        """Show the inputs that are the same in all, or fold them."""
        self._unfolded = not self._unfolded
        self._show()

    @property
    def output(self) -> OutputView | None:
        """The output of the chosen run, where it is more than text."""
        return self._sides[self._chosen].output

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of files are there where the chosen run has one, that of logs where it has some."""
        if action in FILE_ACTIONS:
            return self.is_mounted and self.chosen_file() is not None
        if action in ("all", "logs"):
            run = self._chosen_run()
            return run is not None and bool(run.logs if action == "logs" else run.prediction.output is not None)
        return True

    def _chosen_run(self) -> Run | None:
        return self.session.store.run(self._ids[self._chosen]) if self.app.session is not None else None

    def action_all(self) -> None:
        """Show all of the chosen run's output."""
        run = self._chosen_run()
        if run is not None:
            self.show_all(f"output of {run.id}", whole(run.prediction.output, None))

    def action_logs(self) -> None:
        """Read the logs of the chosen run."""
        run = self._chosen_run()
        if run is not None:
            self.read_logs(run.logs)

    def action_copy(self) -> None:
        """Copy the output of the chosen run."""
        run = self._chosen_run()
        content = copied(run) if run is not None else ""
        if content:
            self.app.copy_to_clipboard(content)
        else:
            self.notify("Nothing to copy yet", severity="warning")

    def action_go(self) -> None:
        """To the chosen run in the list."""
        self.dismiss(Wanted("go", self._ids[self._chosen]))

    def action_remix(self) -> None:
        """Take the chosen run's inputs to the form."""
        self.dismiss(Wanted("remix", self._ids[self._chosen]))

    def action_leave(self) -> None:
        """Back to the list."""
        self.dismiss(None)

    @on(ComparedRun.Clicked)
    def _side_clicked(self, event: ComparedRun.Clicked) -> None:
        event.stop()
        self._chosen = self._sides.index(event.run)
        self._show()


def _written(run: Run) -> str:
    """What came of a run that made no files, as text: its output, else its error."""
    output = run.prediction.output
    joined = outputs.joined_text(output)
    if joined is None:
        joined = as_json(output)[0] if output is not None else run.prediction.error or nothing_yet(run.status)
    return text.clean(joined)


def _row(name: str, values: Sequence[str], *, marks: bool = True) -> list[Fact]:
    """A fact of all runs; where `marks`, those values that are other than the first run's are marked, and that one."""
    differs = marks and len(set(values)) > 1
    return [Fact(name, ((value, differs),) if value else ()) for value in values]


def _inputs(row: Compared) -> list[Fact]:
    values = [text.one_line(value) for value in row.values]
    return [Fact(text.one_line(row.name), _differences(values, number)) for number in range(len(values))]


def _told_apart(texts: Sequence[str], number: int) -> tuple[Piece, ...]:
    """The pieces of an output; where it is another text altogether, nothing is marked in it."""
    pieces = _differences(texts, number)
    same = sum(len(piece) for piece, differs in pieces if not differs)
    if same < LEAST_SAME * len(texts[number]):
        return ((texts[number][: comparing.LONGEST], False),)
    return pieces


def _differences(texts: Sequence[str], number: int) -> tuple[Piece, ...]:
    """The pieces of a text beside the first one, or of the first one beside the second."""
    other = texts[0] if number else texts[1]
    return tuple(comparing.changed(texts[number], other))
