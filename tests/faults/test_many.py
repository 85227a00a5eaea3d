"""Many runs at once: all of them end, and none is lost. A thousand of them: `python -m tests.faults --many`."""

from pathlib import Path

from tests.faults.many import submitted_at_once

RUNS = 200


async def test_all_of_many_runs_submitted_at_once_end_and_are_saved(tmp_path: Path) -> None:
    ended = await submitted_at_once(tmp_path, RUNS)
    assert ended == {"succeeded": RUNS}
