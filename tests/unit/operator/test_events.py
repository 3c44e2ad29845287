"""Events are written after the fact, counted when they repeat, and never in anybody's way."""

import asyncio
from datetime import timedelta

from sincro_operator.cluster.api import EVENTS, TASKS, Unreachable
from sincro_operator.planning.actions import EventNote
from sincro_operator.planning.model import Name
from tests.simulation.virtual_time import simulate
from tests.unit.operator import objects
from tests.unit.operator.cluster_in_memory import Bench

FAILED = EventNote("Failed", "SessionLost: the ERP logged us out", warning=True)


async def written(bench: Bench) -> list[dict[str, object]]:
    runner = asyncio.ensure_future(bench.recorder.run())
    await bench.recorder.drain()
    runner.cancel()
    return bench.server.objects(EVENTS)


def test_the_whole_event() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        bench.recorder.note(TASKS, task, FAILED)
        (event,) = await written(bench)
        metadata = event.pop("metadata")
        assert isinstance(metadata, dict)
        assert metadata["name"].startswith("t1.")
        assert event == {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "eventTime": "2026-03-23T00:00:00.000000Z",
            "type": "Warning",
            "reason": "Failed",
            "action": "Failed",
            "note": "SessionLost: the ERP logged us out",
            "regarding": {
                "apiVersion": "sincro.dev/v1alpha1",
                "kind": "SyncTask",
                "namespace": "acme",
                "name": "t1",
                "uid": task.uid,
                "resourceVersion": task.resource_version,
            },
            "reportingController": "sincro.dev/operator",
            "reportingInstance": "operator-1",
        }

    simulate(story())


def test_a_long_note_is_cut_to_the_bytes_that_the_api_server_takes() -> None:
    """1,024 bytes, not characters: an Italian error that is a letter too long would be refused whole."""

    async def story() -> None:
        bench = Bench()
        bench.recorder.note(TASKS, bench.task(), EventNote("DeadLettered", "x" + "è" * 1023, warning=True))
        (event,) = await written(bench)
        assert event["note"] == "x" + "è" * 511

    simulate(story())


def test_an_equal_event_counts_on_the_first() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        for _ in range(5):
            bench.recorder.note(TASKS, task, FAILED)
        bench.recorder.note(TASKS, task, EventNote("Failed", "another"))
        events = {event["note"]: event for event in await written(bench)}
        assert len(events) == 2
        series = events[FAILED.message]["series"]
        assert isinstance(series, dict)
        assert series["count"] == 5

    simulate(story())


def test_long_after_it_is_a_new_event() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        bench.recorder.note(TASKS, task, FAILED)
        await written(bench)
        bench.clock.step = timedelta(minutes=11)
        bench.recorder.note(TASKS, task, FAILED)
        assert len(await written(bench)) == 2

    simulate(story())


def test_a_series_whose_event_expired_begins_anew() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        bench.recorder.note(TASKS, task, FAILED)
        (event,) = await written(bench)
        metadata = event["metadata"]
        assert isinstance(metadata, dict)
        bench.server.delete(EVENTS, Name("acme", metadata["name"]))
        bench.recorder.note(TASKS, task, FAILED)
        assert len(await written(bench)) == 1

    simulate(story())


def test_an_event_that_cannot_be_written_is_counted_and_forgotten() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()

        async def refuse(*_: object) -> dict[str, object]:
            raise Unreachable("connection refused")

        real, bench.api.create = bench.api.create, refuse  # type: ignore[assignment, method-assign]
        bench.recorder.note(TASKS, task, FAILED)
        await written(bench)
        bench.api.create = real  # type: ignore[method-assign]
        bench.recorder.note(TASKS, task, EventNote("Completed", "well"))
        assert [event["reason"] for event in await written(bench)] == ["Completed"]
        assert bench.recorder.dropped == 1

    simulate(story())


def test_a_flood_is_cut_rather_than_kept() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task(objects.task())
        for number in range(10_100):
            bench.recorder.note(TASKS, task, EventNote("Failed", str(number)))
        assert bench.recorder.dropped == 100

    simulate(story())
