"""The details of a run: its phases, what is usual, what it cost."""

import pytest
from textual.app import App, ComposeResult

from replicate_tui.api.resources import Prediction
from replicate_tui.core.costs.phases import Phase
from replicate_tui.core.costs.pricing import Cost
from replicate_tui.core.costs.usual import Spread
from replicate_tui.core.history.runs import Run
from replicate_tui.tui.widgets.phase_lines import cost_lines, phase_lines
from replicate_tui.tui.widgets.run_detail import RunDetail
from tests.core.scripted import run_object

WAITED = Phase("queued, booting", 1.0, usual=Spread(0.5, 9.1))
PREDICTED = Phase("predicting", 3.0, usual=Spread(2.1, 3.4))
PRICED = Cost(0.0021, "estimate: on \x1b[2Jgpu-t4")


class Viewing(App[None]):
    def compose(self) -> ComposeResult:
        yield RunDetail()

    @property
    def detail(self) -> RunDetail:
        return self.query_one(RunDetail)

    @property
    def lines(self) -> list[str]:
        """What the screen shows, but for the tabs and the scroll bar."""
        return [strip.text.rstrip(" █▁▂▃▄▅▆▇") for strip in self.screen._compositor.render_strips()][2:]


def run(status: str = "succeeded") -> Run:
    return Run(Prediction.of(run_object("r1", status)), None, 0.0)


def told(width: int, *phases: Phase) -> list[str]:
    return [line.plain for line in phase_lines(phases, width)]


def test_with_room_each_phase_is_a_line_with_what_is_usual_beside_it() -> None:
    assert told(90, WAITED, PREDICTED, Phase("saving", 0.0)) == [
        "queued, booting     1.0s  ██████                    usually 0.5s, 95 % below 9.1s",
        "predicting          3.0s  ██████████████████        usually 2.1s, 95 % below 3.4s",
        "saving              0.0s  ",
    ]


def test_without_room_what_is_usual_has_a_line_of_its_own() -> None:
    assert told(36, WAITED, PREDICTED) == [
        "queued, booting     1.0s  ██▌",
        "  usually 0.5s, 95 % below 9.1s",
        "predicting          3.0s  ███████▌",
        "  usually 2.1s, 95 % below 3.4s",
    ]


@pytest.mark.parametrize("width", [-1, 0, 1, 20, 36, 50, 67, 80, 160])
def test_no_width_is_too_odd_and_no_bar_too_long(width: int) -> None:
    lines = told(width, WAITED, PREDICTED)
    assert sum(line.count("█") for line in lines) <= 24
    if width >= 36:
        assert all(len(line) <= width for line in lines)


def test_the_shortest_phase_is_still_seen() -> None:
    assert told(90, Phase("queued, booting", 0.001), Phase("predicting", 900.0))[0].endswith("▏")


def test_nothing_took_any_time_at_first() -> None:
    assert told(90, Phase("queued, booting", 0.0, running=True)) == ["queued, booting     0.0s  "]


def test_a_cost_stands_over_what_it_rests_on_and_a_missing_one_says_why() -> None:
    assert [line.plain for line in cost_lines(PRICED)] == ["cost             ≈ $0.0021", "estimate: on gpu-t4"]
    unpriced = Cost(None, "its hardware is not known")
    assert [line.plain for line in cost_lines(unpriced)] == ["cost             unpriced: its hardware is not known"]


async def test_the_details_show_phases_cost_and_facts() -> None:
    app = Viewing()
    async with app.run_test(size=(90, 30)) as pilot:
        app.detail.show(run(), phases=[WAITED, PREDICTED], cost=PRICED)
        app.detail.tab = "details"
        await pilot.pause()
        assert app.lines[0].startswith("queued, booting     1.0s  ██████  ")
        assert app.lines[3:5] == ["cost             ≈ $0.0021", "estimate: on gpu-t4"]
        assert app.lines[6] == "id               r1"


async def test_a_phase_that_goes_on_is_drawn_anew_and_costs_nothing_yet() -> None:
    app = Viewing()
    async with app.run_test(size=(90, 30)) as pilot:
        active = run("processing")
        app.detail.tab = "details"
        for seconds in (1.0, 2.0):
            phase = Phase("predicting", seconds, running=True)
            app.detail.show(active, phases=[phase], cost=Cost(None, "it has not ended"))
            await pilot.pause()
            assert f"{seconds}s" in app.lines[0]
        assert not any("cost" in line for line in app.lines)


async def test_a_run_that_goes_on_tells_its_last_log_line_until_there_is_output() -> None:
    def going(logs: str, output: object = None) -> Run:
        return Run(Prediction.of(run_object("r1", "processing", logs=logs, output=output)), None, 0.0)

    app = Viewing()
    async with app.run_test(size=(40, 12)) as pilot:
        app.detail.show(going(""))
        await pilot.pause()
        assert app.lines[:2] == ["waiting for output…", ""]
        for logs, last in (("Loading weights\n 10%\r 20%", " 20%"), ("Loading\n\x1b[1m 90%\n\n", " 90%")):
            app.detail.show(going(logs))
            await pilot.pause()
            assert app.lines[:2] == ["waiting for output…", last]
        app.detail.show(going(" 90%\n", "It was a dark"))
        await pilot.pause()
        assert app.lines[:2] == ["It was a dark", ""]


async def test_bars_follow_the_width() -> None:
    app = Viewing()
    async with app.run_test(size=(90, 30)) as pilot:
        app.detail.show(run(), phases=[WAITED, PREDICTED])
        app.detail.tab = "details"
        await pilot.pause()
        await pilot.resize_terminal(44, 30)
        await pilot.pause()
        assert app.lines[1] == "  usually 0.5s, 95 % below 9.1s"


async def test_long_facts_go_on_below_their_beginning() -> None:
    shown = Run(Prediction.of(run_object("r1", "succeeded", version="0123456789abcdef" * 4)), None, 0.0)
    app = Viewing()
    async with app.run_test(size=(60, 30)) as pilot:
        app.detail.tab = "details"
        app.detail.show(shown)
        await pilot.pause()
        begin = next(number for number, line in enumerate(app.lines) if line.startswith("version"))
        first, rest = app.lines[begin : begin + 2]
        column = first.index("0123")
        assert first[column:] + rest.strip() == "0123456789abcdef" * 4
        assert len(rest) - len(rest.lstrip()) == column


async def test_a_terminal_that_is_resized_while_its_parts_go_away_harms_nothing() -> None:
    async with Viewing().run_test() as pilot:
        app = pilot.app
        assert isinstance(app, Viewing)
        await app.detail.query("*").remove()
        await pilot.resize_terminal(50, 20)
        await pilot.pause()
        assert app.is_running
        assert app.detail.size.width == 50
