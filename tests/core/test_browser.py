"""Web pages in the user's browser: which browsers count, and which addresses."""

import sys
import webbrowser
from pathlib import Path

import pytest

from replicate_tui.core.browser import open_page

PAGE = "https://replicate.com/p/k7x2m9qd5rrm80cn4wf9t0a6zc"


class Window(webbrowser.BaseBrowser):
    """A browser with a window of its own."""

    def __init__(self, works: bool = True) -> None:
        super().__init__("window")
        self.works = works
        self.opened: list[str] = []

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.opened.append(url)
        return self.works


def only(browser: webbrowser.BaseBrowser | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this machine offer that browser, or none."""

    def get(using: str | None = None) -> webbrowser.BaseBrowser:
        if browser is None:
            raise webbrowser.Error("could not locate runnable browser")
        return browser

    monkeypatch.setattr(webbrowser, "get", get)


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Window:
    browser = Window()
    only(browser, monkeypatch)
    return browser


def test_a_page_opens_in_a_window(window: Window) -> None:
    assert open_page(PAGE) is True
    assert window.opened == [PAGE]


@pytest.mark.parametrize(
    "address",
    ["", "file:///etc/passwd", "javascript:alert(1)", "ftp://x/y", "--help", "replicate.com", "http://[", "data:,x"],
)
def test_what_is_no_web_page_is_not_opened(window: Window, address: str) -> None:
    assert open_page(address) is False
    assert window.opened == []


def test_a_browser_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    only(Window(works=False), monkeypatch)
    assert open_page(PAGE) is False


def test_without_any_browser_nothing_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    only(None, monkeypatch)
    assert open_page(PAGE) is False


def touching(path: Path) -> list[str]:
    """A command that leaves a trace; it ends with the page's address."""
    return [sys.executable, "-c", f"import pathlib; pathlib.Path({str(path)!r}).touch()", "%s"]


def test_a_browser_that_would_draw_in_this_terminal_is_not_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only(webbrowser.GenericBrowser(touching(tmp_path / "drawn")), monkeypatch)
    assert open_page(PAGE) is False
    assert not (tmp_path / "drawn").exists()


def test_a_browser_in_the_background_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    class Background(webbrowser.BackgroundBrowser):
        def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
            return url == PAGE

    only(Background("firefox"), monkeypatch)
    assert open_page(PAGE) is True
