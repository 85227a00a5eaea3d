"""The program as a user has it: real processes, real pipes."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.asking import FORKED_FROM
from tests.cli.forking import AT_THE_START, FORKS, Forking
from tests.conftest import Server

Run = Callable[..., "subprocess.CompletedProcess[str]"]

TIME_LIMIT = 60


def command(*arguments: str) -> list[str]:
    """The program as its script starts it: nothing is imported from the current folder."""
    return [sys.executable, "-P", "-m", "replicate_tui", *arguments]


@pytest.fixture(scope="session", autouse=True)
def forking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forking | None]:
    """What commands are forked from, where the system forks; terminals and shells find it in the environment."""
    if not FORKS:
        yield None
        return
    started = Forking(tmp_path_factory.mktemp("forking"))
    os.environ[FORKED_FROM] = started.address
    yield started
    del os.environ[FORKED_FROM]
    started.close()


@pytest.fixture
def run(tmp_path: Path, forking: Forking | None) -> Run:
    """Run one command line in a folder of its own; standard input is empty."""

    def run(*arguments: str, stdin: str = "", **environ: str) -> "subprocess.CompletedProcess[str]":
        folder = tmp_path / "work"
        folder.mkdir(exist_ok=True)
        environment = {**os.environ, **environ}
        if forking is not None and not any(name.startswith(AT_THE_START) for name in environ):
            return forking.run(arguments, folder, environment, stdin, TIME_LIMIT)
        return subprocess.run(
            command(*arguments),
            cwd=folder,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )

    return run


@pytest.fixture
def remote(local_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The environment of someone with a token, whose API is a server of ours."""
    monkeypatch.setenv("REPLICATE_BASE_URL", local_server.url)
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_of_the_tests")
    return local_server


@pytest.fixture
def embedded(run: Run) -> Iterator[None]:
    """No local server runs before the test, and none after it."""
    assert run("serve", "--status").returncode == 1
    yield
    run("serve", "--stop")
    assert run("serve", "--status").returncode == 1
