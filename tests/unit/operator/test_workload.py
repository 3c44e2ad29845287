"""What Kubernetes says of Jobs and pods, in the planner's words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sincro_operator.cluster.workload import job_of, pod_of, remnant_of
from sincro_operator.planning.model import Name
from tests.unit.operator import objects


def container(**state: Any) -> dict[str, Any]:
    return {"containerStatuses": [{"name": "scraper", "state": state}]}


def test_a_job_says_whose_it_is() -> None:
    fact = job_of(objects.job())
    assert (fact.name, fact.uid) == (Name("acme", "t1-1"), "uid-j1")
    assert (fact.task, fact.task_uid, fact.launch, fact.source, fact.type) == ("t1", "uid-t1", 1, "erp", "customers")
    assert (fact.complete, fact.failed, fact.deleting) == (False, False, False)


def test_a_failed_job_says_why_and_when() -> None:
    condition = {
        "type": "Failed",
        "status": "True",
        "reason": "DeadlineExceeded",
        "message": "Job was active longer than specified deadline",
        "lastTransitionTime": "2026-03-23T08:30:00Z",
    }
    fact = job_of(objects.job(status={"conditions": [{"type": "Suspended", "status": "False"}, condition]}))
    assert (fact.failed, fact.complete, fact.failed_reason) == (True, False, "DeadlineExceeded")
    assert fact.ended_at == datetime(2026, 3, 23, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"phase": "Pending"}, {"occupies": True, "scheduled": False, "waiting_reason": None}),
        (
            {
                "phase": "Pending",
                "conditions": [{"type": "PodScheduled", "status": "False", "message": "0/2 nodes are available"}],
            },
            {"unschedulable": "0/2 nodes are available", "occupies": True},
        ),
        (
            {
                "phase": "Pending",
                "conditions": [{"type": "PodScheduled", "status": "True"}],
                **container(waiting={"reason": "ErrImagePull", "message": "not found"}),
            },
            {"scheduled": True, "waiting_reason": "ErrImagePull", "waiting_message": "not found", "occupies": True},
        ),
        (
            {"phase": "Running", **container(running={"startedAt": "2026-03-23T08:01:00Z"})},
            {"started_at": datetime(2026, 3, 23, 8, 1, tzinfo=UTC), "occupies": True, "exit_code": None},
        ),
        (
            {
                "phase": "Running",
                **container(
                    terminated={
                        "exitCode": 21,
                        "reason": "Error",
                        "message": '{"error":{}}',
                        "startedAt": "2026-03-23T08:01:00Z",
                        "finishedAt": "2026-03-23T08:02:00Z",
                    }
                ),
            },
            {
                "exit_code": 21,
                "ended_at": datetime(2026, 3, 23, 8, 2, tzinfo=UTC),
                "termination_message": '{"error":{}}',
                "occupies": False,
            },
        ),
        (
            {
                "phase": "Failed",
                "reason": "Evicted",
                "message": "The node was low on resource: memory.",
            },
            {"disrupted": "The node was low on resource: memory.", "occupies": False},
        ),
        (
            {
                "phase": "Running",
                "conditions": [{"type": "DisruptionTarget", "status": "True", "message": "preempted by scheduler"}],
            },
            {"disrupted": "preempted by scheduler", "occupies": True},
        ),
    ],
)
def test_a_pod(status: dict[str, Any], expected: dict[str, Any]) -> None:
    fact = pod_of(objects.pod(status=status))
    assert {key: getattr(fact, key) for key in expected} == expected


def test_a_container_that_waits_for_its_volumes_says_for_which() -> None:
    volumes = [
        {"name": "a", "emptyDir": {}},
        {"name": "b", "secret": {"secretName": "user"}},
        {"name": "c", "configMap": {"name": "profile"}},
        {"name": "d", "persistentVolumeClaim": {"claimName": "evidence"}},
    ]
    status = {"phase": "Pending", **container(waiting={"reason": "ContainerCreating"})}
    fact = pod_of(objects.pod(spec={"volumes": volumes}, status=status))
    assert fact.waiting_message == "it needs Secret user, ConfigMap profile, PersistentVolumeClaim evidence"


def test_a_remnant_is_a_job_that_only_its_pod_remembers() -> None:
    pod = objects.pod()
    fact = remnant_of(pod, (pod_of(pod),))
    assert (fact.name, fact.uid, fact.deleting) == (Name("acme", "t1-1"), "", False)
    assert (fact.task_uid, fact.source, fact.type) == ("uid-t1", "erp", "customers")


def test_a_container_that_a_mesh_has_put_beside_ours_says_nothing_of_the_sync() -> None:
    """The kubelet sorts them by name: `istio-proxy` comes before `scraper`."""
    proxy = {"name": "istio-proxy", "state": {"running": {"startedAt": "2026-03-23T08:00:00Z"}}}
    ours = {"name": "scraper", "state": {"terminated": {"exitCode": 21, "finishedAt": "2026-03-23T08:01:00Z"}}}
    fact = pod_of(objects.pod(status={"phase": "Running", "containerStatuses": [proxy, ours]}))
    assert (fact.exit_code, fact.occupies) == (21, False)
