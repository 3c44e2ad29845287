"""The coming days, as the operator answers them: their shape, their bounds, and that nobody waits for long."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from sincro_contract.outlook import Outlook
from sincro_operator.foresight import FRESH, OLDEST, Foresight, NoForesight, Question, answer, answer_beside
from sincro_operator.metrics import serve
from sincro_operator.planning.model import Cadence, Limits, Schedule, Source
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.planning.facts import HOUR, NOW, schedule, source


def question(days: int = 7, most: int = 1000) -> Question:
    facts: list[Source | Schedule] = [source(), schedule(delta=Cadence(every=6 * HOUR))]
    return Question([*facts], NOW, days, Limits(), most)


def read(document: bytes) -> Outlook:
    return Outlook.model_validate_json(document)


def test_an_answer_is_what_the_contract_says() -> None:
    outlook = read(answer(question()))
    assert outlook.computed_at == NOW
    assert outlook.until == NOW + timedelta(days=7)
    assert outlook.runs
    assert {run.schedule for run in outlook.runs} == {schedule().name.name}
    assert all(NOW <= run.due < outlook.until for run in outlook.runs)


def test_very_many_runs_are_looked_at_no_further_than_is_shown() -> None:
    outlook = read(answer(question(most=3)))
    assert len(outlook.runs) == 3
    assert outlook.until < NOW + timedelta(days=7)


async def test_another_process_answers_the_same() -> None:
    asked = question(days=1)
    assert read(await answer_beside(asked)) == read(answer(asked))


class Computing:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 10, tzinfo=UTC)
        self.asked: list[int] = []
        self.may = asyncio.Event()
        self.may.set()
        self.fails = False

    async def __call__(self, question: Question) -> bytes:
        self.asked.append(question.days)
        await self.may.wait()
        if self.fails:
            raise NoForesight("it was ended")
        return f"{question.now:%H:%M:%S}".encode()


def foresight(computing: Computing) -> Foresight:
    return Foresight(Snapshot(), Limits(), lambda: computing.now, computing)


async def test_many_who_ask_at_once_cost_one_answer() -> None:
    computing = Computing()
    computing.may.clear()
    asked = foresight(computing)
    waiting = [asyncio.ensure_future(asked.outlook(7)) for _ in range(5)]
    await asyncio.sleep(0)
    computing.may.set()
    assert await asyncio.gather(*waiting) == [b"00:00:00"] * 5
    assert computing.asked == [7]


async def test_an_old_answer_is_given_at_once_while_a_newer_one_is_made() -> None:
    computing = Computing()
    asked = foresight(computing)
    assert await asked.outlook(7) == b"00:00:00"
    computing.now += FRESH - timedelta(seconds=1)
    assert await asked.outlook(7) == b"00:00:00"
    assert computing.asked == [7]
    computing.now += timedelta(seconds=1)
    computing.may.clear()
    assert await asked.outlook(7) == b"00:00:00"
    computing.may.set()
    async with asyncio.timeout(10):
        while await asked.outlook(7) == b"00:00:00":  # noqa: ASYNC110 - until the newer one has been made
            await asyncio.sleep(0)
    assert await asked.outlook(7) == b"00:01:00"
    computing.now += OLDEST
    assert await asked.outlook(7) == b"00:11:00"


async def test_what_failed_is_said_and_tried_again() -> None:
    computing = Computing()
    asked = foresight(computing)
    computing.fails = True
    with pytest.raises(NoForesight, match="ended"):
        await asked.outlook(7)
    computing.fails = False
    assert await asked.outlook(7) == b"00:00:00"


@pytest.fixture
async def served() -> AsyncIterator[tuple[str, Computing, list[bool]]]:
    computing, ready = Computing(), [True]
    routes = foresight(computing).routes(lambda: ready[0])
    async with serve(CollectorRegistry(), 0, lambda: True, host="127.0.0.1", more=routes) as port:
        yield f"http://127.0.0.1:{port}/preview", computing, ready


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 200), ("?days=31", 200), ("?days=0", 400), ("?days=32", 400), ("?days=x", 400), ("?days=²", 400)],
)
async def test_over_http(served: tuple[str, Computing, list[bool]], query: str, status: int) -> None:
    async with aiohttp.ClientSession() as session, session.get(served[0] + query) as got:
        assert got.status == status


async def test_over_http_when_it_is_not_known(served: tuple[str, Computing, list[bool]]) -> None:
    url, computing, ready = served
    async with aiohttp.ClientSession() as session:
        computing.fails = True
        async with session.get(url) as got:
            assert (got.status, await got.text()) == (503, "it was ended\n")
        ready[0] = False
        async with session.get(url) as got:
            assert got.status == 503
