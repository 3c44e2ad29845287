"""Ended Jobs that nobody has read: end and removal may arrive together, and a sync without a result would run again.

Decided here: until when an ended Job is unread. Not here: what is done to keep it (`cluster.jobs_and_pods`).
"""

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.model import Job, Task


def unread(job: Job, task: Task | None) -> bool:
    """Whether the Job or a pod of its has ended and its task, as it stands in the cluster, does not say yet how."""
    if not (job.complete or job.failed or any(not pod.occupies for pod in job.pods)):
        return False
    if task is None or task.uid != job.task_uid or task.status.state.final:
        return False
    status = task.status
    return job.launch > status.launches or (status.state is TaskState.RUNNING and status.job == job.name.name)
