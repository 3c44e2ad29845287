"""What a wait is about, by its reason, in values that pages can say in another language."""

from typing import Any

import pytest

from sincro_dashboard.views.resources import read_task
from sincro_dashboard.views.waiting import NOTHING, Surroundings, waiting_values
from tests.unit.dashboard.fake_cluster import NOW
from tests.unit.dashboard.objects import source, stamp, task

AT = "2026-03-10T09:30:00+00:00"
RUNNING = [
    task("orders-1", "Running", type_="orders"),
    task("customers-1", "Running"),
    task("elsewhere", "Running", spec={"sourceRef": {"name": "beta"}}),
    task("queued"),
]
BUSY = Surroundings.of([source(maxConcurrent=2)], RUNNING)
PAUSED = Surroundings.of([source(paused=True, pausedBy="bob", pauseReason="Inventory")], [])


def waits(reason: str, **more: Any) -> dict[str, Any]:
    return task("t", waitingFor={"reason": reason, "message": "Said in English.", "since": stamp(NOW)}, **more)


@pytest.mark.parametrize(
    ("obj", "around", "values"),
    [
        (waits("Paused"), PAUSED, {"source": "acme", "by": "bob", "why": "Inventory"}),
        (waits("Paused"), NOTHING, {"source": "acme"}),
        (waits("SourceBusy"), BUSY, {"source": "acme", "limit": "2", "tasks": "customers-1, orders-1"}),
        (waits("SourceBusy"), NOTHING, {"source": "acme"}),
        (waits("TypeBusy"), BUSY, {"source": "acme", "type": "customers", "tasks": "customers-1"}),
        (waits("QueuedBehind", queuePosition=3), BUSY, {"n": "2"}),
        (waits("QueuedBehind"), BUSY, {}),
        (waits("QuietHours", estimatedStart=stamp(NOW)), BUSY, {"source": "acme", "at": AT}),
        (waits("CircuitOpen"), BUSY, {"source": "acme"}),
        (waits("NotBefore", spec={"notBefore": stamp(NOW)}), BUSY, {"at": AT}),
        (waits("BackingOff", attempt=1, nextAttemptAt=stamp(NOW)), BUSY, {"n": "2", "of": "3", "at": AT}),
        (waits("Unschedulable"), BUSY, {}),
        (waits("AddedLater"), BUSY, {}),
        (task("t"), BUSY, {}),
    ],
)
def test_values(obj: dict[str, Any], around: Surroundings, values: dict[str, str]) -> None:
    read = read_task(obj)
    assert read is not None
    assert waiting_values(obj, read, around) == values
