"""What a disk refuses, in words that say what to do."""

import errno
import os
from pathlib import Path

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.keeping.disk_trouble import in_words
from replicate_tui.core.keeping.saving import save
from tests.core.kept_runs import files_up_to, finished


def system(number: int, path: Path) -> OSError:
    """What the system says."""
    return OSError(number, os.strerror(number), str(path / ".1234.part"))


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "make room on the disk of {0}/runs/r1, or save in another folder"),
        (errno.EDQUOT, "make room on the disk of {0}/runs/r1, or save in another folder"),
        (errno.EACCES, "let this program write in {0}, or save in another folder"),
        (errno.EPERM, "let this program write in {0}, or save in another folder"),
        (errno.EROFS, "the disk of {0}/runs/r1 does not take it; save in another folder"),
        (errno.EFBIG, "the disk of {0}/runs/r1 does not take it; save in another folder"),
        (errno.EIO, "{0}/runs/r1/.1234.part"),
    ],
)
def test_what_the_disk_refuses_is_told_with_what_helps(tmp_path: Path, number: int, advice: str) -> None:
    folder = tmp_path / "runs" / "r1"
    expected = f"{os.strerror(number)}: {advice.replace('{0}/', str(tmp_path) + os.sep).replace('{0}', str(tmp_path))}"
    assert in_words(system(number, folder), folder) == expected.replace("/", os.sep)


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    folder = tmp_path / "runs" / "r1"
    for number in (errno.ENOTDIR, errno.ENOENT, errno.EEXIST, errno.EACCES):
        told = in_words(system(number, folder), folder)
        assert told.startswith(f"{tmp_path / 'runs'} is a file where a folder belongs: move it away")


def test_our_own_words_are_left_as_they_are(tmp_path: Path) -> None:
    assert in_words(OSError("it was begun anew meanwhile"), tmp_path) == "it was begun anew meanwhile"


async def test_a_saving_that_cannot_begin_says_what_helps_without_numbers(client: Client, tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    with pytest.raises(OSError, match="is a file where a folder belongs") as refused:
        await save(client, finished("x"), tmp_path / "runs" / "r1")
    assert "Errno" not in str(refused.value)
    with files_up_to(1_000), pytest.raises(OSError, match=r"too large: the disk of .* does not take it") as refused:
        await save(client, finished("x" * 10_000), tmp_path / "r1")
    assert "Errno" not in str(refused.value)
