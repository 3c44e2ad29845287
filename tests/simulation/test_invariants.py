"""What the invariants take for a slot that is held, where a Job and its pod do not end together."""

import random

import pytest

from sincro_operator.cluster.api import JOBS, PODS, Object
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
