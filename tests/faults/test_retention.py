"""Runs whose outputs the server deletes seconds after their end: all are saved before that."""

from pathlib import Path

from tests.faults.accounting import account
from tests.faults.driving import started
from tests.local.serving import serving

ORDERS = 50
RETENTION = 5


async def test_fifty_runs_that_end_together_are_all_saved_within_five_seconds(tmp_path: Path) -> None:
    home, label = tmp_path / "home", f"kept for {RETENTION} s"
    with serving(tmp_path, "--workers", "4", "--retention", str(RETENTION)) as server:
        async with started(home, server.url, label, orders=ORDERS, models="painter") as program:
            await program.done()
        ended = account(home, server, range(ORDERS), label, removed=True)
        assert ended == {"succeeded": ORDERS}
