"""The folder of a batch: what is there after any end, and who may go on with it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from replicate_tui.core.sending.batch_results import NotUsable, Plan, Result, opened

PLAN = Plan("batch-1", "api.test", "acme/painter", "acme/painter", None, 3, "abc")


def result(row: int, status: str = "succeeded", unsaved: tuple[str, ...] = ()) -> Result:
    """What became of a row."""
    return Result(row, status, f"run{row}", {"prompt": "x"}, "out \ud800", (f"{row}/a.png",), None, unsaved)


async def test_finished_rows_are_known_again_and_a_line_that_was_cut_off_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "there" / "batch"
    with opened(folder, PLAN, resume=False) as results:
        await results.note_sent(1, "run1")
        await results.add(result(1))
        await results.add(result(2, "failed"))
        await results.add(result(3, unsaved=("a.png: gone",)))
    with (folder / "results.jsonl").open("ab") as file:
        file.write(b'{"row": 3, "sta')
    with opened(folder, replace(PLAN, id="batch-2"), resume=True) as again:
        assert again.plan.id == "batch-1"
        assert again.finished == {1: result(1), 2: result(2, "failed")}
        assert again.sent == {1: "run1"}
        await again.add(result(3))
    lines = (folder / "results.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["row"] for line in lines] == [1, 2, 3]


def test_only_one_program_works_on_a_batch(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "b", PLAN, resume=False),
        pytest.raises(NotUsable, match="another program"),
        opened(tmp_path / "b", PLAN, resume=True),
    ):
        pass


def test_a_folder_that_holds_something_is_not_begun_in(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(NotUsable, match="not empty"), opened(tmp_path, PLAN, resume=False):
        pass
    assert [each.name for each in tmp_path.iterdir() if not each.name.startswith(".")] == ["mine.txt"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"digest": "def", "rows": 4}, "3 rows then, 4 now"),
        ({"host": "local"}, "api.test"),
        ({"identifier": "1" * 64}, "acme/painter:1111"),
        ({"deployment": "acme/fast"}, "deployment acme/fast"),
    ],
)
def test_another_batch_does_not_go_on_with_it(tmp_path: Path, change: dict[str, object], said: str) -> None:
    folder = tmp_path / "b"
    with opened(folder, PLAN, resume=False):
        pass
    with pytest.raises(NotUsable) as refused, opened(folder, replace(PLAN, **change), resume=True):  # type: ignore[arg-type]
        pass
    assert said in str(refused.value)


def test_there_must_be_something_to_go_on_with(tmp_path: Path) -> None:
    with pytest.raises(NotUsable, match="no batch to resume"), opened(tmp_path / "b", PLAN, resume=True):
        pass
    assert not (tmp_path / "b").exists()
    with opened(tmp_path / "b", PLAN, resume=False):
        pass
    (tmp_path / "b" / "batch.json").write_bytes(b"{")
    with pytest.raises(NotUsable, match="cannot be read"), opened(tmp_path / "b", PLAN, resume=True):
        pass
