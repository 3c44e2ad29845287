"""The circuit breaker of a source: an ERP that keeps failing is left alone, and no account is ever locked by retries.

Decided here: when the circuit opens, who may pass while it is open, and when it closes.
- Repeated transient failures (spec.circuitBreaker.failureThreshold in a row, over all types) open it for openDuration,
  or for as long as the source asks for, up to a day. Then one sync alone is the probe: it closes the circuit or opens
  it again. A person's sync always passes.
- A rejected login opens it at once, for everybody, and time alone never lets scheduled work try again: an ERP that
  locks an account counts logins, not minutes. A person gets one more login after openDuration (the password may have
  been corrected in the Secret, which the operator must not read). If that is rejected too, nobody passes until the
  source or its profile is edited (pausing and resuming is an edit): each further login follows something a person did.
  So a password is tried at most twice unless somebody changes something: fewer times than any ERP's lock.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from sincro_contract.exit_codes import ErrorClass
from sincro_operator.planning import retry
from sincro_operator.planning.clock import after, clock_time
from sincro_operator.planning.hold import Hold
from sincro_operator.planning.model import Circuit, Source, TaskError

CLOSED, OPEN, HALF_OPEN = "Closed", "Open", "HalfOpen"
REJECTED = ErrorClass.CREDENTIALS_REJECTED.value
LOGINS_WITHOUT_A_CHANGE = 2
_COUNTED = frozenset(
    {
        ErrorClass.SOURCE_UNAVAILABLE,
        ErrorClass.DATABASE_UNAVAILABLE,
        ErrorClass.SESSION_LOST,
        ErrorClass.TIMEOUT,
        ErrorClass.UNKNOWN,
    }
)
"""What says something about the source. A pod without a node, an eviction or a changed page do not."""


class Passage(Enum):
    """Who may start now."""

    FREE = "free"
    PROBE = "probe"
    """One sync alone, while nothing else of the source runs."""
    SHUT = "shut"


def revision(source: Source) -> str:
    """The source as far as it matters to a login: changes when a person edits the source or its profile."""
    return f"{source.generation}-{source.profile_hash or ''}"


def passage(circuit: Circuit, source: Source, *, person: bool, now: datetime) -> Passage:
    """Whether a sync of this source may start, as far as the circuit goes."""
    if circuit.state == CLOSED:
        return Passage.FREE
    over = circuit.retry_at is None or now >= circuit.retry_at
    if circuit.reason != REJECTED:
        return Passage.FREE if person else Passage.PROBE if over else Passage.SHUT
    if circuit.revision != revision(source):
        return Passage.PROBE
    return Passage.PROBE if person and over and circuit.rejections < LOGINS_WITHOUT_A_CHANGE else Passage.SHUT


def hold(circuit: Circuit, source: Source, *, person: bool, now: datetime) -> Hold | None:
    """Why a sync waits for the circuit; None when it may start (a probe may have to wait for its turn)."""
    if passage(circuit, source, person=person, now=now) is not Passage.SHUT:
        return None
    if circuit.reason != REJECTED:
        return Hold("CircuitOpen", circuit.message, circuit.retry_at)
    until = circuit.retry_at if person and circuit.rejections < LOGINS_WITHOUT_A_CHANGE else None
    wait = (
        f"One more login is tried at {clock_time(until)}."
        if until is not None
        else "Nothing logs in again before the SyncSource is edited, or paused and resumed, so that the account is not "
        "locked: correct the Secret first."
    )
    return Hold("CircuitOpen", f"{circuit.message} {wait}", until)


def shown(circuit: Circuit, source: Source, now: datetime) -> Circuit:
    """The circuit as it stands now: open for good, or half open because a probe may pass."""
    if circuit.state == CLOSED:
        return circuit
    probing = passage(circuit, source, person=False, now=now) is Passage.PROBE
    state = HALF_OPEN if probing else OPEN
    return circuit if circuit.state == state else replace(circuit, state=state)


def wakes_at(circuit: Circuit, now: datetime) -> datetime | None:
    """When the circuit changes by itself."""
    return circuit.retry_at if circuit.state != CLOSED and circuit.retry_at and circuit.retry_at > now else None


class EndOfAttempt(NamedTuple):
    """When and how (error None: well) an attempt ended, the source's revision at its launch, and when it began."""

    at: datetime
    error: TaskError | None
    launched_with: str | None
    began: datetime | None


def fold(circuit: Circuit, source: Source, ends: Iterable[EndOfAttempt]) -> Circuit:
    """The circuit after these ends of attempts, in order."""
    for end in ends:
        if end.error is None:
            circuit = _succeeded(circuit, end)
        elif end.error.error_class is ErrorClass.CREDENTIALS_REJECTED:
            circuit = _rejected(circuit, source, end.at, end.launched_with or revision(source))
        elif end.error.error_class in _COUNTED and circuit.reason != REJECTED:
            circuit = _failed(circuit, source, end.at, end.error)
    return circuit


def _succeeded(circuit: Circuit, end: EndOfAttempt) -> Circuit:
    """A sync that was logged in before the password was refused says nothing about the password."""
    before = end.began is not None and circuit.opened_at is not None and end.began <= circuit.opened_at
    return circuit if circuit.reason == REJECTED and before else Circuit()


def _rejected(circuit: Circuit, source: Source, at: datetime, launched_with: str) -> Circuit:
    again = circuit.rejections if circuit.reason == REJECTED and circuit.revision == launched_with else 0
    return Circuit(
        state=OPEN,
        consecutive_failures=circuit.consecutive_failures + 1,
        opened_at=at,
        retry_at=after(at, source.open_duration),
        reason=REJECTED,
        message=f"{source.name.name} rejected the credentials at {clock_time(at)}.",
        revision=launched_with,
        rejections=again + 1,
    )


def _failed(circuit: Circuit, source: Source, at: datetime, error: TaskError) -> Circuit:
    failures = circuit.consecutive_failures + 1
    if circuit.state == CLOSED and failures < source.failure_threshold:
        return replace(circuit, consecutive_failures=failures)
    wait = max(source.open_duration, min(error.retry_after or source.open_duration, retry.LONGEST))
    until = after(at, wait)
    return Circuit(
        state=OPEN,
        consecutive_failures=failures,
        opened_at=circuit.opened_at or at,
        retry_at=until,
        reason=error.error_class.value,
        message=f"{failures} failures in a row, the last at {clock_time(at)} ({error.error_class.value}: "
        f"{error.message[:300]}). One sync tries again at {clock_time(until)}.",
    )
