"""The official clients, and servers for them as each scenario needs one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.clients.catalogue import CATALOGUE
from tests.clients.driving import Client, official
from tests.local.serving import Server, serving

NAMES = {"python-1": "Python 1.x", "python-2": "Python 2.x", "node": "JavaScript"}
Factory = pytest.TempPathFactory


@pytest.fixture(params=NAMES)
def client(request: pytest.FixtureRequest) -> Client:
    """Each official client in turn, where it is installed."""
    found = official(request.param)
    if found is None:
        pytest.skip(f"the official {NAMES[request.param]} client is not installed: tests/clients/install makes it")
    return found


@pytest.fixture(scope="session")
def server(tmp_path_factory: Factory) -> Iterator[Server]:
    """The server as it is without flags."""
    with quiet(tmp_path_factory.mktemp("plain")) as running:
        yield running


@pytest.fixture(scope="session")
def inline(tmp_path_factory: Factory) -> Iterator[Server]:
    """One whose output files are `data:` URLs."""
    with quiet(tmp_path_factory.mktemp("inline"), "--outputs", "data") as running:
        yield running


@pytest.fixture(scope="session")
def secure(tmp_path_factory: Factory) -> Iterator[Server]:
    """One that speaks HTTPS, with a certificate of its own."""
    with quiet(tmp_path_factory.mktemp("secure"), "--tls") as running:
        yield running


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: Factory) -> Iterator[Server]:
    """One that wants the token `r8_right`."""
    with quiet(tmp_path_factory.mktemp("guarded"), "--token", "r8_right") as running:
        yield running


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Server]:
    """One that lets a run begin every second, and no sooner."""
    with quiet(tmp_path, "--rate-limit", "60") as running:
        yield running


@pytest.fixture(scope="session")
def shelves(tmp_path_factory: Factory) -> Iterator[Server]:
    """One with more models than a page holds."""
    folder = tmp_path_factory.mktemp("shelves")
    models = folder / "models.json"
    models.write_text(json.dumps(CATALOGUE), "utf-8")
    with quiet(folder, "--catalog", str(models)) as running:
        yield running


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A PNG of 12 by 8."""
    path = tmp_path / "photo.png"
    Image.new("RGB", (12, 8), "teal").save(path)
    return path


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A text to train on, in words that the bundled one has none of."""
    path = tmp_path / "text.txt"
    path.write_text("Zorbles quibble. Every zorble quibbles at noon. At noon the zorbles glimmer.\n" * 5, "utf-8")
    return path


@contextmanager
def quiet(folder: Path, *flags: str) -> Iterator[Server]:
    """A server that must not have met an unexpected error."""
    with serving(folder, *flags) as running:
        yield running
        log = (folder / "log.txt").read_text("utf-8")
    assert "Traceback" not in log, log
