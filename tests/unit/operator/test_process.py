"""The orderly end: nothing new is begun, what is being sent is finished, the Lease is given up in time."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sincro_operator.core import Core
from sincro_operator.planning.actions import WriteTask
from sincro_operator.planning.model import TaskStatus
from sincro_operator.process import shutdown
from tests.simulation.virtual_time import START, simulate
from tests.unit.operator import objects
from tests.unit.operator.cluster_in_memory import Bench


def ending(bench: Bench, order: list[str], *, call_seconds: float) -> tuple[Core, Any]:
    """A core whose writes take so long, and the giving up of its Lease; both note what they have done."""
    real = bench.api.patch

    async def slow(*args: Any, **options: Any) -> Any:
        await asyncio.sleep(call_seconds)
        order.append("write")
        return await real(*args, **options)

    async def release() -> None:
        order.append("lease")

    bench.api.patch = slow  # type: ignore[method-assign]
    loop = SimpleNamespace(stop=lambda: order.append("stop"))
    return cast(Core, SimpleNamespace(loop=loop, actuator=bench.actuator, recorder=bench.recorder)), release


@pytest.mark.parametrize(
    ("call_seconds", "expected"),
    [
        (1.0, ["stop", "write", "write", "write", "write", "lease"]),
        (60.0, ["stop", "lease"]),
    ],
    ids=["what is being sent is finished, what is queued is not begun", "an API server that does not answer"],
)
def test_the_end(call_seconds: float, expected: list[str]) -> None:
    async def story() -> None:
        bench, order = Bench(), list[str]()
        tasks = [bench.task(objects.task(f"t{number}")) for number in range(40)]
        core, release = ending(bench, order, call_seconds=call_seconds)
        runner = asyncio.ensure_future(bench.actuator.run())
        bench.actuator.submit([WriteTask(task, TaskStatus(queued_at=START)) for task in tasks])
        await asyncio.sleep(0.1)
        began = asyncio.get_running_loop().time()
        await shutdown(core, release)
        assert asyncio.get_running_loop().time() - began < 5
        runner.cancel()
        assert order == expected

    simulate(story())
