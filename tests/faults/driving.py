"""Workload programs as processes of a test's own: started, listened to, killed."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from tests.local.contract_report import environment

LIMIT = 60.0
"""Seconds that a program may take for anything a test waits for."""

Line = list[str]
"""What a workload said, in words."""


@dataclass
class Program:
    """A workload at work. `limit`: the seconds for which it may be silent. `over`: it says no more."""

    process: asyncio.subprocess.Process
    errors: Path
    label: str
    limit: float = LIMIT
    lines: list[Line] = field(default_factory=list)
    over: bool = False

    @property
    def kept(self) -> set[int]:
        """The orders that it said to be on disk."""
        return {int(line[1]) for line in self.lines if line[0] == "run"}

    def count(self, *words: str) -> int:
        """How often it said something that begins with these words."""
        return sum(line[: len(words)] == list(words) for line in self.lines)

    async def next_line(self) -> Line | None:
        """What it says next; None at its end."""
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(self.limit):
                text = await self.process.stdout.readline()
        except TimeoutError:
            raise AssertionError(f"{self.label}: silent for {self.limit:.0f} s after {self.lines[-5:]}") from None
        if not text.endswith(b"\n"):
            self.over = True
            return None
        line: Line = json.loads(text)
        self.lines.append(line)
        return line

    async def until(self, *words: str, times: int = 1) -> None:
        """Wait until it has said so often what begins with these words."""
        while self.count(*words) < times:
            assert await self.next_line() is not None, f"{self.label}: it ended before {words}\n{self.told()}"

    async def saying(self, lines: int) -> bool:
        """Wait until it has said so many lines in all; False if it ended before."""
        while len(self.lines) < lines:
            if await self.next_line() is None:
                return False
        return True

    async def command(self, name: str, number: float) -> None:
        """Have it do something, and wait until it has."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{name} {number}\n".encode())
        await self.process.stdin.drain()
        await self.until(name, times=self.count(name) + 1)

    async def kill(self) -> None:
        """End it without a word, and read what it said before."""
        if not self.over:
            self.process.kill()
        while await self.next_line() is not None:
            pass
        await self.process.wait()

    async def done(self, limit: float | None = None) -> None:
        """Wait until it has accounted for everything and ended well."""
        limit = limit or self.limit
        try:
            async with asyncio.timeout(limit):
                while await self.next_line() is not None:
                    pass
                code = await self.process.wait()
        except TimeoutError:
            raise AssertionError(f"{self.label}: not done after {limit:.0f} s\n{self.told()}") from None
        assert code == 0, f"{self.label}: it ended with {code}\n{self.told()}"
        assert self.lines[-1] == ["done"]

    def told(self) -> str:
        """Its last words."""
        return f"{self.lines[-20:]}\n{self.errors.read_text(errors='replace')[-4000:]}"


@asynccontextmanager
async def started(
    home: Path,
    url: str,
    label: str,
    *,
    orders: int = 0,
    first: int = 0,
    models: str = "mixed",
    clock: float = 0.0,
    limit: float | None = None,
) -> AsyncIterator[Program]:
    """A workload on the history under `home`, against the API at `url`. Without orders it only recovers.

    Its wall clock is `clock` seconds ahead of the true one. With a `limit`, the seconds that it may take for anything,
    its own waiting times are not shortened.
    """
    arguments = ["--orders", str(orders), "--first", str(first), "--models", models, "--clock", str(clock)]
    arguments += [] if limit is None else ["--unhurried"]
    with _errors(home) as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.workload",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=file,
            env=_environment(home, url),
        )
    program = Program(process, Path(file.name), label, limit or LIMIT)
    try:
        yield program
    finally:
        await program.kill()
        # The pipe to its standard input is closed when the loop has heard of the end.
        assert process.stdin is not None
        process.stdin.close()


def _errors(home: Path) -> BinaryIO:
    """Where one more program on this history writes what goes wrong in it."""
    home.mkdir(exist_ok=True)
    return (home / f"errors-{len(list(home.glob('errors-*')))}.txt").open("wb")


def _environment(home: Path, url: str) -> dict[str, str]:
    return {name: value for name, value in environment().items() if not name.startswith("REPLICATE_")} | {
        "REPLICATE_TUI_HOME": str(home),
        "REPLICATE_BASE_URL": url,
        "REPLICATE_API_TOKEN": "r8_of_the_tests",
    }
