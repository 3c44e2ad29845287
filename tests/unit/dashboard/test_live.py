"""Live events: what a change tells, how often it is told, who hears it, and what slow clients cost."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from sincro_contract.progress import Progress, ProgressEvent, ProgressRecord, ProgressStatus
from sincro_dashboard.live.hub import origin_allowed, rooms_of
from sincro_dashboard.live.pacing import Pacing
from sincro_dashboard.live.stream import ProgressReader, routed_of
from sincro_dashboard.live.transitions import Routed, events_of
from sincro_dashboard.measurements import Measurements
from tests.unit.dashboard.fake_cluster import NOW
from tests.unit.dashboard.objects import ago, failed, succeeded, task

START = round(ago(seconds=30).timestamp() * 1000)
END = round(NOW.timestamp() * 1000)
NOTHING = {"current": 0, "total": 0, "percentage": 0.0}
HALF = {"phase": "read", "current": 50, "total": 100, "percentage": 50.0}
RUNNING = task("t", "Running", attempt=1, startedAt=ago(seconds=30))


@pytest.mark.parametrize(
    ("before", "after", "document"),
    [
        (None, task("t", None), {"status": "queued", "progress": NOTHING}),
        (None, task("t"), {"status": "queued", "progress": NOTHING}),
        (task("t"), RUNNING, {"status": "running", "progress": NOTHING, "startedAt": START}),
        (
            RUNNING,
            task("t", "Running", attempt=1, startedAt=ago(seconds=30), progress=HALF),
            {"status": "running", "progress": {"current": 50, "total": 100, "percentage": 50.0}, "startedAt": START},
        ),
        (
            RUNNING,
            succeeded("t"),
            {
                "status": "completed",
                "progress": {"current": 100, "total": 100, "percentage": 100.0},
                "startedAt": START,
                "completedAt": END,
            },
        ),
        (
            RUNNING,
            failed("t"),
            {
                "status": "error",
                "progress": NOTHING,
                "startedAt": END - 40_000,
                "completedAt": END,
                "error": "The column <b>Codice</b> is gone",
            },
        ),
        (
            RUNNING,
            task("t", "Retrying", attempt=1, lastError={"class": "SessionLost", "message": "lost"}),
            {"status": "queued", "progress": NOTHING, "error": "lost"},
        ),
        (
            RUNNING,
            task("t", "Cancelled", spec={"cancel": True, "cancelledBy": "bob"}),
            {"status": "error", "progress": NOTHING, "error": "Cancelled by bob"},
        ),
        (task("t"), task("t", "Superseded"), {"status": "queued", "progress": NOTHING}),
        (None, task("t", "Shadowed"), {"status": "completed", "progress": NOTHING}),
    ],
)
def test_a_change_is_told_as_the_event_that_callers_know(before: Any, after: Any, document: dict[str, Any]) -> None:
    [routed] = events_of(before, after)
    assert (routed.namespace, routed.source) == ("erp", "acme")
    assert routed.event.to_dict() == {"taskId": "t", "type": "customers", **document}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RUNNING, RUNNING),
        (task("t", queuePosition=2), task("t", queuePosition=1)),
        (RUNNING, None),
        (None, task("t", spec={"type": "Not A Type"})),
    ],
)
def test_what_tells_nothing_new_is_not_told(before: Any, after: Any) -> None:
    assert events_of(before, after) == []


def test_who_joined_another_task_hears_of_it_under_the_own_name() -> None:
    merged = [{"requestedBy": "bob", "at": "2026-03-10T09:00:00Z", "name": "joined"}]
    events = events_of(RUNNING, succeeded("t") | {"status": succeeded("t")["status"] | {"merged": merged}})
    assert [(each.event.task_id, each.event.status.value) for each in events] == [
        ("t", "completed"),
        ("joined", "completed"),
    ]


def routed(
    current: int, status: ProgressStatus = ProgressStatus.RUNNING, started: int = START, name: str = "t"
) -> Routed:
    event = ProgressEvent(
        task_id=name, type="customers", status=status, progress=Progress.of(current, 100), started_at=started
    )
    return Routed("erp", "acme", event)


def test_running_events_are_spaced_and_the_newest_one_wins() -> None:
    pacing = Pacing(0.25)
    assert pacing.offer(routed(1), 10.0) is not None
    assert pacing.offer(routed(2), 10.1) is None
    assert pacing.offer(routed(3), 10.2) is None
    assert pacing.holding
    assert pacing.due(10.2) == []
    assert [each.event.progress.current for each in pacing.due(10.26)] == [3]
    assert not pacing.holding
    assert pacing.offer(routed(4, name="another"), 10.26) is not None


def test_an_end_is_told_at_once_and_nothing_after_it() -> None:
    pacing = Pacing(0.25)
    pacing.offer(routed(1), 10.0)
    pacing.offer(routed(2), 10.1)
    assert pacing.offer(routed(100, ProgressStatus.COMPLETED), 10.11) is not None
    assert not pacing.holding
    assert pacing.offer(routed(99), 11.0) is None
    assert pacing.due(12.0) == []


def test_progress_never_goes_backwards_but_in_another_attempt() -> None:
    pacing = Pacing(0.25)
    pacing.offer(routed(50), 10.0)
    assert pacing.offer(routed(40), 11.0) is None
    assert pacing.offer(routed(0, started=START + 60_000), 12.0) is not None
    assert pacing.offer(routed(0, ProgressStatus.QUEUED), 13.0) is not None
    assert pacing.offer(routed(10), 14.0) is not None


def record(current: int, status: ProgressStatus = ProgressStatus.RUNNING) -> dict[str, str]:
    return ProgressRecord(namespace="erp", source="acme", phase="read", event=routed(current, status).event).to_fields()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (record(5), True),
        (record(100, ProgressStatus.COMPLETED), False),
        (record(5, ProgressStatus.ERROR), False),
        ({}, False),
        ({"namespace": "erp", "source": "acme", "event": "{"}, False),
        ({"namespace": "erp", "source": "acme", "event": '{"taskId": 1}'}, False),
    ],
)
def test_only_running_events_are_taken_from_the_stream(fields: dict[str, str], told: bool) -> None:
    assert (routed_of(fields) is not None) == told


class FakeStream:
    """A stream that breaks off when a test says so."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, dict[str, str]]] = [("1-0", record(1))]
        self.broken = False
        self.asked: list[str] = []

    async def newest(self) -> str:
        if self.broken:
            raise OSError("connection refused")
        return self.entries[-1][0] if self.entries else "0-0"

    async def after(self, entry_id: str) -> list[tuple[str, dict[str, str]]]:
        if self.broken:
            raise OSError("connection reset")
        self.asked.append(entry_id)
        await asyncio.sleep(0.005)
        return [
            entry for entry in self.entries if float(entry[0].replace("-", ".")) > float(entry_id.replace("-", "."))
        ]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a condition of any kind
            await asyncio.sleep(0.005)


async def test_reading_begins_at_the_end_and_goes_on_behind_the_last_entry_after_a_loss() -> None:
    stream, told, measurements = FakeStream(), [], Measurements()
    reader = ProgressReader(stream, told.append, measurements, lambda: 3.0)
    running = asyncio.create_task(reader.run())
    try:
        await until(lambda: bool(stream.asked))
        assert told == []
        stream.entries.append(("2-0", record(2)))
        await until(lambda: len(told) == 1)
        stream.broken = True
        await until(lambda: b"stream_connected 0.0" in measurements.text())
        stream.entries.append(("3-0", record(3)))
        stream.broken = False
        await until(lambda: len(told) == 2)
        assert [each.event.progress.current for each in told] == [2, 3]
        assert b"stream_connected 1.0" in measurements.text()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_rooms_are_from_wide_to_narrow() -> None:
    assert rooms_of("erp") == ["erp"]
    assert rooms_of("erp", "acme", "orders") == ["erp", "erp/acme", "erp/acme/orders"]


@pytest.mark.parametrize(
    ("origin", "environ", "allowed"),
    [
        ("https://sincro.test", {"HTTP_HOST": "sincro.test"}, True),
        ("https://sincro.test", {"HTTP_HOST": "pod:8000", "HTTP_X_FORWARDED_HOST": "sincro.test, inner"}, True),
        ("https://intranet.test", {"HTTP_HOST": "sincro.test"}, True),
        ("https://evil.test", {"HTTP_HOST": "sincro.test"}, False),
        ("https://sincro.test.evil.test", {"HTTP_HOST": "sincro.test"}, False),
        ("null", {"HTTP_HOST": "sincro.test"}, False),
        ("", {}, False),
    ],
)
def test_only_our_own_pages_and_named_sites_may_listen(origin: str, environ: dict[str, str], allowed: bool) -> None:
    assert origin_allowed(origin, environ, ("https://intranet.test",)) == allowed
