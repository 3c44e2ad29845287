"""How long the operator itself waits after a failure of something it talks to. (Syncs: planning.retry.)"""

import random

_FIRST_DELAY = 0.2
_LONGEST_DELAY = 30.0


def backoff(failures: int, randomness: random.Random, retry_after: float | None = None) -> float:
    """Seconds to wait after so many failures in a row: doubling from 0.2 to 30, half of it at random."""
    longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(max(failures, 1) - 1, 16))
    delay = longest * (0.5 + randomness.random() / 2)
    return max(delay, retry_after) if retry_after is not None else delay
