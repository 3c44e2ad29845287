"""What Kubernetes says of a Job and its pods -> where the attempt stands: alive, stuck, or ended.

Decided here: which pod counts, when a slot is free again, and for how long a pod may fail to start (each with words
that say what to do). Success is taken from the pod's end at once: the Job is Complete a second later, or never seen so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sincro_contract.exit_codes import ErrorClass
from sincro_operator.planning import outcome
from sincro_operator.planning.clock import after
from sincro_operator.planning.model import CONFIGURATION_MISSING, Job, Limits, Pod
from sincro_operator.planning.outcome import Ended

_SETTLING = timedelta(seconds=15)
"""A pod that starts slower than this is explained to people."""
_UNREAD = timedelta(minutes=2)
"""So long after the end of a Job of which no pod is known its result may still arrive."""
_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "RegistryUnavailable"})
_CONFIG = frozenset({"CreateContainerConfigError", CONFIGURATION_MISSING})


@dataclass(frozen=True, slots=True)
class Alive:
    """It may yet end well. `trouble` (reason, message) is what people should know; look again at `again`."""

    started_at: datetime | None = None
    node: str | None = None
    trouble: tuple[str, str] | None = None
    again: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stuck:
    """It will not end by itself: stop it, for this reason."""

    error_class: ErrorClass
    message: str


Sight = Alive | Stuck | Ended


def occupies(job: Job) -> bool:
    """Whether the Job holds a slot: while one of its containers runs or may yet run.

    A Job that is being deleted and whose pods were never seen holds it until it is gone (its deletion waits for them).
    """
    if any(pod.occupies for pod in job.pods):
        return True
    return not (job.complete or job.failed or job.pods)


def look(job: Job, timeout: timedelta, now: datetime, limits: Limits) -> Sight:
    """Where the attempt that this Job carries stands."""
    pods = sorted(job.pods, key=lambda pod: (pod.created or job.created, pod.name))
    ends = [end for pod in pods if (end := outcome.of_pod(pod)) is not None]
    for end in ends:
        if end.error is None:
            return end
    running = [pod for pod in pods if pod.occupies]
    if not running and job.failed_reason == "DeadlineExceeded" and (late := outcome.of_job(job)) is not None:
        return late
    if ends and not running:
        return ends[-1]
    if not running and (end := outcome.of_job(job)) is not None:
        # Pods and Jobs are told of on watches of their own: what the pod has to say may be on its way.
        over = after(job.ended_at or job.created, _UNREAD)
        return end if now >= over else Alive(again=over)
    return _unended(job, running[-1] if running else None, timeout, now, limits)


def _unended(job: Job, pod: Pod | None, timeout: timedelta, now: datetime, limits: Limits) -> Alive | Stuck:
    if pod is not None and pod.started_at is not None:
        # The run's own limit ends it with an outcome, the Job's limit a little later; this is for when both are deaf.
        last = after(pod.started_at, timeout, limits.start_deadline, limits.stop_deadline)
        if now >= last:
            return Stuck(ErrorClass.TIMEOUT, "The sync is far beyond its timeout and nothing in the cluster ended it.")
        return Alive(pod.started_at, pod.node, again=last)
    begun = job.created
    deadline = after(begun, limits.start_deadline)
    error, reason, message = _not_started(pod)
    if now >= deadline or (pod is not None and pod.waiting_reason == "InvalidImageName"):
        return Stuck(error, message)
    explained = after(begun, _SETTLING)
    if now >= explained:
        return Alive(None, pod.node if pod else None, (reason, message), deadline)
    return Alive(None, pod.node if pod else None, None, explained)


def _not_started(pod: Pod | None) -> tuple[ErrorClass, str, str]:
    """Class, reason and message of a container that has not started."""
    if pod is None:
        return (
            ErrorClass.UNSCHEDULABLE,
            "NoPod",
            "Kubernetes has made no pod for the Job: look for a ResourceQuota, a LimitRange or an admission policy "
            "that refuses it (kubectl describe job).",
        )
    if pod.unschedulable is not None and not pod.scheduled:
        return (
            ErrorClass.UNSCHEDULABLE,
            "Unschedulable",
            f"No node takes the pod: {pod.unschedulable} Free resources, add a node, or change spec.scraper of the "
            "SyncSource (resources, nodeSelector, tolerations).",
        )
    said = f": {pod.waiting_message}" if pod.waiting_message else ""
    if pod.waiting_reason in _IMAGE:
        return (
            ErrorClass.IMAGE_UNAVAILABLE,
            "ImageUnavailable",
            f"The scraper's image cannot be pulled ({pod.waiting_reason}{said}). Check its name, its tag and the "
            "registry's credentials.",
        )
    if pod.waiting_reason in _CONFIG:
        return (
            ErrorClass.CONFIG_INVALID,
            CONFIGURATION_MISSING,
            f"A Secret or ConfigMap that the pod needs is missing or lacks a key{said}. Create it: a pod that still "
            "waits then starts by itself; a task that has ended needs a retry.",
        )
    return (
        ErrorClass.UNKNOWN,
        "Starting",
        f"The container has not started ({pod.waiting_reason or pod.phase}{said}). Usually a Secret or ConfigMap that "
        "does not exist, a volume that cannot be mounted, or an image that is being pulled (kubectl describe pod).",
    )
