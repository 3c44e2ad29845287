"""SIGKILL of the operator at five points of a sync: one Job an attempt, and the task ends well all the same."""

import json
from collections.abc import Callable

import pytest

from dev.demo.install import Installation
from dev.demo.kube import follow, kubectl, request_sync
from tests.e2e.sync.conftest import SOURCE, restarts

pytestmark = pytest.mark.kills_operator


def kill(namespace: str) -> None:
    """SIGKILL, and a new process: the pod is deleted without grace, which is what a lost node looks like."""
    pod = next(iter(restarts(namespace)))
    kubectl("delete", "pod", pod, "-n", namespace, "--grace-period=0", "--force")


def when_job_exists(namespace: str, task: str) -> None:
    _wait(namespace, f"synctask/{task}", "jsonpath={.status.job}")


def when_running(namespace: str, task: str) -> None:
    _wait(namespace, f"synctask/{task}", "jsonpath={.status.state}=Running")


def when_container_runs(namespace: str, task: str) -> None:
    uid = kubectl("get", "synctask", task, "-n", namespace, "-o", "jsonpath={.metadata.uid}")
    when_job_exists(namespace, task)
    kubectl(
        "wait", "pod", "-n", namespace, "-l", f"sincro.dev/task-uid={uid}",
        "--for=jsonpath={.status.containerStatuses[0].started}", "--timeout=60s",
    )  # fmt: skip


def when_pod_ended(namespace: str, task: str) -> None:
    uid = kubectl("get", "synctask", task, "-n", namespace, "-o", "jsonpath={.metadata.uid}")
    when_job_exists(namespace, task)
    kubectl(
        "wait", "pod", "-n", namespace, "-l", f"sincro.dev/task-uid={uid}",
        "--for=jsonpath={.status.phase}=Succeeded", "--timeout=120s",
    )  # fmt: skip


def at_once(_namespace: str, _task: str) -> None:
    """Right after the request."""


def _wait(namespace: str, what: str, condition: str) -> None:
    kubectl("wait", what, "-n", namespace, f"--for={condition}", "--timeout=60s")


@pytest.mark.parametrize("point", [at_once, when_job_exists, when_running, when_container_runs, when_pod_ended])
def test_one_job_an_attempt(demo: Installation, point: Callable[[str, str], None]) -> None:
    task = request_sync(demo.namespace, SOURCE, "products")
    point(demo.namespace, task)
    kill(demo.namespace)
    ended = follow(task, demo.namespace, timeout=180)
    assert ended["status"]["state"] == "Succeeded", ended["status"]
    uid = ended["metadata"]["uid"]
    jobs = json.loads(kubectl("get", "jobs", "-n", demo.namespace, "-l", f"sincro.dev/task-uid={uid}", "-o", "json"))
    assert len(jobs["items"]) == ended["status"]["launches"] == len(ended["status"]["attempts"]) == 1
    pods = json.loads(kubectl("get", "pods", "-n", demo.namespace, "-l", f"sincro.dev/task-uid={uid}", "-o", "json"))
    assert len(pods["items"]) == 1
