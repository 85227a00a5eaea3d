"""A local server for the tests of one file: what others ran does not stand in the lists on the screen."""

from collections.abc import Iterator

import pytest

from tests.conftest import Server, serving


@pytest.fixture(scope="module")
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A local server that knows only what the tests of this file did."""
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server
