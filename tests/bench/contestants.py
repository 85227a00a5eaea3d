"""The clients side by side: this program's and the official ones, each driven in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.measured import Measured, Order, spent
from tests.clients.driving import CLIENTS, PROGRAMS

DRIVERS = Path(__file__).with_name("drivers")
GRACE = 5.0


@dataclass(frozen=True)
class Contestant:
    """One way to use one client: by tasks of an event loop, or by threads."""

    client: str
    way: str
    python: str
    driver: str

    @property
    def name(self) -> str:
        return f"{self.client}, {self.way}"


def contestants() -> list[Contestant]:
    """Those that are installed."""
    ways = [Contestant("ours", "async", sys.executable, "ours.py")]
    for number in (1, 2):
        folder = CLIENTS / f"python-{number}"
        if installed := list(folder.rglob("replicate-*.dist-info")):
            client = installed[0].name.removesuffix(".dist-info").replace("-", " ")
            python = str(folder / PROGRAMS / "python")
            ways += [Contestant(client, way, python, f"replicate_{number}.py") for way in ("async", "threads")]
    return ways


class Driver:
    """A contestant's process, which does as it is ordered."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def do(self, order: Order, used: Callable[[], float | None]) -> Measured:
        """What it took; `used` tells the seconds of a core that the server has taken so far."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        before = used()
        line = json.dumps({"task": order.task, "count": order.count, "at_once": order.at_once})
        self._process.stdin.write(f"{line}\n".encode())
        told = json.loads(await self._process.stdout.readline() or "null")
        if told is None:
            raise RuntimeError(f"a driver ended before it had done {order}")
        return Measured.of(told["latencies"], told["seconds"], told["cpu"], spent(before, used()))


@asynccontextmanager
async def driven(
    contestant: Contestant, base: str, version: str, identifier: str, folder: Path
) -> AsyncIterator[Driver]:
    """The contestant at work on the server at `base`. It creates runs of the version, and gets the one run."""
    process = await asyncio.create_subprocess_exec(
        *(contestant.python, str(DRIVERS / contestant.driver), contestant.way, base, version, identifier),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=folder,
        env=environ(folder),
    )
    try:
        yield Driver(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), GRACE)
        except TimeoutError:
            process.kill()
            await process.wait()


FIRSTS: Mapping[str, str] = {
    "python alone": "import sys",
    "httpx alone": """
import httpx, sys
httpx.get(sys.argv[1] + "/v1/predictions/" + sys.argv[2], headers={"authorization": "Bearer any"}).json()
""",
    "ours.py": """
import asyncio, sys
from replicate_tui.api.client import Client
async def main():
    async with Client(sys.argv[1], "r8_of_the_bench") as client:
        await client.predictions.get(sys.argv[2])
asyncio.run(main())
""",
    "replicate_1.py": """
import replicate, sys
replicate.Client("r8_of_the_bench", base_url=sys.argv[1]).predictions.get(sys.argv[2])
""",
    "replicate_2.py": """
from replicate import Replicate
import sys
Replicate(bearer_token="r8_of_the_bench", base_url=sys.argv[1] + "/v1").predictions.get(prediction_id=sys.argv[2])
""",
}
"""Programs that get one run, by driver."""

TELL_CPU = "import time\nprint(time.process_time())"


@dataclass(frozen=True)
class Newcomer:
    """A program that is started, asks once and ends."""

    name: str
    python: str
    code: str

    async def first(self, base: str, identifier: str, folder: Path) -> tuple[float, float]:
        """How many milliseconds a fresh process took by the clock and of a core, its start and its end included."""
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(self.python, "-c", f"{self.code}\n{TELL_CPU}", base, identifier),
            stdout=asyncio.subprocess.PIPE,
            cwd=folder,
            env=environ(folder),
        )
        told, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"{self.name} could not ask")
        return 1000 * (time.perf_counter() - began), 1000 * float(told)


def newcomers(among: Sequence[Contestant]) -> list[Newcomer]:
    """The bare programs to compare with, and one for each client."""
    bare = [Newcomer(name, sys.executable, FIRSTS[name]) for name in ("python alone", "httpx alone")]
    pythons = {each.driver: each for each in among}
    return [*bare, *(Newcomer(each.client, each.python, FIRSTS[driver]) for driver, each in pythons.items())]


def environ(folder: Path) -> dict[str, str]:
    """An environment without settings of ours; what is compiled is kept, and not beside the sources."""
    inherited = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("REPLICATE_", "PYTHON")) and not name.lower().endswith("_proxy")
    }
    return {**inherited, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
