"""Jobs and pods of the API -> the planner's facts. Total, like `cluster.facts`.

Decided here: which of the many things that Kubernetes says about a pod are kept, and in which words.
"""

from dataclasses import replace
from typing import Any

from sincro_contract.run import Mode
from sincro_operator.cluster.api import Object
from sincro_operator.cluster.fields import EPOCH, child, children, instant, name_of, read, shared, text
from sincro_operator.planning.model import Job, Name, Pod

MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGER = "sincro-operator"
SELECTOR = f"{MANAGED_BY}={MANAGER}"
"""Jobs and pods that are ours; everything else in the cluster is not even watched."""
TASK_UID = "sincro.dev/task-uid"
TASK = "sincro.dev/task"
LAUNCH = "sincro.dev/launch"
CONTAINER = "scraper"
"""The container of a pod that is ours; a mesh may have put others beside it."""
SOURCE = "sincro.dev/source"
TYPE = "sincro.dev/type"
MODE = "sincro.dev/mode"
REVISION = "sincro.dev/source-revision"
"""Annotations: as what, and of which source, it was launched; an operator that finds it knows no other way."""
OPERATOR = "sincro.dev/operator"
"""An annotation: which of several operators made it."""


def job_of(obj: Object, pods: tuple[Pod, ...] = ()) -> Job:
    """The fact of a Job of ours. Who it belongs to stands in its labels and annotations, and in its pods' too.

    Without its version: most of what happens to a Job is nothing to the planner, and equal facts wake nobody.
    """
    metadata, status = child(obj, "metadata"), child(obj, "status")
    complete, failed = _true(status, "Complete"), _true(status, "Failed")
    ended = complete or failed
    return Job(
        name=name_of(obj),
        uid=text(metadata.get("uid") or ""),
        **_belongs_to(metadata),
        created=read(metadata, "creationTimestamp", instant, EPOCH),
        deleting=metadata.get("deletionTimestamp") is not None,
        deleted_at=read(metadata, "deletionTimestamp", instant, None),
        complete=complete is not None,
        failed=failed is not None,
        failed_reason=read(failed, "reason", shared, None),
        failed_message=read(failed, "message", text, ""),
        ended_at=read(ended, "lastTransitionTime", instant, None),
        pods=pods,
    )


def remnant_of(pod: Object, pods: tuple[Pod, ...]) -> Job:
    """The fact of a Job that is gone while this pod of its is not: it still holds its slot."""
    metadata = child(pod, "metadata")
    created = read(metadata, "creationTimestamp", instant, EPOCH)
    return remnant(Job(name=job_name_of(pod), uid="", **_belongs_to(metadata), created=created), pods)


def remnant(job: Job, pods: tuple[Pod, ...]) -> Job:
    """The fact of a Job that is gone while some of these pods are not. Nothing but them can be deleted any more, and
    who deleted the Job may have left them running: it is being deleted where they are."""
    left = [pod for pod in pods if pod.occupies]
    over = [pod.deleted_at for pod in left if pod.deleted_at is not None]
    deleting = all(pod.deleting for pod in left)
    return replace(job, uid="", deleting=deleting, deleted_at=max(over) if deleting and over else None, pods=pods)


def job_name_of(pod: Object) -> Name:
    """The Job that a pod belongs to."""
    metadata = child(pod, "metadata")
    labels = child(metadata, "labels")
    job = labels.get("batch.kubernetes.io/job-name") or labels.get("job-name") or ""
    return Name(shared(metadata.get("namespace") or ""), shared(job))


def _belongs_to(metadata: Object) -> dict[str, Any]:
    labels, annotations = child(metadata, "labels"), child(metadata, "annotations")
    return {
        "task": read(annotations, TASK, text, ""),
        "task_uid": read(labels, TASK_UID, text, ""),
        "launch": read(annotations, LAUNCH, int, 0),
        "source": read(annotations, SOURCE, shared, ""),
        "type": read(labels, TYPE, shared, ""),
        "operator": read(annotations, OPERATOR, shared, ""),
        "mode": read(annotations, MODE, Mode, None),
        "revision": read(annotations, REVISION, shared, None),
    }


def pod_of(obj: Object) -> Pod:
    """The fact of a pod of ours."""
    metadata, spec, status = child(obj, "metadata"), child(obj, "spec"), child(obj, "status")
    container = next((one for one in children(status, "containerStatuses") if one.get("name") == CONTAINER), {})
    state = child(container, "state")
    # After a restart of the kubelet the end may stand in lastState alone.
    terminated = child(state, "terminated") or child(child(container, "lastState"), "terminated")
    waiting, running = child(state, "waiting"), child(state, "running")
    phase = read(status, "phase", shared, "Pending")
    return Pod(
        name=text(metadata.get("name") or ""),
        uid=text(metadata.get("uid") or ""),
        phase=phase,
        node=read(spec, "nodeName", shared, None),
        created=read(metadata, "creationTimestamp", instant, None),
        scheduled=_true(status, "PodScheduled") is not None,
        unschedulable=_unschedulable(status),
        waiting_reason=read(waiting, "reason", shared, None),
        waiting_message=read(waiting, "message", text, "") or _mounted(spec, waiting),
        started_at=read(running or terminated, "startedAt", instant, None),
        ended_at=read(terminated, "finishedAt", instant, None),
        exit_code=read(terminated, "exitCode", int, None),
        termination_reason=read(terminated, "reason", shared, None),
        termination_message=read(terminated, "message", text, ""),
        disrupted=_disrupted(status),
        deleting=metadata.get("deletionTimestamp") is not None,
        deleted_at=read(metadata, "deletionTimestamp", instant, None),
    )


def _mounted(spec: Object, waiting: Object) -> str:
    """What a container that is not created yet may be waiting for: its pod does not say which volume is missing."""
    if waiting.get("reason") != "ContainerCreating":
        return ""
    volumes = children(spec, "volumes")
    secrets = [f"Secret {child(volume, 'secret').get('secretName')}" for volume in volumes if "secret" in volume]
    maps = [f"ConfigMap {child(volume, 'configMap').get('name')}" for volume in volumes if "configMap" in volume]
    claims = [
        f"PersistentVolumeClaim {child(volume, 'persistentVolumeClaim').get('claimName')}"
        for volume in volumes
        if "persistentVolumeClaim" in volume
    ]
    needs = ", ".join(secrets + maps + claims)
    return f"it needs {needs}" if needs else ""


def _true(status: Object, type_: str) -> Object | None:
    """The condition of this type, if it is true."""
    for condition in children(status, "conditions"):
        if condition.get("type") == type_ and condition.get("status") == "True":
            return condition
    return None


def _unschedulable(status: Object) -> str | None:
    for condition in children(status, "conditions"):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return str(condition.get("message") or condition.get("reason") or "not scheduled")
    return None


def _disrupted(status: Object) -> str | None:
    condition = _true(status, "DisruptionTarget")
    if condition is not None:
        return str(condition.get("message") or condition.get("reason") or "disrupted")
    if status.get("reason") in ("Evicted", "NodeLost", "Shutdown", "NodeShutdown", "Preempting", "Terminated"):
        return str(status.get("message") or status["reason"])
    return None
