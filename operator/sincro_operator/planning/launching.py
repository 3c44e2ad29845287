"""A task that was given a slot -> its Job.

Decided here: the mode it runs in (with planning.mode_choice), and whether the probe is asked first: only while nobody
waits for the answer, and never twice (a retry reads).
"""

from dataclasses import replace
from datetime import datetime

from sincro_contract.run import Mode
from sincro_operator.planning import circuit_breaker, mode_choice, naming
from sincro_operator.planning.actions import EventNote, LaunchJob
from sincro_operator.planning.attempts import launched
from sincro_operator.planning.demand import Waiting
from sincro_operator.planning.model import Source, TypeStatistics


def launch(waiting: Waiting, source: Source, record: TypeStatistics | None, now: datetime) -> LaunchJob:
    """Create the task's next Job."""
    task, before = waiting.task, waiting.status
    code = before.last_error.code if before.last_error is not None else ""
    mode, reason = mode_choice.choose(task.mode, source, record, last_code=code)
    number = before.launches + 1
    job = naming.job_name(task.name, task.uid, number)
    status = replace(
        launched(task, before, job.name, number, now, mode),
        mode_reason=reason if mode is not task.mode else task.mode_reason,
        source_revision=circuit_breaker.revision(source),
    )
    event = None
    if waiting.person:
        more = f" ({reason})" if reason is not None and mode is not task.mode else ""
        event = EventNote("Started", f"{mode.value} of {task.type}, attempt {status.attempt}, Job {job.name}{more}")
    probe = task.probe and mode is Mode.DELTA and not waiting.person and status.attempt == 1
    return LaunchJob(task, source, job, number, status.attempt, mode, status, event, probe)
