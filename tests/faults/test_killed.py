"""kill -9 in the middle of a hundred runs: the next program accounts for every one of them."""

from pathlib import Path

import pytest

from tests.faults.killing import ORDERS, killed_and_recovered

SEEDS = range(3)
"""Two kills, three and one. More of them: `python -m tests.faults --seeds 50`."""


@pytest.mark.parametrize("seed", SEEDS)
async def test_after_a_kill_every_run_is_accounted_for_and_none_was_sent_twice(tmp_path: Path, seed: int) -> None:
    ended = await killed_and_recovered(tmp_path, seed)
    assert ended.total() <= ORDERS
    assert ended["succeeded"] or ended["not submitted"], f"seed {seed}: nothing was there to be recovered"
