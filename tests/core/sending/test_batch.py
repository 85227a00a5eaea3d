"""Batches on a real server: what is sent, what is found again, and what is never sent twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history import runs
from replicate_tui.core.history.database import Asked
from replicate_tui.core.history.runs import Run
from replicate_tui.core.sending import batch as batch_module
from replicate_tui.core.sending import reconcile
from replicate_tui.core.sending.batch import FOLLOWED, Batch, new_id
from replicate_tui.core.sending.batch_results import NotUsable, Plan, Result, Results, opened
from replicate_tui.core.sending.batch_table import Ready
from replicate_tui.core.session import Session
from tests.waiting import eventually


@pytest.fixture
def results(tmp_path: Path, session: Session) -> Results:
    """The folder of a batch, left by a program that was killed."""
    plan = Plan(new_id(), session.store.scope.host, "local/hello-world", "local/hello-world", None, 1, "")
    with opened(tmp_path / "batch", plan, resume=False) as begun:
        return begun


@asynccontextmanager
async def going_on(session: Session, results: Results, rows: int = 1) -> AsyncIterator[list[Result]]:
    """A batch at work while the block lasts, and its results; it is waited for."""
    told: list[Result] = []
    target = await session.target("local/hello-world")
    table = [Ready(number, {"text": f"{results.plan.id} {number}"}) for number in range(1, rows + 1)]
    task = asyncio.create_task(Batch(session, target, RunOptions(), table, results, told=told.append).run(rows))
    try:
        yield told
        await task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def left_behind(session: Session, results: Results, status: str, **more: Any) -> Run:
    """The row of a run that a program was about to send for row 1, under its lease still."""
    text = {"text": f"{results.plan.id} 1"}
    run = runs.ordered("new-0123", "local/hello-world", "", text, now=1e9, status=status)
    run = Run(Prediction.of({**run.prediction.raw, **more}), None, run.seen_at)
    options = json.dumps({"batch": f"{results.plan.id}/1"})
    return await session.store.save(run, asked=Asked(options, session.leases.holder))


async def sent(session: Session, results: Results) -> list[Prediction]:
    """What the server has of the batch."""
    page = await session.client.predictions.list()
    return [each for each in page.results if str(each.input.get("text")).startswith(results.plan.id)]


async def test_more_rows_than_are_followed_come_to_their_end(session: Session, results: Results) -> None:
    rows = FOLLOWED + 5
    async with going_on(session, results, rows) as told:
        pass
    assert sorted(result.row for result in told) == list(range(1, rows + 1))
    assert all(f" {result.row}" in result.output and result.succeeded for result in told)
    assert results.sent == {result.row: result.id for result in told}
    for result in told:
        assert result.files
        assert all((results.folder / file).is_file() for file in result.files)


async def test_a_run_that_is_found_in_the_end_is_the_rows(
    session: Session, results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_module, "_LOOK", 0.02)
    mine = await left_behind(session, results, runs.SUBMITTING)
    created = await session.client.predictions.create("local/hello-world", mine.prediction.input)
    async with going_on(session, results) as told:
        await eventually(lambda: session.store.run("new-0123") is not None, "the row")
        assert told == []
        await session.store.put(created, now=1e9, instead_of="new-0123")
    assert [(result.id, result.status) for result in told] == [(created.id, "succeeded")]
    assert [each.id for each in await sent(session, results)] == [created.id]


async def test_a_run_that_turns_out_never_sent_is_sent_once(
    session: Session, results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_module, "_LOOK", 0.02)
    mine = await left_behind(session, results, runs.SUBMITTING)
    async with going_on(session, results) as told:
        await session.store.save(runs.with_status(mine, runs.NOT_SUBMITTED, "it never reached Replicate"))
    assert [result.status for result in told] == ["succeeded"]
    assert len(await sent(session, results)) == 1


async def test_what_only_a_person_can_decide_is_not_sent_again(session: Session, results: Results) -> None:
    mine = await left_behind(session, results, runs.UNKNOWN)
    await session.store.save(reconcile.in_doubt(mine, ["abc"], "it may be abc"))
    async with going_on(session, results) as told:
        pass
    assert [(result.id, result.status, result.error) for result in told] == [("new-0123", "unknown", "it may be abc")]
    assert not told[0].finished
    assert await sent(session, results) == []


async def test_what_ended_meanwhile_is_saved_and_not_sent_again(session: Session, results: Results) -> None:
    mine = await left_behind(session, results, runs.SUBMITTING)
    created = await session.client.predictions.create("local/hello-world", mine.prediction.input, wait=30)
    await session.store.put(created, now=1e9, instead_of="new-0123")
    async with going_on(session, results) as told:
        pass
    assert [result.id for result in told] == [created.id]
    assert (results.folder / "1" / "output.txt").is_file()
    assert len(await sent(session, results)) == 1


async def test_runs_that_the_history_does_not_know_end_it_before_anything_is_sent(
    session: Session, results: Results
) -> None:
    await results.note_sent(1, "elsewhere")
    with pytest.raises(NotUsable, match="elsewhere"):
        async with going_on(session, results):
            pass
    assert await sent(session, results) == []


async def test_a_secret_that_a_refusal_quotes_is_not_written_down(
    session: Session, results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = await session.target("local/hello-world")
    row = Ready(1, {"text": "x", "api_key": "sesame-open"})

    async def refused(*_: object) -> Run:
        raise OSError("no such thing: sesame-open")

    monkeypatch.setattr(session, "run", refused)
    await Batch(session, target, RunOptions(), [row], results).run(1)
    line = (results.folder / "results.jsonl").read_text("utf-8")
    assert "no such thing" in line
    assert "sesame" not in line
