"""The server that most of these tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local.serving import Server, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most tests share."""
    with serving(tmp_path_factory.mktemp("server")) as running:
        yield running
        log = (running.folder / "log.txt").read_text("utf-8")
    assert "Traceback" not in log, log
