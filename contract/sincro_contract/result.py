"""How a run ended, as one JSON document in the container's termination message (at most 4 KiB)."""

from pydantic import Field

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.model import Observed
from sincro_contract.run import Mode

TERMINATION_MESSAGE_LIMIT = 4096
"""Bytes that the kubelet keeps of a termination message."""


class Counts(Observed):
    """What a sync read and what it changed. `declared` is what the ERP itself said it would show."""

    created: int = Field(default=0, ge=0, description="Rows that are new in the database")
    updated: int = Field(default=0, ge=0, description="Rows that changed")
    unchanged: int = Field(default=0, ge=0, description="Rows that were as the database had them")
    deleted: int = Field(default=0, ge=0, description="Rows that are gone from the source and were deleted")
    read: int = Field(default=0, ge=0, description="Rows that were read")
    quarantined: int = Field(default=0, ge=0, description="Rows that could not be understood and were put aside")
    declared: int | None = Field(default=None, ge=0, description="Rows that the ERP itself announced")
    pages: int = Field(default=0, ge=0, description="Pages that were read")
    bytes: int = Field(default=0, ge=0, description="Bytes that were read")
    duration_ms: int = Field(default=0, ge=0, description="Milliseconds from start to end")


class RunResult(Counts):
    """A run that ended well."""

    mode: Mode = Field(description="What was done, which may be more than was asked.")
    mode_reason: str | None = Field(default=None, max_length=256, description="Why a Delta became a Full.")
    skipped: str | None = Field(default=None, max_length=256, description="The probe's reason to read nothing.")
    dry_run: bool = Field(default=False, description="Nothing was written.")
    phases: dict[str, int] = Field(default_factory=dict, description="Milliseconds a phase: launch, login, read, ...")


class RunError(Observed):
    """A run that did not end well. `fingerprint` is equal for equal causes: dead letters are grouped by it."""

    error_class: ErrorClass = Field(alias="class")
    code: str = Field(default="", max_length=64, description="A finer word inside the class, for example HeaderRenamed")
    message: str = Field(max_length=1024)
    fingerprint: str = Field(default="", max_length=64)
    artifacts: list[str] = Field(default_factory=list, max_length=8)
    retry_after_seconds: int | None = Field(default=None, ge=0, description="What the source itself asked for.")


class Outcome(Observed):
    """The termination message: exactly one of `result` and `error`; an error may say how far the run came."""

    result: RunResult | None = None
    error: RunError | None = None
    counts: Counts | None = None

    def to_termination_message(self) -> str:
        """The document as JSON of at most TERMINATION_MESSAGE_LIMIT bytes; long texts are cut with an ellipsis."""
        text = self.to_json()
        if len(text.encode()) <= TERMINATION_MESSAGE_LIMIT or self.error is None:
            return text
        error = self.error
        for length in (512, 256, 128, 32):
            cut = error.message if len(error.message) <= length else error.message[: length - 1] + "…"
            error = error.model_copy(
                update={"message": cut, "artifacts": [a for a in error.artifacts if len(a) <= 256]}
            )
            text = self.model_copy(update={"error": error}).to_json()
            if len(text.encode()) <= TERMINATION_MESSAGE_LIMIT:
                return text
        return self.model_copy(update={"error": error.model_copy(update={"artifacts": []})}).to_json()
