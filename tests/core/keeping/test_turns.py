"""Turns: so many at once, the most urgent first, none lost."""

import asyncio

from replicate_tui.core.keeping.turns import Turns


async def test_the_most_urgent_goes_first_and_no_more_than_so_many_at_once() -> None:
    turns, order, at_work = Turns(2), [], 0
    full, go = asyncio.Event(), asyncio.Event()

    async def work(number: float) -> None:
        nonlocal at_work
        async with turns.turn(number):
            at_work += 1
            assert at_work <= 2
            order.append(number)
            if at_work == 2:
                full.set()
            await go.wait()
            await asyncio.sleep(0)
            at_work -= 1

    tasks = [asyncio.create_task(work(number)) for number in (9, 8, 3, 1, 2, 1.5)]
    await full.wait()
    go.set()
    await asyncio.gather(*tasks)
    assert order == [9, 8, 1, 1.5, 2, 3]


async def test_who_leaves_the_queue_takes_no_turn_with_them() -> None:
    turns, done = Turns(1), []

    async def work(number: int) -> None:
        async with turns.turn(number):
            done.append(number)

    async with turns.turn():
        waiting = [asyncio.create_task(work(number)) for number in range(4)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await asyncio.sleep(0)
    waiting[0].cancel()  # its turn has come in this very moment
    await asyncio.gather(*waiting, return_exceptions=True)
    assert done == [2, 3]
    async with turns.turn():
        done.append(4)
