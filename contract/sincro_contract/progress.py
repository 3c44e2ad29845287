"""Live progress: the event that a browser gets as Socket.IO `sync:progress`, and its envelope in the Redis stream."""

from enum import StrEnum

from pydantic import Field

from sincro_contract.model import Observed

PROGRESS_STREAM = "sincro:progress"
"""The Redis stream that scrapers append to (XADD with an approximate MAXLEN)."""
PROGRESS_STREAM_MAXLEN = 10_000
SOCKET_EVENT = "sync:progress"


class ProgressStatus(StrEnum):
    """Where a sync stands, in the words of the event's first consumers."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    ERROR = "error"


class Progress(Observed):
    """How far a sync is. `percentage` is 0 to 100 and 0 while the total is unknown (total 0)."""

    current: int = Field(ge=0)
    total: int = Field(ge=0)
    percentage: float = Field(ge=0, le=100)

    @classmethod
    def of(cls, current: int, total: int) -> "Progress":
        """Progress with its percentage, rounded to a tenth and never above 100."""
        percentage = min(100.0, round(100 * current / total, 1)) if total else 0.0
        return cls(current=current, total=total, percentage=percentage)


class ProgressEvent(Observed):
    """One `sync:progress` event. Times are milliseconds since the epoch."""

    task_id: str = Field(description="Name of the SyncTask")
    type: str
    status: ProgressStatus
    progress: Progress
    started_at: int | None = None
    completed_at: int | None = None
    error: str | None = Field(default=None, max_length=1024)


class ProgressRecord(Observed):
    """An entry of the stream: the event, and where it belongs."""

    namespace: str
    source: str
    attempt: int = Field(default=1, ge=1)
    phase: str = Field(default="", max_length=32, description="launch, login, read, check, load")
    event: ProgressEvent

    def to_fields(self) -> dict[str, str]:
        """The fields of the stream entry; `event` is the JSON that goes to browsers as it is."""
        return {
            "namespace": self.namespace,
            "source": self.source,
            "attempt": str(self.attempt),
            "phase": self.phase,
            "event": self.event.to_json(),
        }

    @classmethod
    def from_fields(cls, fields: dict[str, str]) -> "ProgressRecord":
        """Read an entry of the stream. Raises pydantic.ValidationError (a ValueError) or KeyError when malformed."""
        event = ProgressEvent.model_validate_json(fields["event"])
        return cls(
            namespace=fields["namespace"],
            source=fields["source"],
            attempt=int(fields.get("attempt", "1")),
            phase=fields.get("phase", ""),
            event=event,
        )
