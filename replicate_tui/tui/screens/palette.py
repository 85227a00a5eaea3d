"""Everything by its name, as Textual finds it, for keys that come before anything is found."""

from textual import on
from textual.command import CommandList, CommandPalette, SearchIcon
from textual.widgets import Input
from textual.worker import Worker, WorkerState


class Palette(CommandPalette):
    """Textual's palette as a dialog, for who types faster than it finds.

    Its list is paged only once it is drawn: before that it has no lines to count. Enter means what the words find
    that were typed by then, though the list still shows what fewer of them found.
    """

    DEFAULT_CSS = """
    Palette {
        & > Vertical { width: 76; max-width: 96%; margin-top: 2; height: auto; background: transparent; }
        & #--input, & #--input.--list-visible {
            height: 2; border: round $primary; border-bottom: none; padding: 0 1; background: $surface;
        }
        & SearchIcon { margin: 0; color: $primary; text-style: bold; }
        & CommandInput, & CommandInput:focus { height: 1; padding: 0; border: none; background: $surface; }
        & #--results { background: $surface; }
        & CommandList, & CommandList.--populating {
            border: round $primary; border-top: none; padding: 1 1 0 1; background: $surface;
            max-height: 70vh; scrollbar-size-vertical: 1;
        }
        & CommandList > .option-list--option { padding: 0 1; }
        & CommandList > .option-list--option-highlighted { background: $block-cursor-background; }
        &:ansi CommandList > .option-list--option-highlighted,
        &:nocolor CommandList > .option-list--option-highlighted {
            color: ansi_black; background: ansi_cyan; text-style: bold underline;
        }
        & LoadingIndicator { border-bottom: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._is_entered = False

    def on_mount(self) -> None:
        """The sign of every line that is typed on, instead of a picture that is two cells wide in some terminals."""
        self.query_one(SearchIcon).icon = "/"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pages are as high as the list is."""
        paging = action == "command_list" and parameters in (("page_up",), ("page_down",))
        return not paging or bool(self.query_one(CommandList).scrollable_content_region)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        """What is typed behind enter is no part of what was meant."""
        if self._is_entered:
            event.stop()
            event.prevent_default()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        """Take what the words find; wait for it where it is still looked for."""
        if any(self._looks(worker) and not worker.is_finished for worker in self.workers):
            event.stop()
            event.prevent_default()
            self._is_entered = True

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Everything is found that the words find, or it is looked for no more: then what is typed counts again."""
        if self._is_entered and self._looks(event.worker) and event.worker.is_finished:
            self._is_entered = False
            if event.state is WorkerState.SUCCESS:
                self._select_or_command()

    def _looks(self, worker: Worker[object]) -> bool:
        return worker.group == self._GATHER_COMMANDS_GROUP
