"""Jobs of ours joined with their pods, in whatever order either comes and goes: the planner sees one fact a Job.

Decided here: that a Job which is gone stays while a pod of its holds the slot, and that what has ended stays while
nobody has read it (`cluster.unread`). Not here: what follows from a pod's state (planning.observe).
"""

from collections.abc import Callable
from dataclasses import replace

from sincro_operator.cluster.api import Object
from sincro_operator.cluster.creating import Creating
from sincro_operator.cluster.fields import name_of
from sincro_operator.cluster.unread import unread
from sincro_operator.cluster.workload import job_name_of, job_of, pod_of, remnant, remnant_of
from sincro_operator.planning.model import Job, Name, Pod
from sincro_operator.planning.snapshot import Snapshot


class JobsAndPods:
    """Puts Jobs into a snapshot. What is taken in says whether anything that matters has changed."""

    def __init__(self, snapshot: Snapshot, wake: Callable[[], None]) -> None:
        self.creating = Creating(self._explained)
        self._snapshot = snapshot
        self._wake = wake
        self._pods: dict[Name, dict[str, Pod]] = {}
        """By Job and name: the pods that are there, and those of `_left`."""
        self._job_of_pod: dict[Name, Name] = {}
        self._remnants: set[Name] = set()
        """Jobs that are gone and stay."""
        self._unread: dict[str, set[Name]] = {}
        """By uid of a task that does not say yet how they ended: Jobs that are gone, or have pods that are."""
        self._left: dict[Name, set[str]] = {}
        """Job -> ended pods that are gone and kept."""

    # ------------------------------------------------------------ what comes and goes

    def take_job(self, obj: Object) -> bool:
        """A Job of ours, as it is now."""
        name = name_of(obj)
        self._remnants.discard(name)
        return self._put(job_of(obj, self._pods_of(name)))

    def drop_job(self, name: Name) -> None:
        """The Job is gone."""
        job, pods = self._snapshot.job(name), self._pods_of(name)
        if job is not None and any(pod.occupies for pod in pods):
            self._remnants.add(name)
            self._snapshot.put_job(remnant(job, pods))
        elif job is not None and self._keep(job):
            self._remnants.add(name)
        else:
            self._drop_whole(name)

    def take_pod(self, obj: Object) -> bool:
        """A pod of ours, as it is now; one that belongs to no Job is ignored."""
        pod, job_name, pod_name = pod_of(obj), job_name_of(obj), name_of(obj)
        if not job_name.name:
            return False
        self._job_of_pod[pod_name] = job_name
        if job_name in self._left:  # A restored backup brings back what was gone.
            self._left[job_name].discard(pod.name)
        self._pods.setdefault(job_name, {})[pod.name] = self.creating.see(pod_name, pod)
        return self._join(job_name, lambda pods: remnant_of(obj, pods))

    def drop_pod(self, name: Name) -> None:
        """The pod is gone."""
        self.creating.gone(name)
        job_name = self._job_of_pod.pop(name, None)
        if job_name is None:
            return
        pods = self._pods.get(job_name, {})
        pod, job = pods.get(name.name), self._snapshot.job(job_name)
        if pod is not None and not pod.occupies and job is not None and self._keep(job):
            self._left.setdefault(job_name, set()).add(name.name)
            return
        pods.pop(name.name, None)
        if not pods:
            self._pods.pop(job_name, None)
        self._join(job_name, None)

    def let_go(self, task_uid: str) -> None:
        """The task may say now how its Jobs ended: what is gone and has been read is dropped."""
        for name in self._unread.pop(task_uid, ()):
            job = self._snapshot.job(name)
            if job is None or self._keep(job):
                continue
            self._drop_left(name)
            self._join(name, None)

    # ------------------------------------------------------------ joined, kept, dropped

    def _explained(self, name: Name, pod: Pod) -> None:
        job_name = self._job_of_pod[name]
        self._pods.setdefault(job_name, {})[pod.name] = pod
        if self._join(job_name, None):
            self._wake()

    def _join(self, name: Name, made_of: Callable[[tuple[Pod, ...]], Job] | None) -> bool:
        """Give the Job its pods as they are now; a Job that is gone stays while one of them holds its slot."""
        job, pods = self._snapshot.job(name), self._pods_of(name)
        if job is not None and name not in self._remnants:
            return self._put(replace(job, pods=pods))
        if any(pod.occupies for pod in pods):
            self._remnants.add(name)
            if job is not None:
                return self._put(remnant(job, pods))
            return made_of is not None and self._put(made_of(pods))
        if job is None:
            return False
        ended = replace(job, pods=pods)
        if self._keep(ended):
            return self._put(ended)
        self._drop_whole(name)
        return True

    def _put(self, job: Job) -> bool:
        if self._snapshot.job(job.name) == job:
            return False
        self._snapshot.put_job(job)
        return True

    def _keep(self, job: Job) -> bool:
        """Whether the Job is unread; then it stays until its task says how it ended, gone or not."""
        if not unread(job, self._snapshot.task(job.name._replace(name=job.task))):
            return False
        self._unread.setdefault(job.task_uid, set()).add(job.name)
        return True

    def _drop_whole(self, name: Name) -> None:
        self._remnants.discard(name)
        self._drop_left(name)
        self._snapshot.drop_job(name)

    def _drop_left(self, name: Name) -> None:
        """The Job's ended pods that are gone and were kept."""
        for pod in self._left.pop(name, ()):
            self._pods.get(name, {}).pop(pod, None)
        if not self._pods.get(name):
            self._pods.pop(name, None)

    def _pods_of(self, job: Name) -> tuple[Pod, ...]:
        pods = self._pods.get(job)
        return tuple(sorted(pods.values(), key=lambda pod: pod.name)) if pods else ()
