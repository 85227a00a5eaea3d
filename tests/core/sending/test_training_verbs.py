"""The Session's verbs on trainings, on the real local server: from the form to the version that was made."""

import asyncio
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from replicate_tui.core.curves import read
from replicate_tui.core.forms.inputs import Upload
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.models.target import CannotRun, Target
from replicate_tui.core.session import Session
from replicate_tui.core.verbs.training import takes_training, training_of

BOOK = "The fox went out. The owl came in. The fox came back, and the owl went out again.\n" * 40


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_text(BOOK)
    return path


async def trained(session: Session, book: Path) -> Run:
    """A training of the storyteller that came to its end."""
    what = training_of(await session.target("local/storyteller"))
    to = await session.destination(f"local/teller-{secrets.token_hex(4)}")
    await session.create_model(to, visibility="private", hardware="cpu")
    run = await session.train(what, {"text": Upload(book), "state_size": 1}, to)
    async with asyncio.timeout(60):
        async for state in session.follow(run.id):
            run = state
    return run


async def test_what_a_model_runs_tells_what_its_training_takes(session: Session) -> None:
    storyteller, sleeper = await session.target("local/storyteller"), await session.target("local/sleeper")
    assert (takes_training(storyteller), takes_training(sleeper)) == (True, False)
    what = training_of(storyteller)
    assert [field.name for field in what.fields] == ["text", "state_size"]
    assert (what.version, what.identifier, what.pinned) == (storyteller.version, storyteller.version, True)
    with pytest.raises(CannotRun, match="local/sleeper cannot be trained"):
        training_of(sleeper)


def test_a_version_that_does_not_tell_its_schema_takes_no_training() -> None:
    assert not takes_training(Target("a/b", "v", "v", (), None))
    assert not takes_training(Target("a/b", "v", "v", (), {"components": {"schemas": {"TrainingInput": "text"}}}))


async def test_a_training_makes_a_version_and_its_inputs_are_there_for_another(session: Session, book: Path) -> None:
    run = await trained(session, book)
    assert run.status == "succeeded"
    made = runs.trained_version(run)
    assert (await session.target(made)).version == made.partition(":")[2]
    assert {phase.name for phase in session.timeline(run)} <= {"queued, booting", "training", "saving"}
    assert any(phase.name == "training" for phase in session.timeline(run))
    assert runs.row(run).what == made.partition(":")[0]
    (curve,) = read(run.logs).series
    assert curve.last[1] < curve.points[0][1]
    # The server is shared: other tests' runs may be listed too.
    assert run.id in session.store.ids(kind="training")
    assert run.id not in session.store.ids(kind="prediction")

    again = await session.retrain(run)
    assert again.target.model == "local/storyteller"
    assert again.raw["state_size"] == 1
    assert str(again.raw["text"]).startswith("http")
    assert not again.notes


async def test_a_training_that_was_never_sent_gives_its_files_back(session: Session, book: Path) -> None:
    what = training_of(await session.target("local/storyteller"))
    unsent = runs.ordered("new-1", what.model, what.version, {"text": f"@{book}"}, now=1.0, status=runs.NOT_SUBMITTED)
    again = await session.retrain(runs.noting(unsent, {runs.KIND: "training"}))
    assert again.raw["text"] == Upload(book)


async def test_a_training_that_does_not_tell_its_version_is_not_trained_again(session: Session) -> None:
    run = runs.ordered("new-1", "local/storyteller", "v", {}, now=1.0)
    silent = replace(run, prediction=run.prediction.model_copy(update={"version": None}))
    with pytest.raises(CannotRun, match="does not tell what it trained"):
        await session.retrain(silent)
