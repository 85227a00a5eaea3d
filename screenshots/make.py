"""Takes the pictures of this folder: the real screen on the local server, driven by keys.

Needs the extra `test` and the fonts Fira Code and DejaVu: `.venv/bin/python screenshots/make.py [FOLDER]`.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import resvg_py
from textual.pilot import Pilot

from replicate_tui.core.settings import Flags, load
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.widgets.picture import Picture

FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
STEP = 0.05
LONGEST = 30.0


@dataclass(frozen=True)
class Shot:
    """One picture: its name, the size in cells, the theme, and what is done first."""

    name: str
    size: tuple[int, int]
    theme: str
    run: Callable[["Pilot[int]"], "object"]


async def until(pilot: "Pilot[int]", look: Callable[[], object]) -> None:
    """Let the app work until it shows what we wait for."""
    waited = 0.0
    while not look():
        await pilot.pause(STEP)
        waited += STEP
        if waited > LONGEST:
            raise TimeoutError("the screen never showed what was waited for")
    await pilot.pause(STEP * 4)


async def write(pilot: "Pilot[int]", words: str) -> None:
    """Type words."""
    await pilot.press(*("space" if letter == " " else letter for letter in words))


def app_of(pilot: "Pilot[int]") -> ReplicateApp:
    """The app that is driven."""
    app = pilot.app
    assert isinstance(app, ReplicateApp)
    return app


async def ready(pilot: "Pilot[int]") -> None:
    """Wait for the models."""
    app = app_of(pilot)
    await until(pilot, lambda: app.standing.connection == "online" and app.session and app.session.catalog.rows)


async def open_model(pilot: "Pilot[int]", name: str) -> None:
    """Search a model and open its form."""
    await pilot.press("slash")
    await write(pilot, name)
    await until(pilot, lambda: len(pilot.app.screen.query_one("#model-list").keys) == 1)  # type: ignore[attr-defined]
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.screen.query_one("#input-form").has_focus_within)


def has_picture(pilot: "Pilot[int]") -> bool:
    """Whether a picture is drawn."""
    return any(picture.size_in_pixels is not None for picture in pilot.app.screen.query(Picture))


async def paint(pilot: "Pilot[int]", prompt: str) -> None:
    """Run the painter and wait for its picture."""
    await open_model(pilot, "painter")
    await write(pilot, prompt)
    await pilot.press("f5")
    await until(pilot, lambda: not app_of(pilot).standing.running and has_picture(pilot))


async def run_mode(pilot: "Pilot[int]") -> None:
    """A form and its picture."""
    await ready(pilot)
    await paint(pilot, "a lighthouse at dusk, warm light on calm water")


async def form(pilot: "Pilot[int]") -> None:
    """The form alone, on a small terminal."""
    await ready(pilot)
    await open_model(pilot, "painter")  # with the draft of the picture before
    await pilot.press("tab")


async def predictions(pilot: "Pilot[int]") -> None:
    """The history with a picture."""
    await ready(pilot)
    await pilot.press("2")
    await until(pilot, lambda: has_picture(pilot))


async def small(pilot: "Pilot[int]") -> None:
    """A run on a small terminal."""
    await ready(pilot)
    await pilot.press("f4")
    await until(pilot, lambda: has_picture(pilot))


SHOTS: Sequence[Shot] = (
    Shot("run-160x48", (160, 48), "replicate-dark", run_mode),
    Shot("predictions-160x40", (160, 40), "replicate-dark", predictions),
    Shot("form-80x24", (80, 24), "replicate-dark", form),
    Shot("run-80x24", (80, 24), "replicate-light", small),
)

EARLIER = (
    ("run", "local/hello-world", "text=everybody"),
    ("run", "local/sleeper", "seconds=0.3", "fail=true"),
    ("run", "local/storyteller", "prompt=Once upon a time", "max_tokens=60"),
    ("run", "local/painter", "prompt=a small boat under the aurora"),
)
"""What ran before, so that the history has something to show."""


def command(*arguments: str) -> int:
    """Run the program."""
    return subprocess.run([sys.executable, "-m", "replicate_tui", *arguments], capture_output=True).returncode


async def take(shot: Shot) -> None:
    """Take one picture."""
    app = ReplicateApp(load(Flags(local=True)))
    async with app.run_test(size=shot.size, notifications=True) as pilot:
        app.theme = shot.theme
        await shot.run(pilot)  # type: ignore[misc]
        picture = app.export_screenshot(title="replicate-tui", simplify=True)
    png = resvg_py.svg_to_bytes(svg_string=picture, font_family="Fira Code", monospace_family="Fira Code")
    (FOLDER / f"{shot.name}.png").write_bytes(bytes(png))


def main() -> None:
    """Take all pictures, in folders that are thrown away."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["REPLICATE_TUI_HOME"] = home
        try:
            for arguments in EARLIER:
                command("--local", *arguments)
            for shot in SHOTS:
                asyncio.run(take(shot))
        finally:
            command("serve", "--stop")


if __name__ == "__main__":
    main()
