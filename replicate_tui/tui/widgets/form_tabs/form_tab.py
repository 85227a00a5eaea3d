"""What every tab beside the form is: data that may come at any time, drawn once the tab is there."""

from textual.containers import Vertical
from textual.widget import Widget


class FormTab(Vertical):
    """One tab. It is mounted when it is first looked at; what was set before is drawn then."""

    DEFAULT_CSS = """
    FormTab { height: 1fr; }
    """

    _drawable = False

    def on_mount(self) -> None:
        """Draw what was set so far."""
        self._drawable = True
        self.draw()

    def draw(self) -> None:
        """Show the data as it is now."""
        raise NotImplementedError

    def data_changed(self) -> None:
        """Draw anew, if there is anything to draw on yet."""
        if self._drawable:
            self.draw()

    @property
    def content(self) -> Widget:
        """The widget that the keyboard goes to."""
        raise NotImplementedError

    def focus_content(self) -> None:
        """Take the keyboard to what the tab shows, which may have to be mounted first."""
        if self._drawable:
            self.content.focus()
        else:
            self.call_after_refresh(self._focus_once_mounted)

    def _focus_once_mounted(self) -> None:
        self.content.focus()
