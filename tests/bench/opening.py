"""The part about the start: the first frame and the first model row, and what an open screen costs at rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.bench import neighbours
from tests.bench.promises import Promise, amount, p50
from tests.bench.pty_program import Cost, PtyProgram
from tests.bench.scenery import Home, Scenery

ROUNDS = 7
SETTLING = 4.0
"""Seconds after the first frame in which a program may still have things to do."""
WATCHED = 8.0
"""Seconds for which it is watched then."""
ACTIVE = 50

HELP_SHOWS = "Everything by name"
MINIMAL, POSTING, OURS, LONG, NEW = "minimal", "posting", "ours", "ours, long history", "ours, first time"


@dataclass(frozen=True)
class Opened:
    """A program, and what says that its first frame, or our first model row, is there."""

    command: list[str]
    shows: str
    home: Home | None = None

    @contextmanager
    def running(self, scenery: Scenery) -> Iterator[PtyProgram]:
        """It, just started."""
        environ = scenery.environ if self.home is None else self.home.environ
        with PtyProgram(self.command, environ) if self.home is None else self.home.screen() as program:
            yield program


@dataclass
class Rests:
    """What a program costs at rest: the part of a core, and megabytes."""

    core: float
    memory: float

    def __str__(self) -> str:
        return f"{amount(self.core, '%')} {amount(self.memory, 'MB')}"


@dataclass
class Opening:
    """The programs that are started in turns."""

    scenery: Scenery
    known: Home
    long: Home
    starts: dict[str, list[Cost]] = field(default_factory=dict)
    answered: list[float] = field(default_factory=list)

    def measured(self, rounds: int = ROUNDS) -> Iterator[Promise]:
        """Everything about the start."""
        programs = self._programs()
        for name in (*programs, NEW):  # compiled and read once before it counts
            self._start(name, programs)
        self.starts.clear()
        self.answered.clear()
        for turn in range(rounds):
            names = [*programs, NEW]
            # Who comes first changes, in case that matters.
            for name in [*names[turn % len(names) :], *names[: turn % len(names)]]:
                self._start(name, programs, turn)
        for name in (OURS, LONG):
            what = f"first model row{name.removeprefix(OURS)}"
            yield self._ratio(what, name, MINIMAL, 1.8)
            yield self._ratio(what, name, POSTING, 0.45)
        yield self._ratio("first model row, first time", NEW, MINIMAL, None)
        yield Promise("a key pressed then is answered", p50(self.answered), "s", more="since the start")
        yield from self._rest(programs)

    def _programs(self) -> dict[str, Opened]:
        return {
            MINIMAL: Opened(neighbours.minimal(), neighbours.MINIMAL_SHOWS),
            POSTING: Opened(neighbours.posting(), neighbours.POSTING_SHOWS),
            OURS: Opened([], "local/", self.known),
            LONG: Opened([], "owner99/", self.long),
        }

    def _start(self, name: str, programs: dict[str, Opened], turn: int = -1) -> None:
        opened = programs.get(name) or Opened([], "local/", self.scenery.home(f"new {turn}"))
        with opened.running(self.scenery) as program:
            self.starts.setdefault(name, []).append(program.shown(opened.shows))
            if name == OURS:
                program.press("?")
                self.answered.append(program.shown(HELP_SHOWS).clock)

    def _ratio(self, what: str, name: str, to: str, target: float | None) -> Promise:
        """How much longer one takes than the other, round by round: a busy moment meets both."""
        ours, theirs = self.starts[name], self.starts[to]
        ratio = p50(mine.clock / other.clock for mine, other in zip(ours, theirs, strict=True))
        core = p50(mine.core / other.core for mine, other in zip(ours, theirs, strict=True))
        more = f"{_told(ours)}; {amount(core, '×')} of a core"
        return Promise(f"{what}, to {to}'s first frame", ratio, "×", target, more, {to: _told(theirs)})

    def _rest(self, programs: dict[str, Opened]) -> Iterator[Promise]:
        beside = {name: self._at_rest(programs[name]) for name in (MINIMAL, POSTING)}
        told = {name: amount(rest.core, "%") for name, rest in beside.items()}
        sizes = {name: amount(rest.memory, "MB") for name, rest in beside.items()}
        quiet = self._at_rest(programs[LONG])
        yield Promise("idle, nothing active", quiet.core, "%", 0.01, beside=told)
        yield Promise("memory at start", quiet.memory, "MB", beside=sizes)
        with self.scenery.active(ACTIVE):
            for mode, key in (("Run", "1"), ("Predictions", "2")):
                busy = self._at_rest(programs[LONG], key)
                more = f"{amount(busy.memory, 'MB')}"
                yield Promise(f"idle, {ACTIVE} active, {mode} mode", busy.core, "%", 0.05, more)

    def _at_rest(self, opened: Opened, key: str = "") -> Rests:
        with opened.running(self.scenery) as program:
            program.shown(opened.shows)
            program.press(key)
            program.rest(SETTLING)
            return Rests(program.idle(WATCHED), program.memory())


def _told(costs: list[Cost]) -> str:
    return f"{amount(p50(cost.clock for cost in costs), 's')}, core {amount(p50(cost.core for cost in costs), 's')}"
