"""Leases that programs on one history file hold."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from replicate_tui.core.history import leases
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.leases import Leases


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[tuple[Database, Database]]:
    ours, theirs = Database.open(tmp_path / "history.db"), Database.open(tmp_path / "history.db")
    yield ours, theirs
    await ours.close()
    await theirs.close()


async def test_a_lease_is_one_programs_until_it_gives_it_back(files: tuple[Database, Database]) -> None:
    ours, theirs = Leases(files[0]), Leases(files[1])
    assert await ours.take("archive:k7")
    assert await ours.take("archive:k7"), "it renews its own"
    assert not await theirs.take("archive:k7")
    assert await theirs.take("archive:k8"), "another thing is free"
    assert theirs.held_by("archive:k7") == ours.holder
    await theirs.give_back("archive:k7")
    assert theirs.held_by("archive:k7") == ours.holder, "nobody gives back what is not theirs"
    await ours.give_back("archive:k7")
    assert theirs.held_by("archive:k7") is None
    assert await theirs.take("archive:k7")


async def test_a_lease_that_is_not_renewed_ends(
    files: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = Leases(files[0]), Leases(files[1])
    moment = 1_000_000.0
    monkeypatch.setattr(leases.time, "time", lambda: moment)
    assert await ours.take("x", 10.0)
    moment += 9.5
    assert not await theirs.take("x", 10.0)
    assert theirs.left("x") == 0.5
    moment += 0.6
    assert theirs.left("x") == 0.0
    assert await theirs.take("x", 10.0)
    assert ours.held_by("x") == theirs.holder


async def test_a_clock_that_was_set_back_does_not_make_a_lease_last_for_ever(
    files: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = Leases(files[0]), Leases(files[1])
    moment = 1_000_000.0
    monkeypatch.setattr(leases.time, "time", lambda: moment)
    assert await ours.take("x")
    moment -= 86_400.0
    assert await theirs.take("x")


async def test_a_lease_that_is_held_is_renewed_and_given_back_at_the_end(
    files: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = Leases(files[0]), Leases(files[1])
    monkeypatch.setattr(leases, "RENEWAL", 0.0)
    async with ours.holding("x") as held:
        assert held
        [(first,)] = files[0].read("SELECT expires_at FROM leases", ())
        while files[0].read("SELECT expires_at FROM leases", ()) == [(first,)]:
            await files[0].write(lambda db: None)
        async with theirs.holding("x") as also:
            assert not also
        assert ours.held_by("x") == ours.holder, "who could not have it takes nothing away"
    assert theirs.held_by("x") is None


async def test_blocks_of_one_program_share_the_lease_until_the_last_ends(files: tuple[Database, Database]) -> None:
    ours, theirs = Leases(files[0]), Leases(files[1])
    async with ours.holding("x"):
        async with ours.holding("x") as held:
            assert held
        assert theirs.held_by("x") == ours.holder
    assert theirs.held_by("x") is None
