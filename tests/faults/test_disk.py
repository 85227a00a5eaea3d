"""A disk without room for the files of runs: that is told, tried again, and done once there is room."""

from pathlib import Path

from tests.faults.accounting import account, history, runs_folder
from tests.faults.driving import started
from tests.local.serving import serving

ORDERS = 12
ROOM = 20_000
"""Bytes: some of the runs' files, not all."""


async def test_what_a_full_disk_kept_from_being_saved_is_saved_once_there_is_room(tmp_path: Path) -> None:
    home, label = tmp_path / "home", "full disk"
    with serving(tmp_path, "--workers", "4") as server:
        async with started(home, server.url, label, orders=ORDERS, models="painter") as program:
            await program.command("room", ROOM)
            await program.until("failure", times=2)
            failures = [line for line in program.lines if line[0] == "failure"]
            assert all("No space left" in reason for _, _, reason in failures), failures
            unsaved = {run_id for _, run_id, _ in failures}
            assert not {row.id for row in history(home) if row.folder} & unsaved
            assert not [path for path in runs_folder(home).rglob("*.png") if not path.stat().st_size]
            await program.command("room", -1)
            await program.done()
        assert account(home, server, range(ORDERS), label) == {"succeeded": ORDERS}
