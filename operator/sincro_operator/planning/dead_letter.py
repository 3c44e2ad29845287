"""What makes two dead letters the same: the fingerprint that they are grouped and replayed by.

Decided here: the fingerprint where the scraper gave none. Not here: when a task becomes a dead letter (planning.retry).
"""

import re
from hashlib import blake2s

from sincro_contract.exit_codes import ErrorClass

_CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|https?://\S+|[0-9a-f]{16,}|\d+([.,:/-]\d+)*", re.IGNORECASE
)


def fingerprint(error: ErrorClass, code: str, message: str) -> str:
    """16 hexadecimal digits, equal for messages that differ in numbers, times, addresses and identifiers alone."""
    steady = re.sub(r"\s+", " ", _CHANGING.sub("#", message)).strip().lower()
    return blake2s(f"{error.value}/{code}/{steady}".encode(), digest_size=8).hexdigest()
