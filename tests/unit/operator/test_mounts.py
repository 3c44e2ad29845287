"""What a pod that cannot mount a volume lacks, by name."""

import asyncio
from typing import Any

import pytest

from sincro_operator.cluster.api import POD_EVENTS, PODS
from sincro_operator.cluster.creating import MountProblem
from sincro_operator.cluster.mounts import Mounts, is_due, mount_problem
from sincro_operator.planning.model import Name, Pod
from tests.simulation.virtual_time import simulate
from tests.unit.operator.cluster_in_memory import NAMESPACE, Bench, eventually

POD = {
    "metadata": {
        "name": "customers-1",
        "labels": {"batch.kubernetes.io/job-name": "customers", "app.kubernetes.io/managed-by": "sincro-operator"},
    },
    "spec": {
        "volumes": [
            {"name": "credentials", "secret": {"secretName": "erp-user"}},
            {"name": "database", "secret": {"secretName": "erp-database"}},
            {"name": "p", "configMap": {"name": "erp-profile"}},
        ]
    },
    "status": {
        "phase": "Pending",
        "containerStatuses": [{"name": "scraper", "state": {"waiting": {"reason": "ContainerCreating"}}}],
    },
}
FAILED = 'MountVolume.SetUp failed for volume "credentials" : secret "erp-user" not found'


def event(message: str, at: str = "2026-11-24T09:00:00Z", reason: str = "FailedMount") -> dict[str, Any]:
    return {"reason": reason, "message": message, "lastTimestamp": at}


@pytest.mark.parametrize(
    ("events", "reason", "message"),
    [
        ([event(FAILED)], "ConfigurationMissing", "Secret erp-user does not exist"),
        (
            [event(FAILED), event('MountVolume.SetUp failed for volume "p" : configmap "erp-profile" not found')],
            "ConfigurationMissing",
            "ConfigMap erp-profile does not exist and Secret erp-user does not exist",
        ),
        (
            [event('MountVolume.SetUp failed for volume "database" : references non-existent secret key: url')],
            "ConfigurationMissing",
            "Secret erp-database has no key url",
        ),
        (
            [event('MountVolume.SetUp failed for volume "p" : configmap references non-existent config key: x')],
            "ConfigurationMissing",
            "ConfigMap erp-profile has no key x",
        ),
        (
            [
                event(FAILED, "2026-11-24T08:50:00Z"),
                event('MountVolume.SetUp failed for volume "database" : secret "erp-database" not found'),
            ],
            "ConfigurationMissing",
            "Secret erp-database does not exist",
        ),
        (
            [
                event("MountVolume.MountDevice failed: exit status 32: no such host: nfs.example.com"),
                event("Unable to attach or mount volumes: unmounted volumes=[evidence]: timed out"),
            ],
            "FailedMount",
            "MountVolume.MountDevice failed: exit status 32: no such host: nfs.example.com",
        ),
    ],
)
def test_what_is_missing_is_named(events: list[dict[str, Any]], reason: str, message: str) -> None:
    assert mount_problem(POD, events) == MountProblem(reason, message)


@pytest.mark.parametrize("events", [[], [event("Pulling image", reason="Pulling")], [{}]])
def test_events_that_say_nothing(events: list[dict[str, Any]]) -> None:
    assert mount_problem(POD, events) is None


def seen(bench: Bench) -> Pod | None:
    job = bench.cache.snapshot.job(Name(NAMESPACE, "customers"))
    return job.pods[0] if job and job.pods else None


def test_it_is_asked_less_and_less_often() -> None:
    assert [rounds for rounds in range(70) if is_due(rounds)] == [1, 2, 4, 8, 16, 32, 48, 64]


def test_only_a_pod_that_waits_is_asked_about_and_the_words_go_when_it_starts() -> None:
    async def story() -> None:
        bench = Bench()
        created = bench.server.create(PODS, NAMESPACE, POD)
        uid, name = created["metadata"]["uid"], Name(NAMESPACE, "customers-1")
        about = {"metadata": {"name": "customers-1.1"}, "involvedObject": {"uid": uid}}
        bench.server.create(POD_EVENTS, NAMESPACE, about | event(FAILED))
        bench.cache.pods.upsert(created)
        runner = asyncio.ensure_future(Mounts(bench.api, bench.cache.creating).run())
        try:
            await eventually(lambda: (pod := seen(bench)) is not None and pod.waiting_reason == "ConfigurationMissing")
            pod = seen(bench)
            assert pod is not None
            assert pod.waiting_message == "Secret erp-user does not exist"
            status = {"phase": "Running", "containerStatuses": [{"name": "scraper", "state": {"running": {}}}]}
            bench.cache.pods.upsert(bench.server.patch(PODS, name, {"status": status}, "status"))
            pod = seen(bench)
            assert pod is not None
            assert (pod.waiting_reason, pod.waiting_message) == (None, "")
            assert bench.cache.creating.pods() == frozenset()
        finally:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)

    simulate(story())
