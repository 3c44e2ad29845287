"""What the invariants take for a slot that is held, and for the newest of what a schedule has made."""

import random

import pytest

from sincro_operator.cluster.api import JOBS, PODS, SCHEDULES, TASKS, Object
from sincro_operator.planning.model import Name
from tests.simulation.erp import SimulatedErp
from tests.simulation.invariants import Broken, Invariants
from tests.simulation.server import Server
from tests.simulation.virtual_time import START, Clock, simulate


def _job(name: str) -> Object:
    annotations = {"sincro.dev/source": "erp", "sincro.dev/task": "t"}
    return {"metadata": {"name": name, "labels": {"sincro.dev/type": "prices"}, "annotations": annotations}}


@pytest.mark.parametrize(
    ("phase", "gone", "concluded", "held"),
    [
        ("Running", False, False, True),
        ("Running", True, False, True),
        ("Failed", False, False, False),
        ("Failed", True, False, False),
        ("Succeeded", False, False, False),
        ("Running", True, True, False),
    ],
)
def test_who_holds_a_slot(phase: str, gone: bool, concluded: bool, held: bool) -> None:
    """An evicted pod is gone before the Job controller says that it failed: nothing runs any more once it has ended."""
    broken: list[Broken] = []

    async def story() -> None:
        server = Server(Clock(START), random.Random(1))
        erp = SimulatedErp(random.Random(2), longest=60)
        Invariants(server, erp, Clock(START), 10, broken.append)
        job = server.create(JOBS, "acme", _job("first"))
        owner = {"kind": "Job", "name": "first", "uid": job["metadata"]["uid"]}
        pod = Name("acme", "first-1")
        server.create(PODS, "acme", {"metadata": {"name": pod.name, "ownerReferences": [owner]}, "status": {}})
        server.patch(PODS, pod, {"status": {"phase": phase}}, "status")
        if gone:
            server.finish_pod(pod)
        if concluded:
            server.patch(JOBS, Name("acme", "first"), {"status": {"conditions": [{"type": "Failed"}]}}, "status")
        server.create(JOBS, "acme", _job("second"))

    simulate(story())
    assert [str(one) for one in broken] == ["two syncs of erp/prices: second beside first"] * held


@pytest.mark.parametrize(
    ("ends", "gone", "left"),
    [
        pytest.param(("27Z", "28Z", "29Z"), 0, None, id="the oldest goes"),
        pytest.param(("27Z", "28Z", "29Z"), 1, 1, id="one that is kept goes"),
        pytest.param(("28Z", "28.155Z", "29Z"), 0, None, id="the oldest ended at a whole second, the next within it"),
        pytest.param(("28Z", "28.155Z", "29Z"), 1, 1, id="the one within that second is kept"),
        pytest.param(("28.1Z", "28.155Z", "28.2Z"), 0, None, id="all within one second"),
        pytest.param(("28Z", "28Z", "28Z"), 0, None, id="all at one instant"),
    ],
)
def test_what_history_limits_keep(ends: tuple[str, ...], gone: int, left: int | None) -> None:
    """The limit is two. An end at a whole second is written without a fraction, and as a text it comes later."""
    broken: list[Broken] = []

    async def story() -> None:
        server = Server(Clock(START), random.Random(1))
        Invariants(server, SimulatedErp(random.Random(2), longest=60), Clock(START), 10, broken.append)
        spec = {"type": "prices", "historyLimits": {"succeeded": 2}}
        schedule = server.create(SCHEDULES, "acme", {"metadata": {"name": "prices"}, "spec": spec})
        owner = {"kind": "SyncSchedule", "name": "prices", "uid": schedule["metadata"]["uid"]}
        for number, end in enumerate(ends):
            metadata = {"name": f"run-{number}", "ownerReferences": [owner]}
            server.create(TASKS, "acme", {"metadata": metadata, "spec": {"scheduleRef": "prices"}})
            status = {"state": "Shadowed", "completedAt": f"2026-04-03T09:20:{end}"}
            server.patch(TASKS, Name("acme", f"run-{number}"), {"status": status}, "status")
        server.delete(TASKS, Name("acme", f"run-{gone}"))

    simulate(story())
    told = [f"run-{gone} (Shadowed) was pruned, {left} of 2 that are kept are left"] if left is not None else []
    assert [str(one) for one in broken] == told
