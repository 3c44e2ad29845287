"""What watching costs: the operator's reflector and cache, against kopf with a handler that fills the same cache.

Keys: operator.watch_event_cpu_ms and operator.watch_event_kopf_cpu_ms (CPU of a process a change, user and system,
start and first list left out), operator.watch_cost_ratio (kopf's over ours). Two processes watch the same SyncTasks at
the same time, so that the stream of changes, and what else the machine does, is the same for both.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from dev.bench._watch_sides import MARKER
from dev.bench.operator_setup import TYPES, connected, cpu_seconds, make_sources, many, namespace, run, task_body
from sincro_operator.cluster.api import TASKS, Api
from sincro_operator.planning.model import Name


@dataclass
class _Side:
    """One of the two processes."""

    process: asyncio.subprocess.Process

    async def says(self, marker: str) -> None:
        """Wait until it has seen this marker."""
        assert self.process.stdout is not None
        async with asyncio.timeout(300):
            while (line := await self.process.stdout.readline()).decode().strip() != marker:
                if not line:
                    raise SystemExit("a watching process ended")

    async def rests(self) -> float:
        """Its CPU time, once it uses hardly any: kopf's handlers run after the event that started them."""
        before = -1.0
        while (now := cpu_seconds(self.process.pid)) > before + 0.02:
            before = now
            await asyncio.sleep(1)
        return now


@asynccontextmanager
async def _watching(side: str, space: str) -> AsyncIterator[_Side]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dev.bench._watch_sides", side, space, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield _Side(process)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def bench(arguments: argparse.Namespace) -> dict[str, float]:
    """See the module."""
    count, rounds = arguments.tasks, arguments.rounds
    async with connected() as api, namespace(api, "bench-watch") as space:
        (source,) = await make_sources(api, space, 1)
        bodies = [task_body(f"t{number}", source, TYPES[number % 4]) for number in range(count)]
        await many(partial(api.create, TASKS, space, body) for body in bodies)
        async with _watching("own", space) as own, _watching("kopf", space) as kopf:
            await _mark(api, space, source, "first", own, kopf)
            before = await own.rests(), await kopf.rests()
            for turn in range(rounds):
                await many(partial(_change, api, Name(space, f"t{number}"), turn) for number in range(count))
            await _mark(api, space, source, "last", own, kopf)
            after = await own.rests(), await kopf.rests()
    ours, theirs = ((end - begin) * 1000 / (count * rounds) for begin, end in zip(before, after, strict=True))
    return {
        "operator.watch_event_cpu_ms": ours,
        "operator.watch_event_kopf_cpu_ms": theirs,
        "operator.watch_cost_ratio": theirs / ours,
    }


async def _change(api: Api, name: Name, turn: int) -> None:
    """What the operator itself tells those who wait."""
    waiting = {"reason": "NoSlot", "message": f"{turn} others are before it.", "since": "2026-01-01T00:00:00Z"}
    status = {"state": "Queued", "queuePosition": turn + 1, "waitingFor": waiting}
    await api.patch(TASKS, name, {"status": status}, subresource="status")


async def _mark(api: Api, space: str, source: str, marker: str, *sides: _Side) -> None:
    """Make a marker, and wait until all have seen it."""
    await api.create(TASKS, space, task_body(MARKER + marker, source, TYPES[0]))
    for side in sides:
        await side.says(MARKER + marker)


if __name__ == "__main__":
    run(__doc__, bench, tasks=1000, rounds=5)
