"""What many tests of the core stand on: a scripted server, a client of it, a history file and its store."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from replicate_tui.api.client import Client
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.store import Store
from tests.core.scripted import SCOPE, Scripted, asking, scripted


@pytest.fixture
async def server() -> AsyncIterator[Scripted]:
    """A server that knows nothing until it is given a script."""
    async with scripted() as running:
        yield running


@pytest.fixture
async def client(server: Scripted) -> AsyncIterator[Client]:
    """A client of the server."""
    async with asking(server) as asked:
        yield asked


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the history file is."""
    return tmp_path / "history.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    """The history file."""
    opened = Database.open(path)
    yield opened
    await opened.close()


@pytest.fixture
def store(database: Database) -> Store:
    """What the history file holds of one account."""
    return Store(database, SCOPE)
