"""Whether an attempt that failed is followed by another, and when.

Decided here: transient classes are tried again up to maxAttempts, permanent ones never; exponential backoff with a
cap, a jitter that is a function of task and attempt, and what the source itself asked for (Retry-After) as a floor.
Disruption, preemption and cancellation cost nothing, but a task that is disrupted for ever ends: from the tenth
disruption on each costs an attempt.
"""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import blake2s

from sincro_contract.exit_codes import ErrorClass
from sincro_operator.planning.model import Attempt, RetryPolicy

FREE_DISRUPTIONS = 10
LONGEST = timedelta(days=1)
"""No wait is longer, whatever a policy or a source asks for."""
_AFTER_DISRUPTION = timedelta(seconds=5)


def costs_attempt(error: ErrorClass, attempts: Sequence[Attempt]) -> bool:
    """Whether an end of this class counts; `attempts` are the earlier ones."""
    if error is ErrorClass.DISRUPTED:
        return sum(attempt.error_class is ErrorClass.DISRUPTED for attempt in attempts) >= FREE_DISRUPTIONS
    return error.costs_attempt


def exhausted(error: ErrorClass, attempt: int, policy: RetryPolicy) -> bool:
    """True when no further attempt is made; `attempt` counts those that cost one, the failed one included."""
    return error.permanent or attempt >= policy.max_attempts


def backoff(uid: str, attempt: int, policy: RetryPolicy, retry_after: timedelta | None = None) -> timedelta:
    """How long to wait after the nth attempt that cost one; never shorter than what the source asked for."""
    try:
        delay = min(policy.initial_delay * policy.backoff_multiplier ** max(0, attempt - 1), policy.max_delay)
    except OverflowError:
        delay = policy.max_delay
    delay = delay * (1 + min(max(policy.jitter, 0), 1) * _swing(uid, attempt))
    delay = max(min(delay, LONGEST), timedelta(0))
    if retry_after is not None:
        delay = max(delay, min(retry_after, LONGEST))
    return timedelta(milliseconds=round(delay / timedelta(milliseconds=1)))


def pause_after_disruption(attempts: Sequence[Attempt]) -> timedelta:
    """How long a disrupted task stays back: nothing at first, then longer, so that a bad node is not hammered."""
    disruptions = sum(attempt.error_class is ErrorClass.DISRUPTED for attempt in attempts)
    return _AFTER_DISRUPTION * max(0, disruptions - 1) ** 2


def _swing(uid: str, attempt: int) -> float:
    """Between -1 and 1, the same for the same task and attempt."""
    digest = blake2s(f"{uid}/{attempt}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 0xFFFFFFFF * 2 - 1
