"""What the container of a sync left behind -> how the attempt ended.

Decided here: which of exit code, termination message and Kubernetes' own words is believed. Not here: what the end
means for the task (planning.attempts), or what a pod that has not ended is waiting for (planning.observe).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from sincro_contract.exit_codes import EXIT_OK, ErrorClass
from sincro_contract.result import Outcome, RunError, RunResult
from sincro_operator.planning.model import Job, Pod, TaskError

_SIGKILL = 137
_MOST, _PHASES = 2**53 - 1, 64
"""What a status can hold: JSON's whole numbers, and the schema's limit of phases."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended: well (no error; the result may be unknown), or not."""

    error: TaskError | None = None
    result: RunResult | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    node: str | None = None


def read_message(text: str) -> Outcome | None:
    """The termination message; None where there is none or it is not one of ours (a stack trace, a kernel's word, or
    numbers that no sync can have)."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        outcome = Outcome.model_validate_json(text)
    except ValidationError:
        return None
    return outcome if outcome.result is None or _plausible(outcome.result) else None


def _plausible(result: RunResult) -> bool:
    """Whether the API server would take it, and whoever calculates with it."""
    numbers = [value for value in result.model_dump(exclude={"phases"}).values() if isinstance(value, int)]
    phases = result.phases.values()
    return max((*numbers, *phases)) <= _MOST and min((0, *phases)) == 0 and len(phases) <= _PHASES


def of_pod(pod: Pod) -> Ended | None:
    """How the pod's container ended; None while it has not."""
    if pod.occupies:
        return None
    outcome = read_message(pod.termination_message)
    succeeded = pod.exit_code == EXIT_OK or (pod.exit_code is None and pod.phase == "Succeeded")
    if succeeded and (outcome is None or outcome.error is None):
        return _ended(pod, None, outcome.result if outcome else None)
    return _ended(pod, _error(pod, outcome.error if outcome else None), None)


def of_job(job: Job) -> Ended | None:
    """How a Job ended whose pods can no longer be read; None while it has not."""
    if job.complete:
        return Ended(ended_at=job.ended_at)
    if not job.failed:
        return None
    if job.failed_reason == "DeadlineExceeded":
        error = TaskError(ErrorClass.TIMEOUT, "The Job ran into its time limit and was stopped by Kubernetes.")
    else:
        said = ": ".join(part for part in (job.failed_reason, job.failed_message) if part)
        error = TaskError(
            ErrorClass.UNKNOWN, f"The Job failed and its pod was gone before it could be read ({said or 'no reason'})."
        )
    return Ended(error, ended_at=job.ended_at)


def _ended(pod: Pod, error: TaskError | None, result: RunResult | None) -> Ended:
    return Ended(error, result, pod.started_at, pod.ended_at, pod.node)


def _error(pod: Pod, said: RunError | None) -> TaskError:
    code = pod.exit_code
    coded = ErrorClass.UNKNOWN if code in (None, EXIT_OK) else ErrorClass.from_exit_code(code or 1)
    if pod.termination_reason == "OOMKilled":
        return TaskError(
            ErrorClass.OUT_OF_MEMORY,
            "The scraper was killed for using more memory than its limit. Raise spec.scraper.resources.limits.memory "
            "of the SyncSource, or let the profile read smaller pages.",
        )
    # A permanent verdict was reached before the disruption; anything else is what a disruption looks like from inside.
    if pod.disrupted is not None and not coded.permanent:
        return TaskError(ErrorClass.DISRUPTED, f"The pod was taken away by the cluster: {pod.disrupted}")
    if said is not None:
        return TaskError(
            error_class=coded if coded is not ErrorClass.UNKNOWN else said.error_class,
            message=said.message,
            code=said.code,
            fingerprint=said.fingerprint,
            artifacts=tuple(said.artifacts),
            retry_after=_seconds(said.retry_after_seconds),
        )
    return TaskError(coded, _wordless(pod))


def _seconds(value: int | None) -> timedelta | None:
    return None if value is None else timedelta(seconds=min(value, 10**9))


def _wordless(pod: Pod) -> str:
    """What can be said of a container that ended without a document of ours."""
    if pod.exit_code is None:
        return f"The pod failed before its container started ({pod.waiting_reason or pod.phase})."
    if pod.exit_code == EXIT_OK:
        return "The scraper ended with code 0 and reported an error."
    killed = " (killed: out of memory on the node, or its grace period was over)" if pod.exit_code == _SIGKILL else ""
    tail = f": {pod.termination_message.strip()[:500]}" if pod.termination_message.strip() else " and left no message."
    return f"The scraper ended with code {pod.exit_code}{killed}{tail}"
