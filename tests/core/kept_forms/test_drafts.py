"""Drafts: on disk, for every program that shares the file."""

import asyncio
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.core.forms.inputs import Upload, fields
from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history.database import Database
from replicate_tui.core.kept_forms import form_text
from replicate_tui.core.kept_forms.drafts import Drafts
from replicate_tui.core.models.target import Target

HOST = "api.test"
BOLD = "acme/bold"


def schema(**properties: Any) -> dict[str, Any]:
    return {"components": {"schemas": {"Input": {"type": "object", "properties": properties}}}}


OLD = schema(prompt={"type": "string"}, width={"type": "integer"}, key={"type": "string", "x-cog-secret": True})
NEW = schema(prompt={"type": "string"})
PAINTER = Target("acme/painter", "v1", "v1", fields(OLD), OLD)
NEWER = Target("acme/painter", "v2", "v2", fields(NEW), NEW)


@pytest.fixture
def drafts(database: Database) -> Drafts:
    return Drafts(database, HOST)


async def test_a_draft_comes_back_with_its_version_and_options(drafts: Drafts) -> None:
    raw = {"prompt": "a heron", "width": "5x", "image": Upload(Path("/tmp/@a.png"))}
    assert await drafts.keep(PAINTER, raw, RunOptions(lifetime="5m", webhook_events=("start",)))
    draft = drafts.of("acme/painter")
    assert draft is not None
    assert (draft.model, draft.version, draft.raw) == ("acme/painter", "v1", raw)
    assert draft.options == RunOptions(lifetime="5m", webhook_events=("start",))
    assert draft.kept_at > 1_700_000_000


async def test_each_model_of_each_host_has_its_own(drafts: Drafts, database: Database) -> None:
    await drafts.keep(PAINTER, {"prompt": "one"})
    await drafts.keep(replace(PAINTER, model=BOLD), {"prompt": "two"})
    draft, other = drafts.of("acme/painter"), drafts.of(BOLD)
    assert draft is not None
    assert other is not None
    assert (draft.raw, other.raw) == ({"prompt": "one"}, {"prompt": "two"})
    assert Drafts(database, "elsewhere").of("acme/painter") is None


async def test_a_version_whose_model_nobody_knows_has_a_draft_too(drafts: Drafts) -> None:
    await drafts.keep(Target("", "v9", "v9", (), None), {"anything": [1, 2]})
    draft = drafts.of("v9")
    assert draft is not None
    assert draft.raw == {"anything": [1, 2]}


async def test_an_empty_form_leaves_no_draft(drafts: Drafts) -> None:
    await drafts.keep(PAINTER, {"prompt": "one"})
    await drafts.keep(PAINTER, {})
    assert drafts.of("acme/painter") is None
    await drafts.keep(PAINTER, {}, RunOptions(block=5))
    assert drafts.of("acme/painter") is not None
    await drafts.forget("acme/painter")
    assert drafts.of("acme/painter") is None


async def test_a_secret_never_reaches_the_file(drafts: Drafts, path: Path) -> None:
    await drafts.keep(PAINTER, {"prompt": "one", "key": "sk-never-on-disk"})
    draft = drafts.of("acme/painter")
    assert draft is not None
    assert draft.raw == {"prompt": "one"}
    assert b"sk-never-on-disk" not in b"".join(each.read_bytes() for each in path.parent.iterdir())


async def test_what_is_too_large_is_not_kept_and_what_was_there_stays(drafts: Drafts) -> None:
    await drafts.keep(PAINTER, {"prompt": "one"})
    assert not await drafts.keep(PAINTER, {"prompt": "x" * form_text.LARGEST})
    draft = drafts.of("acme/painter")
    assert draft is not None
    assert draft.raw == {"prompt": "one"}


async def test_what_is_read_while_the_disk_is_slow_is_what_will_be_written(drafts: Drafts, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        keeping = [asyncio.create_task(drafts.keep(PAINTER, {"prompt": text})) for text in ("one", "two")]
        await asyncio.to_thread(int)  # they begin meanwhile
        keeping[1].cancel()
        seen = drafts.of("acme/painter")
        other.execute("ROLLBACK")
    finally:
        other.close()
    await asyncio.gather(*keeping, return_exceptions=True)
    assert seen is not None
    assert seen.raw == {"prompt": "two"}
    await drafts.forget(BOLD)  # after all that was asked before
    kept = Drafts(drafts._database, HOST).of("acme/painter")
    assert kept is not None
    assert kept.raw == {"prompt": "two"}


async def test_who_changes_a_draft_that_was_read_changes_nobody_elses(drafts: Drafts) -> None:
    await drafts.keep(PAINTER, {"prompt": "one"})
    first = drafts.of("acme/painter")
    assert first is not None
    first.raw["prompt"] = "two"
    second = drafts.of("acme/painter")
    assert second is not None
    assert second.raw == {"prompt": "one"}


async def test_of_two_programs_the_last_to_keep_a_draft_counts(drafts: Drafts, path: Path) -> None:
    theirs = Database.open(path)
    await drafts.keep(PAINTER, {"prompt": "ours"})
    await Drafts(theirs, HOST).keep(PAINTER, {"prompt": "theirs"})
    draft = drafts.of("acme/painter")
    await theirs.close()
    assert draft is not None
    assert draft.raw == {"prompt": "theirs"}


PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from replicate_tui.core.history.database import Database
from replicate_tui.core.kept_forms.drafts import Drafts
from replicate_tui.core.models.target import Target

async def main(path, name):
    database = Database.open(Path(path))
    drafts = Drafts(database, "api.test")
    for number in range(30):
        await drafts.keep(Target(f"acme/{name}{number % 3}", "v1", "v1", (), None), {"n": number})
        await drafts.keep(Target("acme/shared", "v1", "v1", (), None), {"n": number, "who": name})
    os._exit(7)  # killed: nothing is closed

asyncio.run(main(*sys.argv[1:]))
"""


async def test_programs_that_keep_drafts_at_once_and_are_killed_lose_none(drafts: Drafts, path: Path) -> None:
    programs = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, str(path), name)
        for name in ("left", "right")
    ]
    assert [await program.wait() for program in programs] == [7, 7]
    wanted = {f"acme/{name}{number}": 27 + number for name in ("left", "right") for number in range(3)}
    wanted["acme/shared"] = 29
    kept = {model: drafts.of(model) for model in wanted}
    assert {model: draft.raw["n"] for model, draft in kept.items() if draft} == wanted


async def test_the_fields_that_a_draft_was_made_for_are_known_again(drafts: Drafts) -> None:
    await drafts.keep(PAINTER, {"width": "7"})
    draft = drafts.of("acme/painter")
    assert draft is not None
    assert drafts.fields_of(draft) == PAINTER.fields


async def test_a_draft_of_a_version_that_told_no_schema_has_no_old_fields(drafts: Drafts) -> None:
    await drafts.keep(replace(PAINTER, schema=None, fields=()), {"width": "7"})
    draft = drafts.of("acme/painter")
    assert draft is not None
    assert drafts.fields_of(draft) is None
