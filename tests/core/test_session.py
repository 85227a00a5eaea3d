"""The verbs, over a real socket, on real models."""

import json
import time
from pathlib import Path

import pytest
from PIL import Image

from replicate_tui.api.errors import InvalidInput, NotFound
from replicate_tui.api.reference import parse
from replicate_tui.core.forms.inputs import Upload
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.session import CannotRun, Session, open_session
from replicate_tui.core.settings import Flags, ReadOnly, Settings, load
from tests.conftest import Server
from tests.pictures import picture_size
from tests.waiting import eventually


async def ended(session: Session, reference: str, **values: object) -> Run:
    target = await session.target(parse(reference))
    return await followed(session, await session.run(target, values))


async def followed(session: Session, run: Run) -> Run:
    """The run at its end."""
    return [seen async for seen in session.follow(run.id)][-1]


async def test_a_run_ends_with_its_output_and_logs_in_the_store(session: Session) -> None:
    run = await ended(session, "local/hello-world", text="you")
    assert run.status == "succeeded"
    assert "you" in run.prediction.output
    kept = session.store.run(run.id)
    assert kept is not None
    assert kept.logs
    assert kept.logs == run.logs


async def test_an_official_model_runs_by_its_name_and_a_pinned_one_by_its_version(session: Session) -> None:
    latest = await session.target(parse("local/hello-world"))
    assert latest.identifier == "local/hello-world"
    pinned = await session.target(parse(f"local/hello-world:{latest.version}"))
    assert pinned.identifier == latest.version
    assert [field.name for field in pinned.fields] == ["text"]


async def test_a_bare_version_that_nobody_saw_runs_although_its_inputs_are_not_told(
    session: Session,
) -> None:
    version = (await session.client.models.get("local", "hello-world")).latest_version
    assert version is not None
    target = await session.target(version.id)
    assert target.schema is None
    assert "does not tell of which model" in target.note
    run = await followed(session, await session.run(target, {"text": "bare"}))
    assert run.status == "succeeded"
    again = await session.target(version.id)
    assert (again.model, again.note) == ("local/hello-world", "")
    assert [field.name for field in again.fields] == ["text"]


async def test_a_collection_cannot_be_run(session: Session) -> None:
    with pytest.raises(CannotRun, match="owner/name"):
        await session.target(parse("https://replicate.com/collections/text-to-image"))


async def test_logs_grow_while_a_run_is_followed(session: Session) -> None:
    target = await session.target(parse("local/sleeper"))
    run = await session.run(target, {"seconds": 1.5, "log_lines": 30})
    lengths = [len(seen.logs) async for seen in session.follow(run.id)]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 2


async def test_a_streamed_run_grows_token_by_token(session: Session) -> None:
    target = await session.target(parse("local/storyteller"))
    run = await session.run(target, {"prompt": "Once", "max_tokens": 40})
    counts = [len(seen.prediction.output or []) async for seen in session.follow(run.id)]
    assert counts == sorted(counts)
    assert len(set(counts)) > 3
    final = await session.prediction(run.id)
    assert len(final.prediction.output) == counts[-1]


async def test_cancel_ends_a_run_within_a_second(session: Session) -> None:
    target = await session.target(parse("local/sleeper"))
    run = await session.run(target, {"seconds": 60})
    async for seen in session.follow(run.id):
        if seen.status == "processing":
            break
    begun = time.monotonic()
    canceled = await session.cancel(run.id)
    assert canceled.status == "canceled"
    assert time.monotonic() - begun < 1.0
    assert run.id not in session.store.active


async def test_a_file_is_uploaded_before_the_run_and_is_not_kept_as_a_path(session: Session, tmp_path: Path) -> None:
    picture = tmp_path / "in.png"
    Image.new("RGB", (8, 6), "teal").save(picture)
    run = await ended(session, "local/upscaler", image=Upload(picture), scale=2)
    assert run.status == "succeeded", run.prediction.error
    assert run.prediction.input["image"].startswith("http")


async def test_a_missing_file_leaves_a_row_that_says_not_submitted(session: Session, tmp_path: Path) -> None:
    target = await session.target(parse("local/upscaler"))
    with pytest.raises(OSError, match=r"gone\.png"):
        await session.run(target, {"image": Upload(tmp_path / "gone.png")})
    (run_id,) = session.store.ids(limit=1)
    row = session.store.row(run_id)
    assert row is not None
    assert row.status == runs.NOT_SUBMITTED
    assert "gone.png" in row.error


async def test_what_the_api_refuses_names_the_field_and_leaves_a_row(session: Session) -> None:
    target = await session.target(parse("local/painter"))
    with pytest.raises(InvalidInput) as refused:
        await session.run(target, {"prompt": "x", "width": 99_999})
    assert [problem.field for problem in refused.value.invalid_fields] == ["width"]
    (run_id,) = session.store.ids(limit=1)
    row = session.store.row(run_id)
    assert row is not None
    assert row.status == runs.NOT_SUBMITTED


async def test_following_a_run_that_the_api_does_not_know_ends_with_its_error(session: Session) -> None:
    run = runs.ordered("q" * 26, "local/sleeper", "v", {}, now=time.time())
    await session.store.save(runs.with_status(run, "starting", None))
    with pytest.raises(NotFound):
        async for _ in session.follow("q" * 26):
            pass


async def test_saving_writes_every_file_whole_and_remembers_the_folder(session: Session, tmp_path: Path) -> None:
    run = await ended(session, "local/painter", prompt="a boat", width=128, height=96, num_outputs=2)
    saved = await session.save(run, tmp_path / "kept")
    assert saved.failures == ()
    pictures = sorted((tmp_path / "kept").glob("*.png"))
    assert [picture_size(path) for path in pictures] == [(128, 96)] * 2
    document = json.loads((tmp_path / "kept" / "prediction.json").read_text("utf-8"))
    assert document["id"] == run.id
    assert (tmp_path / "kept" / "logs.txt").read_bytes().decode() == session.store.run(run.id).logs  # type: ignore[union-attr]
    assert not list((tmp_path / "kept").glob(".*"))
    kept = session.store.run(run.id)
    assert kept is not None
    assert set(kept.files.values()) == set(pictures)


async def test_history_is_there_in_the_next_session(settings: Settings) -> None:
    async with open_session(settings) as first:
        await first.connect()
        first.start()
        run = await ended(first, "local/hello-world", text="again")
    async with open_session(settings) as second:
        kept = second.store.run(run.id)
        assert kept is not None
        assert kept.prediction.output == run.prediction.output


async def test_a_command_learns_whose_an_unknown_token_is_and_its_rows_become_the_accounts(session: Session) -> None:
    run = await ended(session, "local/hello-world", text="whose")
    await session.finish()
    assert session.account_name == "local"
    assert run.id in session.store.ids()
    assert session.store.scope.account == (await session.account()).username


async def test_read_only_refuses_to_run_and_to_cancel(home: Path, local_server: Server) -> None:
    environ = {
        "REPLICATE_TUI_HOME": str(home),
        "REPLICATE_BASE_URL": local_server.url,
        "REPLICATE_API_TOKEN": "r8_of_the_tests",
    }
    async with open_session(load(Flags(read_only=True), environ)) as session:
        await session.connect()
        target = await session.target(parse("local/hello-world"))
        with pytest.raises(ReadOnly, match="--read-only"):
            await session.run(target, {"text": "no"})
        with pytest.raises(ReadOnly):
            await session.cancel("q" * 26)
        assert session.store.ids() == []


async def test_a_run_that_ended_before_it_was_followed_is_told_with_its_logs(session: Session) -> None:
    run = await session.run(await session.target("local/sleeper"), {"seconds": 0, "log_lines": 2})
    await eventually(lambda: run.id not in session.store.active, "the end, told by a list")
    told = [each async for each in session.follow(run.id)]
    assert told[-1].over
    assert "line 2 of 2" in told[-1].logs
