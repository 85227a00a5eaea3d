"""The models that most of these tests share, and where they run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from replicate_tui.local.cog import Description
from replicate_tui.local.cog.worker import LEFTOVERS
from tests.local.cog.bench import Bench, described


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    yield (bench := Bench(tmp_path / "runs"))
    # A container's server leaves these behind.
    for name in bench.names:
        shutil.rmtree(LEFTOVERS / name, ignore_errors=True)


@pytest.fixture(scope="session")
def talker() -> Description:
    return described("talker")


@pytest.fixture(scope="session")
def teller() -> Description:
    return described("teller")


@pytest.fixture(scope="session")
def copier() -> Description:
    return described("copier")
