"""What the screen is shown on: a server with some models of its own, and homes with a history of some length."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from replicate_tui.core import credentials
from replicate_tui.core.history.database import Database, ModelRow, Scope
from replicate_tui.core.settings import Flags, load
from tests.bench.contestants import environ
from tests.bench.history import fill
from tests.bench.neighbours import homely
from tests.bench.pty_program import PtyProgram
from tests.core.forms import quirks
from tests.local.serving import Server
from tests.waiting import until

TOKEN = "r8_of_the_bench"
MODELS = 10_000
WIDE = ("wide-one", "wide-two")
NARROW = ("narrow-one", "narrow-two")
FEW = 12
"""Inputs of a narrow model; the wide ones have `quirks.WIDEST`."""
OWNER = "quirks"

WORKERS = 8
"""Runs that work at a time; the others wait for them."""
LONG = 3600.0

WORDS = ("flux", "schnell", "upscale", "portrait", "lora", "video", "music", "depth", "anime", "photo", "text", "edit")


@dataclass(frozen=True)
class Home:
    """A user's folders, with a history and models seen before."""

    folder: Path
    environ: dict[str, str]

    def screen(self, size: tuple[int, int] = (160, 48)) -> PtyProgram:
        """The program's screen in it."""
        return PtyProgram([sys.executable, "-P", "-m", "replicate_tui"], self.environ, size)


@dataclass(frozen=True)
class Scenery:
    """The server and a folder for all that is made."""

    server: Server
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        """An environment for neighbours: nothing of ours, folders of their own."""
        return homely(environ(self.folder), self.folder / "others")

    def home(self, name: str, runs: int = 0, models: int = 0) -> Home:
        """A home with so many runs in its history, and so many models seen before."""
        folder = self.folder / name
        own = {
            "REPLICATE_TUI_HOME": str(folder),
            "REPLICATE_BASE_URL": self.server.url,
            "REPLICATE_API_TOKEN": TOKEN,
        }
        if runs or models:
            asyncio.run(_filled(own, runs, models))
        return Home(folder, homely(environ(self.folder), folder) | own)

    @contextmanager
    def active(self, runs: int) -> Iterator[None]:
        """So many runs that last, as many of them working as the server lets."""
        made = [self.server.create("local/sleeper", seconds=LONG, log_lines=3600) for _ in range(runs)]
        try:
            yield
        finally:
            for each in made:
                self.server.client.post(f"/v1/predictions/{each['id']}/cancel").raise_for_status()


@contextmanager
def scenery(folder: Path) -> Iterator[Scenery]:
    """The server, for as long as the block lasts."""
    catalog = folder / "catalog.json"
    catalog.write_text(json.dumps(_models()))
    with _serving(folder, "--catalog", str(catalog), "--workers", str(WORKERS)) as server:
        yield Scenery(server, folder)


@contextmanager
def _serving(folder: Path, *flags: str) -> Iterator[Server]:
    """The server as users have it: nothing judges its answers beside the screen."""
    state_file = folder / "state.json"
    command = [sys.executable, "-m", "replicate_tui.local", "--data", str(folder / "data"), "--state", str(state_file)]
    with subprocess.Popen(
        [*command, "--log", str(folder / "log.txt"), *flags], stdin=subprocess.DEVNULL, env=environ(folder)
    ) as process:
        try:
            until(lambda: state_file.exists() or process.poll() is not None, "the server")
            state = json.loads(state_file.read_text("utf-8"))
            headers = {"authorization": f"Bearer {TOKEN}"}
            with httpx.Client(base_url=state["url"], headers=headers, timeout=30, trust_env=False) as client:
                yield Server(process, state, folder, client)
        finally:
            process.terminate()
            process.wait()


def rows(models: int) -> Iterator[ModelRow]:
    """Models with names and descriptions of common words."""
    dice = random.Random(7)
    for number in range(models):
        name = f"owner{number % 900}/{'-'.join(dice.choices(WORDS, k=2))}-{number}"
        yield ModelRow(name=name, description=" ".join(dice.choices(WORDS, k=10)), run_count=number, official=False)


async def _filled(own: dict[str, str], runs: int, models: int) -> None:
    settings = load(Flags(), own)
    database = Database.open(settings.database_file)
    try:
        await fill(database, Scope(settings.host, credentials.fingerprint(TOKEN)), runs)
        seen = [(row, _seen(row)) for row in rows(models)]
        await database.save_models(settings.host, seen, time.time())
    finally:
        await database.close()


def _seen(row: ModelRow) -> dict[str, Any]:
    """A model of the list as the API told it: with a version of two inputs."""
    owner, _, name = row.name.partition("/")
    facts = {"description": row.description, "run_count": row.run_count}
    properties = {"prompt": {"type": "string"}, "steps": {"type": "integer", "default": 4}}
    model = quirks.model(name, properties) | facts | {"owner": owner, "default_example": None}
    return model | {"url": f"https://replicate.com/{row.name}"}


def _models() -> list[dict[str, Any]]:
    """Two wide and two narrow models, each with a version of its own."""
    made = []
    for number, name in enumerate((*WIDE, *NARROW)):
        model = quirks.widest()
        version = f"{number + 1:064x}"
        document = json.loads(json.dumps(model["latest_version"]["openapi_schema"]))
        node = document["components"]["schemas"]["Input"]
        if name in NARROW:
            node["properties"] = dict([*node["properties"].items()][:FEW])
        node["properties"] = {f"{name}-{key}": value for key, value in node["properties"].items()}
        latest = model["latest_version"] | {"id": version, "openapi_schema": document}
        made.append(model | {"name": name, "latest_version": latest, "default_example": None})
    return made
