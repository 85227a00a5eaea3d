"""More runs at once than the API takes in a minute, than the store keeps in memory, than a list page shows."""

from collections import Counter
from pathlib import Path

from tests.faults.accounting import account
from tests.faults.driving import started
from tests.local.serving import serving

PATIENCE = 0.3
"""Seconds that each run may take, all others at once included."""


async def submitted_at_once(folder: Path, runs: int) -> Counter[str]:
    """Submit so many runs at once and wait for all of them; how many ended in which status.

    Raises:
        AssertionError: a run was lost, submitted twice, or not saved.
    """
    label, home = f"{runs} runs at once", folder / "home"
    with serving(folder, "--workers", "4") as server:
        async with started(home, server.url, label, orders=runs, models="hello") as program:
            await program.done(limit=30 + PATIENCE * runs)
            return account(home, server, range(runs), label)
