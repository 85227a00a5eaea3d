"""The part about keys: from a key to the end of the first frame after it, in lists of many runs, in forms, in logs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from replicate_tui.core.models.ranking import Ranking
from tests.bench import neighbours
from tests.bench.opening import ACTIVE
from tests.bench.promises import Promise, amount, p50, p95
from tests.bench.pty_program import Cost, PtyProgram
from tests.bench.scenery import FEW, MODELS, NARROW, OWNER, WIDE, Home, Scenery, rows
from tests.core.forms.quirks import WIDEST

KEYS = 100
ROUNDS = 7
SETTLING = 3.0
PROMPT = 0.05
"""Seconds within which a key is answered."""
DOWN, PAGE_DOWN, UP, PAGE_UP, END, HOME = "\x1b[B", "\x1b[6~", "\x1b[A", "\x1b[5~", "\x1b[F", "\x1b[H"
F2 = "\x1bOQ"
ESCAPE = "\x1b"
LETTERS = "a lighthouse at dusk "
SEARCHED = ("flux schnell", "upscale", "lora portrait", "zzz")

LOG_LINES = 100_000
A_SECOND = 10_000


@dataclass(frozen=True)
class Pressed:
    """Many keys: the seconds that each took, and what each cost the program of a core."""

    times: Sequence[float]
    core: float

    def __str__(self) -> str:
        return f"p50 {amount(p50(self.times), 'ms')} p95 {amount(p95(self.times), 'ms')}"

    def promise(self, what: str, beside: dict[str, str] | None = None) -> Promise:
        """As a row of the table."""
        more = f"p50 {amount(p50(self.times), 'ms')}, core {amount(self.core, 'ms')} a key"
        return Promise(what, p95(self.times), "ms", PROMPT, more, beside or {})


def pressed(program: PtyProgram, keys: Sequence[str], count: int = KEYS) -> Pressed:
    """Press these keys in turn, each when the last is done."""
    before = program.core
    times = [program.key(keys[number % len(keys)]) for number in range(count)]
    return Pressed(times, (program.core - before) / count)


def keys(scenery: Scenery, long: Home) -> Iterator[Promise]:
    """Keys where thousands of runs are known and many go on."""
    beside = {"DataTable": str(_in_table(scenery, DOWN, 10_000)), "posting, a letter": str(_in_posting(scenery))}
    with scenery.active(ACTIVE), long.screen() as program:
        program.shown("owner99/")
        program.rest(SETTLING)
        yield pressed(program, [DOWN], 40).promise(f"down in {MODELS:,} models, {ACTIVE} active")
        program.press("2")
        program.wait(lambda screen: "newest first" in screen or "words, or" in screen, "Predictions mode")
        program.rest(SETTLING)
        yield pressed(program, [DOWN]).promise(f"down in 10,000 runs, {ACTIVE} active", beside)
        yield pressed(program, [PAGE_DOWN], 50).promise("page down there")
        yield pressed(program, ["1", "2"], 30).promise("from mode to mode")
        program.press("1")
        program.rest(1.0)
        _open(program, f"{OWNER}/{NARROW[0]}")
        yield pressed(program, LETTERS).promise("a letter in a form")


def hundred_thousand(scenery: Scenery, home: Home, runs: int) -> Iterator[Promise]:
    """A list of very many runs."""
    with home.screen() as program:
        program.shown("local/")
        program.rest(SETTLING)
        moment = program.press("2")
        opened = program.shown("acme/model-", since=moment)
        yield Promise(f"{runs:,} runs: opened", opened.clock, "s", 0.5, beside=_table_opened(scenery, runs))
        program.rest(SETTLING)
        yield pressed(program, [DOWN]).promise("down there", {"DataTable": str(_in_table(scenery, DOWN, runs))})
        yield pressed(program, [PAGE_DOWN, PAGE_DOWN, PAGE_UP], 60).promise("pages there")
        yield pressed(program, [END, HOME], 20).promise("end and home there")
        yield Promise("memory there", program.memory(), "MB", 200.0)


def logs(scenery: Scenery, home: Home) -> Iterator[Promise]:
    """Keys in a log while it comes in, and the memory that it takes."""
    with home.screen() as program:
        program.shown("local/")
        program.press("2")
        program.rest(SETTLING)
        before = program.memory()
        seconds = LOG_LINES / A_SECOND
        run = scenery.server.create("local/sleeper", seconds=seconds, log_lines=LOG_LINES)
        program.press("R")
        program.wait(lambda screen: "processing" in screen, "the run")
        program.press(HOME)
        program.settle()
        program.press("f")
        program.settle()
        program.press("z")
        program.rest(0.5)
        taken: list[float] = []
        core, moment = program.core, time.perf_counter()
        while scenery.server.get(run)["status"] in ("starting", "processing"):
            taken += [program.key(key) for key in (UP, UP, PAGE_UP, DOWN, DOWN)]
        part = (program.core - core) / (time.perf_counter() - moment)
        program.rest(SETTLING)
        yield Promise(
            f"a key in a log of {A_SECOND:,} lines/s",
            p95(taken),
            "ms",
            PROMPT,
            f"p50 {amount(p50(taken), 'ms')}, {len(taken)} keys, {amount(part, '%')} of a core",
        )
        program.press(END)
        program.wait(lambda screen: f"{LOG_LINES}" in screen or f"{LOG_LINES:,}" in screen, "the last line")
        yield pressed(program, [UP, PAGE_UP, DOWN], 60).promise(f"a key in all {LOG_LINES:,} lines")
        yield Promise("memory for it", program.memory() - before, "MB", 100.0, f"{program.memory():.0f} MB in all")


def forms(scenery: Scenery, home: Home, rounds: int = ROUNDS) -> Iterator[Promise]:
    """From enter on a model until its form is drawn."""
    for names, inputs, target in ((WIDE, WIDEST, 0.4), (NARROW, FEW, 0.12)):
        with home.screen() as program:
            program.shown("local/")
            program.rest(SETTLING)
            costs = [_form(program, names[turn % 2]) for turn in range(rounds)]
            beside = {"Inputs": amount(_inputs(scenery, inputs), "ms")}
            more = f"the first {amount(costs[0].clock, 'ms')}, core {amount(p50(cost.core for cost in costs), 'ms')}"
            yield Promise(f"form of {inputs} inputs", p50(cost.clock for cost in costs), "ms", target, more, beside)


def search(long: Home) -> Iterator[Promise]:
    """A letter of a search among many models: the search alone, and until it is on the screen."""
    ranking = Ranking(rows(MODELS))
    typed = [text[:end] for text in SEARCHED for end in range(1, len(text) + 1)]
    alone = [_timed(partial(ranking.find, words)) for words in typed]
    yield Promise(f"search in {MODELS:,} models, alone", p95(alone), "ms", 0.016, f"p50 {amount(p50(alone), 'ms')}")
    with long.screen() as program:
        program.shown("owner99/")
        program.rest(SETTLING)
        program.press("/")
        program.rest(0.5)
        yield pressed(program, SEARCHED[0], len(SEARCHED[0])).promise("a letter of it, until it is drawn")


def _form(program: PtyProgram, name: str) -> Cost:
    """Seconds until every input that is seen in the end is seen; and of a core, with all that is done after."""
    program.press("/")
    program.rest(0.5)
    program.press(f"{OWNER}/{name}")
    program.settle(0.03, 1.0)
    program.screen()
    first = len(program.chunks)
    before = program.core
    moment = program.press("\r")
    program.rest(2.0)
    core = program.core - before
    screens = list(program.screens())
    wanted = {line for line in screens[-1].splitlines() if f"{name}-input" in line}
    drawn = next(at for at, screen in enumerate(screens) if wanted and wanted <= set(screen.splitlines()))
    program.press(ESCAPE)
    program.rest(0.3)
    program.press(ESCAPE)
    program.rest(0.3)
    return Cost(program.chunks[first + drawn].moment - moment, core)


def _open(program: PtyProgram, name: str) -> None:
    program.press("/")
    program.rest(0.5)
    program.press(name)
    program.rest(0.5)
    program.press("\r")
    program.rest(2.0)


def _in_table(scenery: Scenery, key: str, rows: int) -> Pressed:
    with PtyProgram(neighbours.table(rows), scenery.environ) as program:
        program.shown("status")
        program.settle()
        moment = program.press(F2)
        program.shown("acme/model-", since=moment)
        program.rest(SETTLING)
        return pressed(program, [key])


def _table_opened(scenery: Scenery, rows: int) -> dict[str, str]:
    with PtyProgram(neighbours.table(rows), scenery.environ) as program:
        program.shown("status")
        program.settle()
        moment = program.press(F2)
        return {"DataTable": amount(program.shown("acme/model-", since=moment).clock, "s")}


def _inputs(scenery: Scenery, inputs: int) -> float:
    with PtyProgram(neighbours.form(inputs), scenery.environ) as program:
        program.settle(0.3, 3.0)
        moment = program.press(F2)
        return program.shown("input_00", since=moment).clock


def _in_posting(scenery: Scenery) -> Pressed:
    with PtyProgram(neighbours.posting(), scenery.environ) as program:
        program.shown(neighbours.POSTING_SHOWS)
        program.rest(SETTLING)
        return pressed(program, "abcdefghij", 50)


def _timed(work: partial[object]) -> float:
    """Seconds of a core: it waits for nothing, and others on the machine may."""
    begin = time.process_time()
    work()
    return time.process_time() - begin
