"""A workload that is killed at moments which a seed chooses, and what is left of it afterwards."""

import random
from collections import Counter
from pathlib import Path

from tests.faults.accounting import account
from tests.faults.driving import started
from tests.local.serving import serving

ORDERS = 100
LINES = 5 * ORDERS
"""So many lines, about, a workload says from its first run on disk to its last one saved."""
KILLS = 3
"""A workload is killed so often at most: once at work, then while it recovers."""


async def killed_and_recovered(folder: Path, seed: int) -> Counter[str]:
    """Run a workload, kill it and its successors, let the last one recover; how many runs ended in which status.

    Raises:
        AssertionError: a run was lost, submitted twice, not saved, or is not accounted for.
    """
    dice = random.Random(seed)
    moments = [dice.randrange(1, LINES), *(dice.randrange(1, 60) for _ in range(dice.randrange(KILLS)))]
    label = f"seed {seed}, killed after lines {moments}"
    home = folder / "home"
    kept: set[int] = set()
    with serving(folder, "--workers", "4") as server:
        for number, moment in enumerate(moments):
            async with started(home, server.url, label, orders=0 if number else ORDERS) as program:
                await program.saying(moment)
                await program.kill()
                kept |= program.kept
        async with started(home, server.url, label) as program:
            await program.done()
        return account(home, server, kept, label)
