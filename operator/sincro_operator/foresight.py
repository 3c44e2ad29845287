"""The coming days for whoever asks the operator, computed beside it: a week is seconds of planning; the loop has none.

Decided here: how many runs an answer has at most, and how old it may be. What runs when is planning.preview's.
`python -m sincro_operator.foresight` is the process that computes: facts on its input, one JSON document on its output.
"""

import asyncio
import json
import os
import pickle
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from sincro_contract.outlook import OUTLOOK_PATH
from sincro_operator.planning.model import Job, Limits, Schedule, Source, Task
from sincro_operator.planning.preview import preview, to_json
from sincro_operator.planning.snapshot import Snapshot

MOST_RUNS = 1000
FRESH = timedelta(seconds=60)
"""An answer of this age is given as it is, and a newer one is begun."""
OLDEST = timedelta(minutes=10)
"""An older answer is not given: whoever asks waits for the new one."""
LONGEST_DAYS = 31
_SECONDS = 120.0
_NICE = 15


class NoForesight(Exception):
    """It could not be computed; the message says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that an answer depends on."""

    facts: list[Source | Schedule | Task | Job]
    now: datetime
    days: int
    limits: Limits
    most: int = MOST_RUNS


def answer(question: Question) -> bytes:
    """The JSON of a sincro_contract.outlook.Outlook. Pure."""
    shown = preview(question.facts, question.now, question.days, question.limits, most=question.most)
    document = json.loads(to_json(shown))
    document["runs"] = document["runs"][: question.most]
    return json.dumps(document | {"computedAt": question.now.isoformat()}).encode()


async def answer_beside(question: Question) -> bytes:
    """`answer`, by a process of its own with low priority. Raises NoForesight."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sincro_operator.foresight",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            text, complaint = await process.communicate(await asyncio.to_thread(pickle.dumps, question))
    except TimeoutError as error:
        raise NoForesight(f"not computed within {_SECONDS:.0f} seconds") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise NoForesight(complaint.decode(errors="replace").strip().rpartition("\n")[2] or "it was ended")
    return text


class Foresight:
    """Answers questions about the coming days from a snapshot that somebody else keeps; one is computed at a time."""

    def __init__(
        self,
        snapshot: Snapshot,
        limits: Limits,
        now: Callable[[], datetime],
        compute: Callable[[Question], Awaitable[bytes]] = answer_beside,
    ) -> None:
        self._snapshot = snapshot
        self._limits = limits
        self._now = now
        self._compute = compute
        self._known: dict[int, tuple[datetime, bytes]] = {}
        self._under_way: dict[int, asyncio.Task[bytes]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def outlook(self, days: int) -> bytes:
        """The JSON of an Outlook of so many days. Raises NoForesight."""
        known = self._known.get(days)
        age = self._now() - known[0] if known is not None else None
        if known is not None and age is not None and timedelta(0) <= age < FRESH:
            return known[1]
        task = self._under_way.get(days)
        if task is None or task.done():
            task = self._under_way[days] = asyncio.ensure_future(self._anew(days))
            task.add_done_callback(lambda done: self._over(days, done))
        if known is not None and age is not None and timedelta(0) <= age < OLDEST:
            return known[1]
        return await asyncio.shield(task)

    async def _anew(self, days: int) -> bytes:
        async with self._one_at_a_time:
            now = self._now()
            document = await self._compute(Question(self._facts(), now, days, self._limits))
        self._known[days] = (now, document)
        return document

    def _facts(self) -> list[Source | Schedule | Task | Job]:
        held = self._snapshot
        return [*held.sources(), *held.schedules(), *held.tasks(), *held.jobs()]

    def _over(self, days: int, done: "asyncio.Task[bytes]") -> None:
        if self._under_way.get(days) is done:
            del self._under_way[days]
        if not done.cancelled():
            done.exception()  # whoever waited has it; a renewal that nobody waited for is tried again when one asks

    def routes(self, ready: Callable[[], bool]) -> list[web.RouteDef]:
        """GET /preview?days=N: 200 with an Outlook, 400 for other days than 1 to 31, 503 while it cannot be known."""

        async def show(request: web.Request) -> web.Response:
            text = request.query.get("days", "7")
            if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= LONGEST_DAYS):
                return web.Response(status=400, text=f"days: a number from 1 to {LONGEST_DAYS}\n")
            if not ready():
                return web.Response(status=503, text="caches are not complete\n")
            try:
                return web.Response(body=await self.outlook(int(text)), content_type="application/json")
            except NoForesight as error:
                return web.Response(status=503, text=f"{error}\n")

        return [web.get(OUTLOOK_PATH, show)]


def main() -> None:
    """Read the question, write the answer."""
    os.nice(_NICE)
    question = pickle.load(sys.stdin.buffer)  # noqa: S301 - the operator itself has written it, into a pipe
    sys.stdout.buffer.write(answer(question))


if __name__ == "__main__":
    main()
