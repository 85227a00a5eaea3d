"""Takes the pictures of this folder: the real screen on the local server, driven by keys.

Needs the extra `test` and the fonts Fira Code and DejaVu: `.venv/bin/python screenshots/make.py [FOLDER]`.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
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
class Tour:
    """Pictures taken of one app: the size in cells, the theme, and for each picture's name what is done first."""

    size: tuple[int, int]
    theme: str
    shots: Mapping[str, Callable[["Pilot[int]"], Awaitable[None]]]


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


def pictures(pilot: "Pilot[int]") -> list[Picture]:
    """The pictures that are drawn."""
    return [picture for picture in pilot.app.screen.query(Picture) if picture.size_in_pixels is not None]


def has_picture(pilot: "Pilot[int]") -> bool:
    """Whether a picture is drawn."""
    return bool(pictures(pilot))


async def shown(pilot: "Pilot[int]", *texts: str) -> None:
    """Wait until the screen shows every text."""

    def look() -> bool:
        text = "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
        return all(each in text for each in texts)

    await until(pilot, look)


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
    await pilot.press("f4", "2")
    await shown(pilot, "newest first")
    await until(pilot, lambda: has_picture(pilot))


async def compare(pilot: "Pilot[int]") -> None:
    """Two pictures of one model side by side."""
    await pilot.press("slash")
    await write(pilot, "model:painter")
    await pilot.press("enter")
    await until(pilot, lambda: len(pilot.app.screen.query_one("#runs").keys) == 2)  # type: ignore[attr-defined]
    await pilot.press("A", "x")
    await until(pilot, lambda: len(pictures(pilot)) == 2)


async def trainings(pilot: "Pilot[int]") -> None:
    """A training and the curve of its losses."""
    await pilot.press("escape", "3")
    await shown(pilot, "lowest")


async def deployments(pilot: "Pilot[int]") -> None:
    """A deployment and what it costs."""
    await pilot.press("4")
    await shown(pilot, "local/shore", "local/painter")


async def hardware(pilot: "Pilot[int]") -> None:
    """What models run on."""
    await pilot.press("5")
    await shown(pilot, "gpu-h100")


async def settings(pilot: "Pilot[int]") -> None:
    """The settings, at the look of the screen."""
    await pilot.press("comma")
    await shown(pilot, "config.toml")
    await pilot.press("down", "down")
    await shown(pilot, "in config.toml")
    await pilot.press("enter", "enter")
    await shown(pilot, "replicate-light")


async def small(pilot: "Pilot[int]") -> None:
    """A run on a small terminal."""
    await ready(pilot)
    await pilot.press("f4")
    await until(pilot, lambda: has_picture(pilot))


async def small_predictions(pilot: "Pilot[int]") -> None:
    """The history on a small terminal."""
    await pilot.press("2")
    await shown(pilot, "newest first")


TOURS: Sequence[Tour] = (
    Tour(
        (160, 48),
        "replicate-dark",
        {
            "run-160x48": run_mode,
            "predictions-160x48": predictions,
            "compare-160x48": compare,
            "trainings-160x48": trainings,
            "deployments-160x48": deployments,
            "hardware-160x48": hardware,
            "settings-160x48": settings,
        },
    ),
    Tour((80, 24), "replicate-dark", {"form-80x24": form}),
    Tour((80, 24), "replicate-light", {"run-80x24": small, "predictions-80x24": small_predictions}),
)

BOOK = "The fox went out. The owl came in. The fox came back, and the owl went out again.\n" * 40
EARLIER = (
    ("run", "local/hello-world", "text=everybody"),
    ("run", "local/sleeper", "seconds=0.3", "fail=true"),
    ("run", "local/storyteller", "prompt=Once upon a time", "max_tokens=60"),
    ("run", "local/painter", "prompt=a small boat under the aurora"),
    ("train", "local/storyteller", "--destination", "local/teller", "--create", "--wait", "text=@book.txt"),
    ("deployment", "create", "local/shore", "--model", "local/painter", "--hardware", "gpu-t4", "--max-instances", "2"),
)
"""What was done before, so that there is something to show."""


def command(folder: str, *arguments: str) -> None:
    """Run the program."""
    done = subprocess.run(
        [sys.executable, "-m", "replicate_tui", *arguments], capture_output=True, text=True, cwd=folder
    )
    if done.returncode not in (0, 1):  # one of the runs fails as it was asked to
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr}")


async def take(tour: Tour) -> None:
    """Take the pictures of one app."""
    app = ReplicateApp(load(Flags(local=True)))
    async with app.run_test(size=tour.size, notifications=True) as pilot:
        app.theme = tour.theme
        for name, visit in tour.shots.items():
            await visit(pilot)
            picture = app.export_screenshot(title="replicate-tui", simplify=True)
            png = resvg_py.svg_to_bytes(svg_string=picture, font_family="Fira Code", monospace_family="Fira Code")
            (FOLDER / f"{name}.png").write_bytes(bytes(png))


def main() -> None:
    """Take all pictures, in folders that are thrown away."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["REPLICATE_TUI_HOME"] = home
        Path(home, "book.txt").write_text(BOOK)
        try:
            for arguments in EARLIER:
                command(home, "--local", *arguments)
            for tour in TOURS:
                asyncio.run(take(tour))
        finally:
            command(home, "serve", "--stop")


if __name__ == "__main__":
    main()
