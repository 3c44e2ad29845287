"""The coming days as the planner sees them: what `GET /preview` of the operator answers, and the dashboard reads.

Nothing is decided here. The operator writes it from sincro_operator.planning.preview; a test holds the two together.
"""

from datetime import datetime

from pydantic import Field

from sincro_contract.model import Observed
from sincro_contract.run import Mode

OUTLOOK_PATH = "/preview"
"""Of the operator's metrics port; `?days=7`."""


class OutlookRun(Observed):
    """One sync to come. Times in UTC."""

    namespace: str
    source: str
    type: str
    mode: Mode
    schedule: str | None = Field(default=None, description="None for one that is there already, unplanned")
    due: datetime
    start: datetime | None = Field(default=None, description="None when it does not start in these days")
    end: datetime | None = None
    duration_seconds: float = Field(ge=0, description="What it is expected to take")
    waited_for: str | None = Field(default=None, description="`Reason: message` of its last wait of half a minute")
    notes: list[str] = Field(default_factory=list)


class OutlookSkip(Observed):
    """A run that is not made."""

    at: datetime
    namespace: str
    schedule: str
    reason: str


class OutlookClockChange(Observed):
    """Summer time begins or ends."""

    at: datetime
    time_zone: str


class Outlook(Observed):
    """The coming days, earliest first."""

    runs: list[OutlookRun]
    skipped: list[OutlookSkip]
    clock_changes: list[OutlookClockChange]
    computed_at: datetime
    until: datetime = Field(description="How far it looks; less far than was asked where there are very many runs")
