"""What a run's tabs look like, at the sizes that are promised."""

import pytest
from textual.app import App, ComposeResult

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history.runs import Run
from replicate_tui.tui.widgets.log_view import LogView
from replicate_tui.tui.widgets.run_detail import RunDetail
from tests.core.scripted import run_object
from tests.tui.driving import SMALL, WIDE
from tests.tui.looks import comes_to_look_as_before

LOGS = (
    "".join(f"{at * 2:3}%|{'#' * (at // 5):<10}| {at}/50\r" for at in range(51))
    + "\n"
    + ("Using seed: 42\nLoading weights\n" + "".join(f"step {at}  loss {1 / (at + 1):.4f}\n" for at in range(60)))
)
OBJECT = {
    "label": "a lighthouse [/x]",
    "scores": {"lighthouse": 0.98, "tower": 0.02},
    "boxes": [[12, 8, 200, 310], [0, 0, 4, 4]],
    "caption": "A lighthouse stands on a rock, and the evening sun has just gone down behind it. " * 3,
    "nsfw": False,
    "mask": None,
}
PROSE = (
    "# Adding up\n\nTwo ways to **add** numbers:\n\n1. a loop\n2. `sum`\n\n```python\ntotal = 0\nfor n in numbers:\n"
    "    total += n\n```\n\n| way | speed |\n|---|---|\n| loop | slow |\n| sum | fast |\n\n> Both are *right*.\n"
)


class Detail(App[None]):
    """A run's tabs alone on the screen."""

    def compose(self) -> ComposeResult:
        yield RunDetail()

    @property
    def detail(self) -> RunDetail:
        return self.query_one(RunDetail)

    def show(self, **fields: object) -> None:
        self.detail.show(Run(Prediction.of(run_object("r1", "succeeded", **fields)), None, 0.0))

    def look(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_logs_that_are_searched_and_filtered(size: tuple[int, int]) -> None:
    app = Detail()
    async with app.run_test(size=size) as pilot:
        app.show(logs=LOGS)
        app.detail.tab = "logs"
        app.detail.focus_content()
        await pilot.press("ampersand", *"step", "enter", "slash", *"0.01", "enter", "n")
        await pilot.pause()
        assert app.query_one(LogView).line_count == 63
        await comes_to_look_as_before(f"run-logs-{size[0]}x{size[1]}", app.look)


@pytest.mark.parametrize("size", [SMALL, WIDE])
@pytest.mark.parametrize(("name", "output"), [("object", OBJECT), ("prose", PROSE)])
async def test_outputs_as_they_read_best(name: str, output: object, size: tuple[int, int]) -> None:
    app = Detail()
    async with app.run_test(size=size):
        app.show(output=output)
        app.detail.focus_content()
        await comes_to_look_as_before(f"run-{name}-{size[0]}x{size[1]}", app.look)
