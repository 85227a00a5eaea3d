"""Trainings mode and the form that begins one, by keyboard alone, on the real local server."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from replicate_tui.api.errors import InvalidField, InvalidInput
from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.inputs import Upload
from replicate_tui.core.history import runs
from replicate_tui.core.settings import Flags, Settings, load
from replicate_tui.tui.screens.confirm import Confirm
from replicate_tui.tui.screens.train_form import TrainForm
from replicate_tui.tui.screens.trainings import TrainingsScreen
from replicate_tui.tui.widgets.input_form import InputForm
from tests.conftest import Server
from tests.core.scripted import run_object
from tests.tui.driving import SMALL, WIDE, Driver, driven
from tests.tui.looks import comes_to_look_as_before

BOOK = "The fox went out. The owl came in. The fox came back, and the owl went out again.\n" * 40
LOGS = "".join(
    f"step {step:2d}/20 | loss {6 / (step + 1):.4f} | perplexity {400 / (step + 1):.2f}\n" for step in range(21)
)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A text to learn from."""
    path = tmp_path / "book.txt"
    path.write_text(BOOK)
    return path


def trainings(driver: Driver) -> TrainingsScreen:
    screen = driver.app.screen
    assert isinstance(screen, TrainingsScreen)
    return screen


def form(driver: Driver) -> TrainForm:
    screen = driver.app.screen
    assert isinstance(screen, TrainForm)
    return screen


async def to_form(driver: Driver, model: str = "storyteller") -> None:
    """Open the form of a training from the model's place in the list."""
    await driver.open_model(model)
    await driver.press("escape")
    await driver.until(lambda: driver.run_screen.models.list.has_focus, "the models")
    await driver.press("t")
    await driver.until(lambda: isinstance(driver.app.screen, TrainForm), "the form")
    await driver.shows(f"Train local/{model}", "destination")


async def fill(driver: Driver, name: str, book: Path) -> None:
    await driver.write(name)
    await driver.press("enter")
    await driver.until(lambda: form(driver).query_one(InputForm).has_focus_within, "the fields")
    form(driver).query_one(InputForm).set_value("text", Upload(book))


async def put(driver: Driver, run_id: str, status: str = "succeeded", **values: object) -> None:
    """Have the history tell of a training."""
    assert driver.app.session is not None
    told: Mapping[str, object] = {"model": "acme/teller", runs.KIND: "training", runs.DESTINATION: "me/mine", **values}
    await driver.app.session.store.put(Prediction.of(run_object(run_id, status, **told)), now=1_770_000_000.0)


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_a_training_is_begun_watched_and_what_it_made_is_run(
    settings: Settings, size: tuple[int, int], book: Path
) -> None:
    name = f"teller-{secrets.token_hex(4)}"
    async with driven(settings, size) as driver:
        await to_form(driver)
        await driver.write(name)
        await driver.press("enter")
        await driver.until(lambda: form(driver).query_one(InputForm).has_focus_within, "the fields")
        await driver.write(f"@{book}")
        await driver.shows("Not there yet")
        await driver.press("f5")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm), "the question")
        await driver.shows("There is no model", f"local/{name}")
        await driver.press("enter")
        await driver.until(lambda: driver.app.current_mode == "trainings", "the trainings")
        await driver.shows(f"✓ made local/{name}:", "loss", "lowest", "at step 20")
        run = trainings(driver).current_run()
        assert run is not None
        assert run.prediction.input["text"].startswith("http")
        assert any("⠀" < letter <= "⣿" for letter in driver.text), "a curve is drawn"

        await driver.press("v")
        await driver.until(lambda: driver.app.current_mode == "run", "the form of what was made")
        await driver.until(lambda: _shown(driver) == f"local/{name}", name)
        await driver.until(lambda: driver.run_screen.form.has_focus_within, "the form")
        driver.run_screen.form.set_value("prompt", "The fox")
        done = await driver.run_to_its_end()
        assert done.status == "succeeded"
        assert done.prediction.version == runs.trained_version(run).partition(":")[2]
        assert run.id not in driver.run_screen.list_runs()


def _shown(driver: Driver) -> str:
    target = driver.run_screen.form_pane.target
    return target.model if target is not None else ""


async def test_what_is_refused_is_told_at_its_place_and_nothing_is_sent(settings: Settings, book: Path) -> None:
    async with driven(settings) as driver:
        await to_form(driver)
        await driver.press("f5")
        await driver.shows("is required")
        await driver.until(lambda: form(driver).query_one(InputForm).has_focus_within, "the field")
        form(driver).query_one(InputForm).set_value("text", Upload(book))
        await driver.press("f5")
        await driver.shows("destination is required")
        await driver.write("two words")
        await driver.press("f5")
        await driver.until(lambda: form(driver).query_one("#destination-note").has_class("-wrong"), "the refusal")
        assert isinstance(driver.app.screen, TrainForm)
        assert driver.app.session is not None
        assert driver.app.session.store.ids(kind="training") == []


async def test_a_file_that_cannot_be_sent_leaves_no_empty_model_behind(settings: Settings, book: Path) -> None:
    name = f"teller-{secrets.token_hex(4)}"
    async with driven(settings) as driver:
        assert driver.app.session is not None
        session = driver.app.session
        await to_form(driver)
        await fill(driver, name, book)
        await driver.press("f5")
        await driver.until(lambda: isinstance(driver.app.screen, Confirm), "the question")
        await asyncio.to_thread(book.unlink)
        await driver.press("enter")
        await driver.shows("book.txt", "Start")
        assert not await session.has_destination(await session.destination(f"local/{name}"))
        (key,) = session.store.ids(kind="training")
        row = session.store.row(key)
        assert row is not None
        assert row.status == runs.NOT_SUBMITTED


async def test_a_model_that_takes_no_training_has_no_such_key(settings: Settings) -> None:
    async with driven(settings) as driver:
        await driver.open_model("sleeper")
        await driver.press("escape")
        await driver.until(lambda: driver.run_screen.models.list.has_focus, "the models")
        assert driver.run_screen.check_action("train", ()) is None
        await driver.press("t")
        await driver.open_model("storyteller")
        assert driver.run_screen.check_action("train", ()) is False, "in an editor a letter is a letter"
        assert driver.run_screen.check_action("train_it", ()) is True
        await driver.press("ctrl+t")
        await driver.shows("Train local/storyteller")


async def test_what_was_entered_is_not_lost_without_asking(settings: Settings) -> None:
    async with driven(settings) as driver:
        await to_form(driver)
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is driver.run_screen, "run mode")
        await driver.press("t")
        await driver.shows("Train local/storyteller")
        await driver.write("x")
        await driver.press("escape")
        await driver.shows("Throw away what was typed?", "esc keep typing")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, TrainForm), "the form")
        await driver.press("escape")
        await driver.shows("Throw away what was typed?", "esc keep typing")
        await driver.press("enter")
        await driver.until(lambda: not isinstance(driver.app.screen, TrainForm | Confirm), "run mode")


async def test_read_only_trains_nothing(home: Path, local_server: Server) -> None:
    environ = {
        "REPLICATE_TUI_HOME": str(home),
        "REPLICATE_BASE_URL": local_server.url,
        "REPLICATE_API_TOKEN": "r8_of_the_tests",
    }
    async with driven(load(Flags(read_only=True), environ)) as driver:
        await driver.open_model("storyteller")
        await driver.press("escape", "t")
        await driver.shows("read-only")
        assert not isinstance(driver.app.screen, TrainForm)


async def test_a_training_is_trained_again_from_its_inputs(settings: Settings, book: Path) -> None:
    name = f"teller-{secrets.token_hex(4)}"
    async with driven(settings) as driver:
        await to_form(driver)
        await fill(driver, name, book)
        form(driver).query_one(InputForm).set_value("state_size", 1)
        await driver.press("f5")
        await driver.shows("There is no model")
        await driver.press("enter")
        await driver.shows(f"✓ made local/{name}:")
        await driver.press("m")
        await driver.until(lambda: isinstance(driver.app.screen, TrainForm), "the form")
        await driver.shows(f"local/{name}", "It gets a new version")
        assert form(driver).query_one(InputForm).raw["state_size"] == 1
        await driver.press("f5")
        await driver.until(lambda: len(trained_to(driver, f"local/{name}")) == 2, "the second one")
        await driver.shows(f"✓ made local/{name}:")


async def to_training(driver: Driver, run_id: str) -> None:
    """Show the mode with this training of ours alone: the server knows others'."""
    await driver.press("3", "slash")
    await driver.write("mine")
    await driver.press("enter")
    await driver.until(lambda: trainings_listed(driver) == [run_id], run_id)


def trained_to(driver: Driver, destination: str) -> list[str]:
    """Those listed that make versions of this model; the server knows others', too."""
    assert driver.app.session is not None
    found = [driver.app.session.store.run(run_id) for run_id in trainings_listed(driver)]
    return [run.id for run in found if run is not None and runs.destination(run.prediction) == destination]


def trainings_listed(driver: Driver) -> list[str]:
    screen = driver.app.screen
    return list(screen.runs_table.keys) if isinstance(screen, TrainingsScreen) else []


async def test_the_list_is_filtered_and_holds_no_predictions(settings: Settings) -> None:
    async with driven(settings) as driver:
        await put(driver, "t1", **{runs.DESTINATION: "me/first"})
        await put(driver, "t2", "failed", error="no text in it", **{runs.DESTINATION: "me/second"})
        assert driver.app.session is not None
        await driver.app.session.store.put(Prediction.of(run_object("p1")), now=1.0)
        await driver.press("3")
        await driver.shows("me/first", "me/second", "no text in it")
        assert "p1" not in trainings_listed(driver)
        await driver.press("slash")
        await driver.write("status:failed")
        await driver.until(lambda: trainings_listed(driver) == ["t2"], "the filter")
        await driver.write(" zebra")
        await driver.shows("No training matches the filter")
        await driver.press("escape", "escape")
        await driver.until(lambda: {"t1", "t2"} <= set(trainings_listed(driver)), "all of them")
        await driver.press("2")
        await driver.until(lambda: driver.app.current_mode == "predictions", "predictions")
        assert driver.app.session.watcher.listing_trainings is False


async def to_ours(driver: Driver, number: int = 3) -> None:
    """Trainings of our own alone in the list, the newest with the cursor."""
    for each in range(number):
        made = {"version": f"me/walrus{each}:{'ab'[each % 2] * 64}", "weights": "https://a.test/w.tar"}
        told = {runs.DESTINATION: f"me/walrus{each}", "input": {"steps": 10 + each}, "logs": f"step {each} loss 0.5"}
        await put(driver, f"t{each}", output=made, **told, **lasted(60 + each, 9 - each))
    await driver.press("3", "slash")
    await driver.write("walrus")
    await driver.press("enter")
    await driver.until(lambda: trainings_listed(driver) == [f"t{each}" for each in reversed(range(number))], "ours")


async def test_trainings_are_marked_ordered_tagged_noted_compared_and_deleted_as_predictions_are(
    settings: Settings,
) -> None:
    async with driven(settings) as driver:
        await to_ours(driver)
        await driver.press("s")
        await driver.shows("Order by")
        await driver.press("enter")
        await driver.until(lambda: trainings_listed(driver) == ["t0", "t1", "t2"], "the oldest first")
        await driver.press("space", "space")
        await driver.shows("2 marked")
        await driver.press("t")
        await driver.shows("Tags of 2 runs")
        await driver.write("draft")
        await driver.press("enter")
        await driver.until(lambda: _tags(driver) == {"t0": "draft", "t1": "draft", "t2": ""}, "the tags")
        await driver.press("I")
        await driver.until(lambda: driver.app.clipboard == "t0\nt1", "the ids")
        await driver.press("y")
        await driver.until(lambda: driver.app.clipboard.startswith("me/walrus0:aaaa"), "the versions")
        assert "me/walrus1:bbbb" in driver.app.clipboard
        await driver.press("x")
        await driver.shows("Compare 2 runs", "steps", "10", "11")
        await driver.press("right", "enter")
        await driver.until(lambda: trainings(driver).runs_table.cursor_key == "t1", "the chosen one")
        await driver.press("d")
        await driver.shows("Delete 2 runs")
        await driver.press("enter")
        await driver.until(lambda: trainings_listed(driver) == ["t2"], "the one that is left")
        await driver.press("N")
        await driver.shows("Note on t2")
        await driver.write("keep")
        await driver.press("enter", "right", "right", "right")
        await driver.shows("note", "keep")


def _tags(driver: Driver) -> dict[str, str]:
    assert driver.app.session is not None
    rows = {run_id: driver.app.session.store.row(run_id) for run_id in ("t0", "t1", "t2")}
    return {run_id: row.tags.strip() for run_id, row in rows.items() if row is not None}


async def test_weights_are_fetched_only_where_that_is_wanted_and_their_size_is_told_before(
    settings: Settings,
) -> None:
    async with driven(settings) as driver:
        weights = "data:application/octet-stream;base64," + "AAAA" * 1000
        made = {"version": "me/mine:" + "a" * 64, "weights": weights}
        await put(driver, "t1", output=made, logs="step 1 loss 0.5")
        await to_training(driver, "t1")
        await driver.shows("me/mine:aaaaaaaa")
        await driver.press("w")
        await driver.shows("Save t1", "without weights", "with the weights", "3 kB to fetch")
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, TrainingsScreen), "the list")
        assert _folder(driver, "t1") is None
        await driver.press("w")
        await driver.shows("without weights")
        await driver.press("enter")
        await driver.until(lambda: _folder(driver, "t1"), "the folder")
        folder = _folder(driver, "t1")
        assert folder is not None
        assert {path.name for path in folder.iterdir()} == {"prediction.json", "logs.txt", "output.json"}
        await driver.press("A", "w")
        await driver.shows("with the weights")
        await driver.press("down", "enter")
        await driver.until(lambda: len(list(folder.iterdir())) == 4, "the weights")


def _folder(driver: Driver, run_id: str) -> Path | None:
    assert driver.app.session is not None
    run = driver.app.session.store.run(run_id)
    return None if run is None else run.folder


def refusing(said: str) -> Callable[..., Awaitable[None]]:
    """A request that the API refuses for its `state_size`."""

    async def refuse(*arguments: object, **options: object) -> None:
        raise InvalidInput(422, "no", invalid_fields=(InvalidField("number_lte", "state_size", said),))

    return refuse


async def begin_with_a_new_model(driver: Driver, book: Path) -> None:
    """Fill the form for a model that is not there, and agree to its being made."""
    await to_form(driver)
    await fill(driver, f"teller-{secrets.token_hex(4)}", book)
    await driver.press("f5")
    await driver.shows("There is no model")
    await driver.press("enter")


async def test_what_the_api_refuses_is_told_at_its_field(
    settings: Settings, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driven(settings) as driver:
        assert driver.app.session is not None
        monkeypatch.setattr(driver.app.session.client.trainings, "create", refusing("Must be 1 [/b]"))
        await begin_with_a_new_model(driver, book)
        await driver.shows("✗ Must be 1 [/b]")
        assert isinstance(driver.app.screen, TrainForm)
        await driver.until(lambda: "Start  F5" in driver.text, "the key to begin it again")


async def test_what_is_refused_of_the_model_to_be_made_is_told_at_no_field_of_the_training(
    settings: Settings, book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with driven(settings) as driver:
        assert driver.app.session is not None
        monkeypatch.setattr(driver.app.session.client.models, "create", refusing("Must be another"))
        await begin_with_a_new_model(driver, book)
        await driver.shows("Train: ", "Must be another")
        await driver.until(lambda: "Start  F5" in driver.text, "the key to begin it again")
        assert not form(driver).query_one(InputForm).errors
        store = driver.app.session.store
        assert store.database.ids_in(store.scope, runs.ON_ITS_WAY) == []


async def test_hostile_trainings_are_only_text(settings: Settings) -> None:
    hostile = "a\x1b[31mb[/b]\r\n[@click=app.bell]c"
    async with driven(settings) as driver:
        await put(
            driver,
            "t1",
            model=f"{hostile}/{hostile}",
            output={"version": f"{hostile}:{hostile}", "weights": hostile},
            logs=f"step 1 {hostile} loss 0.5\nstep 2 loss_{hostile}=0.25 loss_[b]=0.5\n",
            **{runs.DESTINATION: hostile},
        )
        await driver.press("3", "slash")
        await driver.write("click")
        await driver.until(lambda: trainings_listed(driver) == ["t1"], "the filter")
        await driver.press("enter")
        for tab in ("Logs", "Input", "Details", "Curve"):
            await driver.press("right")
            await driver.until(lambda tab=tab: trainings(driver).detail.tab == tab.casefold(), tab)
            await driver.shows("[@click=app.bell]c")
            assert "\x1b" not in driver.text


async def test_the_version_that_was_made_is_copied(settings: Settings) -> None:
    async with driven(settings) as driver:
        await put(driver, "t1", output={"version": "me/mine:" + "a" * 64, "weights": "https://a/w.tar"})
        await to_training(driver, "t1")
        await driver.shows("me/mine:aaaaaaaa")
        await driver.press("y")
        await driver.until(lambda: driver.app.clipboard == "me/mine:" + "a" * 64, "the clipboard")


def lasted(seconds: float, days: float) -> dict[str, str]:
    """The times of a training of some days ago."""
    begun = datetime.now(UTC) - timedelta(days=days)
    after = {"created_at": 0.0, "started_at": 10.0, "completed_at": seconds}
    return {name: (begun + timedelta(seconds=each)).isoformat() for name, each in after.items()}


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["160x48", "80x24"])
async def test_the_mode_looks_so(settings: Settings, size: tuple[int, int]) -> None:
    async with driven(settings, size) as driver:
        made = {"version": "me/mine:" + "a" * 64, "weights": "https://a/w.tar"}
        await put(driver, "t1", logs=LOGS, output=made, **lasted(600, 3.5))
        await put(driver, "t2", "failed", error="no text in it", **lasted(11, 4.5))
        await driver.press("3", "slash")
        await driver.write("mine")
        await driver.press("enter")
        await driver.until(lambda: trainings_listed(driver) == ["t1", "t2"], "the filter")
        await driver.shows("✓ made me/mine:aaaaaaaa")

        def look() -> list[str]:
            return [line.rstrip() for line in driver.text.split("\n")[1:]]

        await comes_to_look_as_before(f"trainings-{size[0]}x{size[1]}", look)
