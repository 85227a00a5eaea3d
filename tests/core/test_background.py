"""Work beside the verbs: a bug in it is raised wherever somebody waits."""

import asyncio

import pytest

from replicate_tui.core.background import Background


class Bug(Exception):
    pass


async def failing() -> None:
    raise Bug


async def endless() -> None:
    await asyncio.Event().wait()


async def answer() -> str:
    return "here"


async def test_a_step_is_taken_beside_the_work() -> None:
    background = Background()
    background.start([endless])
    assert await background.beside(answer()) == "here"
    await background.close()


async def test_a_bug_ends_all_work_and_is_raised_to_who_waits_and_who_closes() -> None:
    background = Background()
    background.start([endless, failing])
    for waiting in (background.beside(endless()), background.watch(), background.close()):
        with pytest.raises(ExceptionGroup) as raised:
            await waiting
        assert raised.group_contains(Bug)


async def test_who_gives_up_a_step_ends_it() -> None:
    background = Background()
    background.start([endless])
    begun, ended = asyncio.Event(), asyncio.Event()

    async def step() -> None:
        begun.set()
        try:
            await endless()
        finally:
            ended.set()

    waiting = asyncio.create_task(background.beside(step()))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()
    await background.close()
