"""How a scraper says why it ended: the exit code of its container, which is also the class of the error.

Decided here: which classes exist and which of them are worth another attempt. Not here: when that attempt is made.
"""

from enum import StrEnum

EXIT_OK = 0


class ErrorClass(StrEnum):
    """Why an attempt failed. Permanent classes fail the same way until a person changes something."""

    CONFIG_INVALID = "ConfigInvalid"
    CREDENTIALS_REJECTED = "CredentialsRejected"
    LOCALE_MISMATCH = "LocaleMismatch"
    SCHEMA_DRIFT = "SchemaDrift"
    GUARD_TRIPPED = "GuardTripped"
    SOURCE_UNAVAILABLE = "SourceUnavailable"
    DATABASE_UNAVAILABLE = "DatabaseUnavailable"
    SESSION_LOST = "SessionLost"
    UNKNOWN = "Unknown"
    # Classes that only the operator gives, from what Kubernetes says about the pod: no exit code stands for them.
    TIMEOUT = "Timeout"
    DISRUPTED = "Disrupted"
    PREEMPTED = "Preempted"
    IMAGE_UNAVAILABLE = "ImageUnavailable"
    UNSCHEDULABLE = "Unschedulable"
    OUT_OF_MEMORY = "OutOfMemory"
    CANCELLED = "Cancelled"

    @property
    def permanent(self) -> bool:
        """True when another attempt cannot help before a person acts."""
        return self in _PERMANENT

    @property
    def costs_attempt(self) -> bool:
        """False when the attempt ended for a reason outside the sync (eviction, preemption): it is not counted."""
        return self not in _FREE

    @property
    def exit_code(self) -> int:
        """The container's exit code; 1 for classes that no exit code stands for."""
        return _CODES.get(self, 1)

    @classmethod
    def from_exit_code(cls, code: int) -> "ErrorClass":
        """The class of a container's exit code other than 0; a code nobody agreed on is UNKNOWN (transient)."""
        return _BY_CODE.get(code, cls.UNKNOWN)


_CODES: dict[ErrorClass, int] = {
    ErrorClass.CONFIG_INVALID: 20,
    ErrorClass.CREDENTIALS_REJECTED: 21,
    ErrorClass.LOCALE_MISMATCH: 22,
    ErrorClass.SCHEMA_DRIFT: 23,
    ErrorClass.GUARD_TRIPPED: 24,
    ErrorClass.SOURCE_UNAVAILABLE: 30,
    ErrorClass.DATABASE_UNAVAILABLE: 31,
    ErrorClass.SESSION_LOST: 32,
}
_BY_CODE = {code: error for error, code in _CODES.items()}
_PERMANENT = frozenset(
    {
        ErrorClass.CONFIG_INVALID,
        ErrorClass.CREDENTIALS_REJECTED,
        ErrorClass.LOCALE_MISMATCH,
        ErrorClass.SCHEMA_DRIFT,
        ErrorClass.GUARD_TRIPPED,
    }
)
_FREE = frozenset({ErrorClass.DISRUPTED, ErrorClass.PREEMPTED, ErrorClass.CANCELLED})

PERMANENT_EXIT_CODES: tuple[int, ...] = tuple(sorted(_CODES[error] for error in _PERMANENT))
"""What a Job's podFailurePolicy lists under FailJob."""
