"""Each mode says what is the matter and what helps, where it has nothing to show; the line on top says it, too."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import pytest

from replicate_tui.core.settings import Settings
from replicate_tui.tui.app import ReplicateApp
from tests.core.scripted import Asked, Reply, Scripted, problem, says, scripted
from tests.tui.driving import SMALL, WIDE, Driver
from tests.tui.looks import assert_looks_as_before, settled

NONE: Mapping[str, object] = {"next": None, "previous": None, "results": []}
RUN = {"1": ("Models", "All")}
MODES = {"2": "predictions", "3": "trainings", "4": "deployments", "5": "hardware"}


def empty(asked: Asked) -> Reply:
    """An API of an account that has nothing."""
    if asked.path.endswith("/account"):
        return says({"type": "user", "username": "acme"})
    return says([] if asked.path.endswith("/hardware") else NONE)


async def visit(settings: Settings, server: Scripted, name: str, top: str, told: Mapping[str, tuple[str, ...]]) -> None:
    """The line on top says `top`, and each mode, by its key, what is told of it; small and wide, it looks as before."""
    app = ReplicateApp(replace(settings, base_url=server.url))
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.shows(top)
        for width, height in (SMALL, WIDE):
            await driver.pilot.resize_terminal(width, height)
            seen = [line for key, texts in {**RUN, **told}.items() for line in await look_of(driver, key, top, texts)]
            assert_looks_as_before(f"modes-{name}-{width}x{height}", seen)


async def look_of(driver: Driver, key: str, top: str, texts: tuple[str, ...]) -> Sequence[str]:
    """Go to a mode, which tells all this; its lines, without ports and times."""
    await driver.press(key)
    await driver.until(partial(tells, driver, texts), f"{key} {texts}")
    assert top in driver.text.splitlines()[0]
    driver.app.clear_notifications()
    return await settled(lambda: [_steady(line) for line in driver.text.split("\n")])


def _steady(line: str) -> str:
    """Without the port, and how long it is until the API is asked again."""
    return re.sub(r"again in .*", "again in …", re.sub(r"(127\.0\.0\.1:)\d{5}", r"\g<1>00000", line))


def tells(driver: Driver, texts: tuple[str, ...]) -> bool:
    return all(text in flowing(driver) for text in texts)


def flowing(driver: Driver) -> str:
    """The screen's words without its lines."""
    return " ".join(driver.text.replace("│", " ").split())


async def test_where_there_is_nothing_yet_it_is_said_how_to_begin(settings: Settings) -> None:
    async with scripted(empty) as server:
        told = {
            "2": ("Nothing ran yet. 1 shows the models",),
            "3": ("No trainings yet.", "t trains"),
            "4": ("No deployments yet.", "n makes the first"),
            "5": ("The API offers no hardware",),
        }
        await visit(settings, server, "empty", "● online", told)


async def test_where_no_answer_came_yet_nothing_is_claimed(settings: Settings) -> None:
    answered = asyncio.Event()

    async def wait(asked: Asked) -> Reply:
        await answered.wait()
        return empty(asked)

    async with scripted(wait) as server:
        told = {key: (f"Looking for {what}…",) for key, what in MODES.items()}
        await visit(settings, server, "loading", "◌ connecting", told)
        answered.set()


async def test_out_of_reach_is_told_with_the_key_that_tries_now(settings: Settings) -> None:
    async with scripted() as server:
        await server.stop()
        told = {
            key: (f"No {what} to show", "is out of reach. It is tried again by itself", "R tries now")
            for key, what in MODES.items()
        }
        await visit(settings, server, "offline", "✗ offline, again in", told)


@pytest.mark.parametrize(
    ("name", "answer", "top", "told"),
    [
        (
            "broken",
            problem(500, "boom[/x]"),
            "✗ server error, again in",
            "answers with an error of its own. It is tried again",
        ),
        (
            "unauthorized",
            problem(401, "bad token"),
            "✗ unauthorized, 0 logs in",
            "does not take this token. 0 logs in.",
        ),
        (
            "throttled",
            problem(429, "slow", Retry_After="40"),
            "◌ throttled, again in",
            "takes no more requests for now. It is asked",
        ),
    ],
    ids=["broken", "unauthorized", "throttled"],
)
async def test_what_the_api_answers_instead_is_told_in_every_mode(
    settings: Settings, name: str, answer: Reply, top: str, told: str
) -> None:
    async with scripted(lambda asked: answer) as server:
        await visit(settings, server, name, top, {key: (f"No {what} to show", told) for key, what in MODES.items()})


async def test_one_list_that_is_refused_is_told_there_alone(settings: Settings) -> None:
    def script(asked: Asked) -> Reply:
        return problem(403, "not for you[/x]") if "deployments" in asked.path else empty(asked)

    async with scripted(script) as server:
        told = {"4": ("No deployments to show: the API does not list them. R asks again.", "not for you[/x]")}
        await visit(settings, server, "refused", "● online", told)
