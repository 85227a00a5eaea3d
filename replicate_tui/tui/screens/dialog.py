"""What asks one thing before it goes on: a box in the middle of the screen, as high as what is in it."""

from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A question whose box is a `Vertical`; its answer is the screen's result."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        & > Vertical {
            width: 76;
            max-width: 96%;
            height: auto;
            padding: 1 2;
            border: round $primary;
            border-title-color: $primary;
            background: $surface;
        }
        & Static { height: auto; }
    }
    """
