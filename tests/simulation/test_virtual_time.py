"""The loop of the simulation: time passes only where somebody waits for it, and a deadlock is an error."""

import asyncio
import time
from datetime import timedelta

import pytest

from tests.simulation.virtual_time import START, Clock, Stalled, simulate


def test_a_day_of_waiting_takes_no_time() -> None:
    async def wait() -> float:
        await asyncio.sleep(86_400)
        return asyncio.get_running_loop().time()

    began = time.monotonic()
    assert simulate(wait()) == pytest.approx(86_400)
    assert time.monotonic() - began < 5


def test_those_who_wait_wake_in_the_order_of_their_time() -> None:
    async def several() -> list[tuple[str, float]]:
        woken: list[tuple[str, float]] = []

        async def sleeper(name: str, seconds: float) -> None:
            await asyncio.sleep(seconds)
            woken.append((name, asyncio.get_running_loop().time()))

        await asyncio.gather(sleeper("late", 20), sleeper("soon", 3), sleeper("middle", 7))
        return woken

    assert simulate(several()) == [("soon", 3.0), ("middle", 7.0), ("late", 20.0)]


def test_a_timeout_is_a_wait_like_any_other() -> None:
    async def timed() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert simulate(timed()) == pytest.approx(30)


def test_a_deadlock_is_said_instead_of_waited_for() -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stalled):
        simulate(forever())


def test_each_process_has_a_clock_that_can_be_set() -> None:
    async def clocks() -> tuple[timedelta, timedelta]:
        right, wrong = Clock(START), Clock(START)
        await asyncio.sleep(60)
        wrong.step = timedelta(seconds=-120)
        return right() - START, wrong() - START

    assert simulate(clocks()) == (timedelta(seconds=60), timedelta(seconds=-60))


def test_what_is_left_over_is_cancelled() -> None:
    ended: list[str] = []

    async def leaves_one() -> None:
        async def left() -> None:
            try:
                await asyncio.sleep(1e6)
            finally:
                ended.append("cancelled")

        task = asyncio.ensure_future(left())
        await asyncio.sleep(1)
        assert not task.done()

    simulate(leaves_one())
    assert ended == ["cancelled"]
