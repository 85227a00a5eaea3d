"""The log view: what it adds, what it keeps, and when it leaves the reader alone."""

import pytest
from textual.app import App, ComposeResult

from replicate_tui.tui.widgets.log_lines import MAX_LINE_LENGTH
from replicate_tui.tui.widgets.log_view import MAX_LINES, LogView


class Logs(App[None]):
    """A log view alone on the screen; it keeps what the view tells."""

    def __init__(self, max_lines: int = 1000) -> None:
        super().__init__()
        self.view = LogView(id="logs", empty_text="no logs yet", max_lines=max_lines)
        self.told: list[bool] = []

    def compose(self) -> ComposeResult:
        yield self.view

    def on_log_view_follow_changed(self, event: LogView.FollowChanged) -> None:
        self.told.append(event.follow)


def screen(app: App[None]) -> list[str]:
    """The lines on the screen, without the scrollbar."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip)[:38].rstrip() for strip in strips]


def numbered(first: int, last: int) -> str:
    return "".join(f"line {number}\n" for number in range(first, last + 1))


async def test_without_logs_it_says_so() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)):
        assert screen(app) == ["no logs yet", "", ""]
        assert app.told == []


async def test_the_end_is_followed_as_the_log_grows() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs(numbered(1, 10))
        await pilot.pause()
        assert screen(app) == ["line 8", "line 9", "line 10"]
        app.view.set_logs(numbered(1, 12))
        await pilot.pause()
        assert screen(app) == ["line 10", "line 11", "line 12"]
        assert app.view.line_count == 12


async def test_a_progress_bar_is_replaced_in_place() -> None:
    app = Logs()
    async with app.run_test(size=(40, 4)) as pilot:
        logs = "Using seed: 1\n"
        for bar in ("  5%|#", "\r 50%|#####", "\r100%|##########"):
            logs += bar
            app.view.set_logs(logs)
            await pilot.pause()
            assert screen(app) == ["Using seed: 1", bar.removeprefix("\r"), "", ""]
        app.view.set_logs(logs + "\ndone\n")
        await pilot.pause()
        assert screen(app) == ["Using seed: 1", "100%|##########", "done", ""]


async def test_scrolling_up_stops_following_and_new_lines_leave_the_reader_alone() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs(numbered(1, 10))
        app.view.focus()
        await pilot.press("up")
        assert not app.view.follow
        read = ["line 7", "line 8", "line 9"]
        assert screen(app) == read
        app.view.set_logs(numbered(1, 30))
        await pilot.pause()
        assert screen(app) == read
        assert app.told == [False]


async def test_scrolling_down_again_does_not_follow_by_itself() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs(numbered(1, 10))
        app.view.focus()
        await pilot.press("up", "down", "down")
        assert not app.view.follow


@pytest.mark.parametrize("key", ["end", "G", "f"])
async def test_the_end_is_followed_again_on_demand(key: str) -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs(numbered(1, 10))
        app.view.focus()
        await pilot.press("home", key)
        assert app.told == [False, True]
        assert screen(app) == ["line 8", "line 9", "line 10"]


async def test_f_turns_following_off_too() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs(numbered(1, 10))
        app.view.focus()
        await pilot.press("f")
        app.view.set_logs(numbered(1, 20))
        await pilot.pause()
        assert screen(app) == ["line 8", "line 9", "line 10"]


async def test_the_wheel_stops_following() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs(numbered(1, 50))
        await pilot.pause()
        app.view._on_mouse_scroll_up(_wheel(app))
        await pilot.pause()
        assert app.told == [False]


async def test_a_smaller_or_larger_place_keeps_the_end_in_sight() -> None:
    app = Logs()
    async with app.run_test(size=(40, 8)) as pilot:
        app.view.set_logs(numbered(1, 20))
        for height in (4, 12, 5):
            await pilot.resize_terminal(40, height)
            await pilot.pause()
            assert screen(app)[-1] == "line 20"
            assert app.view.follow


@pytest.mark.parametrize("window", [None, 400_000], ids=["kept whole", "kept as a window that slides"])
async def test_a_hundred_thousand_lines_are_shown_complete_and_once(window: int | None) -> None:
    app = Logs(MAX_LINES)
    written = numbered(1, MAX_LINES)
    async with app.run_test(size=(40, 3)) as pilot:
        for end in range(0, len(written) + 234_567, 234_567):
            app.view.set_logs(written[:end][-window if window else 0 :])
        await pilot.pause()
        assert app.view.line_count == MAX_LINES
        assert screen(app) == [f"line {number}" for number in range(MAX_LINES - 2, MAX_LINES + 1)]
        for line in range(1, MAX_LINES, 9_973):
            app.view.scroll_to(y=line - 1, animate=False, force=True)
            await pilot.pause()
            assert screen(app)[0] == f"line {line}"


async def test_of_a_long_log_the_end_is_kept_and_a_note_tells_what_was_cut() -> None:
    app = Logs(max_lines=100)
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs(numbered(1, 1500))
        app.view.focus()
        await pilot.press("home")
        assert screen(app) == ["… 1,400 earlier lines not kept", "line 1401", "line 1402"]
        assert app.view.line_count == 100


async def test_what_is_read_stays_in_sight_while_the_beginning_is_cut() -> None:
    app = Logs(max_lines=100)
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs(numbered(1, 100))
        app.view.focus()
        await pilot.press("pageup")
        read = screen(app)
        for last in (110, 120, 150):
            app.view.set_logs(numbered(1, last))
            await pilot.pause()
            assert screen(app) == read


async def test_another_log_replaces_the_one_before_and_is_followed() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs(numbered(1, 50))
        app.view.focus()
        await pilot.press("home")
        app.view.set_logs("".join(f"other {number}\n" for number in range(1, 6)))
        await pilot.pause()
        assert screen(app) == ["other 3", "other 4", "other 5"]
        assert app.view.follow


async def test_clear_forgets_the_log_and_follows_again() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs(numbered(1, 50))
        app.view.focus()
        await pilot.press("home")
        app.view.clear()
        await pilot.pause()
        assert screen(app) == ["no logs yet", "", ""]
        assert app.view.follow


async def test_hostile_logs_are_drawn_as_plain_text() -> None:
    app = Logs()
    async with app.run_test(size=(40, 6)) as pilot:
        app.view.set_logs("[/x] [red]x[/red]\n\x1b]0;title\x07\x1b[31mred\x1b[0m\n日本語 e\u0301\n\u202eevil\n")
        await pilot.pause()
        assert screen(app) == ["[/x] [red]x[/red]", "red", "日本語 e\u0301", "evil", "", ""]


async def test_what_other_systems_call_a_line_end_does_not_break_a_row() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs("a\x0cb\u2028c\x0bd\nnext\x85\n")
        await pilot.pause()
        assert screen(app)[1] == "next"
        assert "\n" not in "".join(screen(app))


async def test_long_lines_are_reached_by_scrolling_sideways() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs("0123456789" * 6 + "\nshort\n")
        app.view.focus()
        await pilot.pause()
        assert app.view.render_line(0).text == "012345678901234567890123456789012345678›"
        await pilot.press("right", "right", "right")
        assert app.view.render_line(0).text.rstrip().endswith("6789")
        assert app.view.follow


async def test_a_line_without_end_is_cut_with_a_note() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)) as pilot:
        app.view.set_logs("x" * (MAX_LINE_LENGTH + 1234) + "\n")
        app.view.scroll_to(x=MAX_LINE_LENGTH, animate=False, force=True)
        await pilot.pause()
        assert app.view.render_line(0).text.rstrip().endswith("xxx… 1,234 more characters")


async def test_wrapped_lines_are_shown_whole_and_the_line_at_the_top_stays() -> None:
    app = Logs()
    async with app.run_test(size=(40, 4)) as pilot:
        app.view.set_logs("".join(f"{number} " + "word " * 20 + "\n" for number in range(50)))
        app.view.focus()
        await pilot.press("home", "down", "down", "down")
        app.view.wrap = True
        await pilot.pause()
        assert screen(app)[0].startswith("3 word word")
        assert screen(app)[3].startswith("4 word")
        app.view.wrap = False
        await pilot.pause()
        assert [line[:6] for line in screen(app)] == ["3 word", "4 word", "5 word", "6 word"]


async def test_selected_lines_are_copied_as_they_were_written() -> None:
    app = Logs()
    async with app.run_test(size=(40, 6)) as pilot:
        logs = "first " + "word " * 15 + "end\nsecond\nthird\n"
        app.view.set_logs(logs)
        app.view.wrap = True
        await pilot.pause()
        app.view.text_select_all()
        await pilot.pause()
        assert app.screen.get_selected_text() == logs.rstrip("\n")


async def test_no_worker_is_started_for_lines() -> None:
    app = Logs()
    async with app.run_test(size=(40, 3)):
        for last in range(1, 50):
            app.view.set_logs(numbered(1, last))
        assert len(app.workers) == 0


def _wheel(app: Logs) -> object:
    from textual import events

    return events.MouseScrollUp(app.view, 1, 1, 0, -1, 0, False, False, False)
