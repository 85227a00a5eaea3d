"""Every mode of the screen, visited in a world whose every text is hostile: all that is seen of it is text."""

import json
from pathlib import Path

import pytest

from replicate_tui.core.settings import Flags, load
from replicate_tui.core.watching.notices import words
from replicate_tui.tui import attention
from replicate_tui.tui.app import ReplicateApp
from replicate_tui.tui.screens.resolve import Resolve
from replicate_tui.tui.screens.type_name import TypeName
from replicate_tui.tui.screens.value import ValueScreen
from replicate_tui.tui.widgets.picture import Picture
from tests.core.scripted import scripted
from tests.tui.driving import Driver
from tests.tui.hostile import BROKEN, EVIL, LIST, World, predictions
from tests.tui.hostile_covers import COVERS, NAMED
from tests.tui.test_hostile_dialogs import PLACES as DIALOGS
from tests.tui.visiting import OSC, SECRET, Visitor, as_at_a_terminal, paint_nothing, screens_made

SIZE = (100, 30)
"""Run mode shows all its panes."""
LARGE = (140, 44)
"""There a model's picture is seen beside its words."""
THEME = "[@click=app.quit]\x1b]0;owned\x07x"
"""A name in config.toml that there is no theme of: a warning tells it."""
PLACES = {
    "RunScreen",
    "PredictionsScreen",
    "TrainingsScreen",
    "DeploymentsScreen",
    "HardwareScreen",
    "SettingsScreen",
    "HelpScreen",
    "Palette",
    "Confirm",
    "Chooser",
    "OneLine",
    "PresetsScreen",
    "QueueScreen",
    "CompareScreen",
    "Resolve",
    "TrainForm",
    "DeploymentForm",
    "HardwarePicker",
    "Scale",
    "TypeName",
    "SaveAs",
    "ChooseModel",
    "ValueScreen",
}


def test_every_screen_that_there_is_is_visited() -> None:
    assert screens_made() == PLACES | DIALOGS


@pytest.fixture(autouse=True)
def lonely(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of its own, with programs that show nothing."""
    home.mkdir()
    config = home / "config" / "config.toml"
    config.parent.mkdir()
    config.write_text(f"theme = {json.dumps(THEME)}\n", "utf-8")
    monkeypatch.chdir(home)
    monkeypatch.setenv("PAGER", "true")
    monkeypatch.setenv("EDITOR", "true")


async def test_hostile_texts_are_only_texts_wherever_they_are_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    paint_nothing(monkeypatch)
    async with scripted() as server:
        world = server.script = World(lambda: server.url)
        environ = {"REPLICATE_TUI_HOME": str(home), "REPLICATE_BASE_URL": server.url, "REPLICATE_API_TOKEN": SECRET}
        app = ReplicateApp(load(Flags(), environ))
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            written = as_at_a_terminal(app, monkeypatch)
            driver = Driver(app, pilot)
            await driver.until(lambda: app.standing.connection == "online", "the connection")
            await driver.shows("evil/model")
            visitor = Visitor(driver)
            assert app.settings.theme == THEME
            await keep_hostile_things(driver)
            await visit(visitor)
            await visit_collections(visitor)
            tell_what_ended(app)
            await visit_refused(visitor, world)
            assert visitor.places >= PLACES, PLACES - visitor.places
            assert any(asked.method == "POST" for asked in server.asked)
    beside = [text for text in written if text.startswith("\x1b]")]
    assert not [text for text in beside if not OSC.fullmatch(text)]
    assert {text[:4] for text in beside} >= {"\x1b]2;", "\x1b]9;", "\x1b]52"}
    assert_kept_inside(tmp_path, home)


def assert_kept_inside(folder: Path, home: Path) -> None:
    """What was downloaded is where it is meant to be, under names that can be read; the token is nowhere."""
    paths = list(home.rglob("*"))
    names = [str(path.relative_to(home)) for path in paths]
    assert any("owned" in name for name in names), "the files were downloaded"
    assert all(name.isprintable() for name in names)
    assert not [path for path in folder.rglob("*") if path != home and home not in path.parents]
    assert not [path for path in paths if path.is_file() and SECRET.encode() in path.read_bytes()]


async def keep_hostile_things(driver: Driver) -> None:
    """Tags, notes, filters and presets of a person who is not their own friend."""
    session = driver.run_screen.session
    await driver.until(lambda: session.store.row("a" * 26), "the runs")
    await session.store.note("a" * 26, tags=[BROKEN], note=BROKEN)
    await session.saved_filters.keep(BROKEN[:40], f"model:{EVIL}")
    target = await session.target("evil/model")
    await session.presets.keep(target, EVIL[:40], {"prompt": EVIL})


async def visit(visitor: Visitor) -> None:
    """Every mode, pane, tab, run, and whatever a key opens."""
    await visitor.press("f2")
    await visitor.everything("run")
    await visitor.press("enter", "f5", "f5", "y", "f5", "y")
    for _ in range(6):
        await visitor.press("f3")
        await visitor.everything("run")
        await visitor.press("f7")
    await visitor.press("f8", "f4")
    await visitor.everything("run")
    for mode in ("predictions", "trainings"):
        await visitor.to(mode)
        for _ in predictions("") if mode == "predictions" else range(3):
            await visitor.press("right", "right", "right", "right", "down")
        await visitor.everything(mode)
        await visitor.press("home", "z")
        await visitor.everything(mode)
    await visitor.to("predictions")
    visitor.show_run("d" * 26)
    await visitor.look("the files")
    await visitor.everything("predictions")
    visitor.show_run("l" * 26)
    await visitor.press("z")
    await visitor.everything("predictions")
    visitor.mark_two()
    await visitor.press("home", "x")
    await visitor.everything("predictions")
    for mode, listed in {"deployments": "evil/evil", "hardware": "evil-sku"}.items():
        await visitor.to(mode)
        await visitor.driver.shows(listed)
        await visitor.everything(mode)
    await visitor.to("deployments")
    await visitor.reach(TypeName, "end", "d")
    await visitor.press("x", "enter")
    await visitor.to("run")
    await visitor.press("colon", "e", "v", "i", "l", "enter")
    await visitor.to("settings")
    await visitor.press(*["down"] * 8, "right", "down", "question_mark", "escape")
    await visitor.to("run")
    for screen in (Resolve(BROKEN, [EVIL, BROKEN]), ValueScreen(BROKEN, EVIL * 20_000)):
        visitor.app.push_screen(screen)
        await visitor.look("a question")
        await visitor.to("run")


async def visit_collections(visitor: Visitor) -> None:
    """The collections, what is searched among them, the models of one, and the covers of those."""
    driver, screen = visitor.driver, visitor.driver.run_screen
    await visitor.press("f2", "end")
    screen.models.views.post_message(screen.models.views.Chosen(screen.models.views, "collections"))
    await driver.until(lambda: len(screen.models.list.keys) == 3, "the collections")
    await visitor.press("down", "down", "slash", "e", "v", "i", "l", "escape", "home")
    screen.models.open_collection(LIST)
    await driver.until(lambda: len(screen.models.list.keys) == len(COVERS) + 2, "its models")
    await visitor.press(*["down"] * (len(COVERS) + 2))
    await visitor.resize(*LARGE)
    for kind in COVERS:
        await visit_cover(visitor, kind)
    await visitor.resize(*SIZE)


async def visit_cover(visitor: Visitor, kind: str) -> None:
    """The page of the model whose cover is of this kind: there is a picture, or a sentence says why there is none."""
    screen = visitor.driver.run_screen
    form, page = screen.form_pane, screen.form_pane.about
    screen.app.form_wanted.publish(f"evil/{NAMED}{kind}")
    await visitor.driver.until(lambda: form.target and form.target.model.endswith(kind), f"the form of {kind}")
    await visitor.driver.until(lambda: form.has_focus_within, "its focus")
    form.tab = "about"
    await visitor.driver.until(lambda: page.page and page.page.name.endswith(kind), f"the page of {kind}")
    picture = page.query_one(Picture)
    await visitor.driver.until(lambda: page._note or picture.size_in_pixels, f"the cover, {kind}")
    await visitor.look(kind)
    assert bool(picture.size_in_pixels) == (kind in ("thin", "moving")), kind


def tell_what_ended(app: ReplicateApp) -> None:
    """Tell the desktop of every run."""
    assert app.session is not None
    for run_id in app.session.store.ids():
        row = app.session.store.row(run_id)
        assert row is not None
        attention.call(app, "desktop", words(row))


async def visit_refused(visitor: Visitor, world: World) -> None:
    """Every mode while the API refuses everything, and says so in its own words."""
    world.refuses = 403
    for mode in ("run", "predictions", "trainings", "deployments", "hardware", "settings"):
        await visitor.to(mode)
        await visitor.press("R", "r")
