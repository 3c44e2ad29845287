"""GET /health: healthy or not, in the shape that its first callers know.

Decided here: what makes the whole unhealthy: the cluster cannot be followed, or the operator does not look at tasks.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from pydantic import Field

from sincro_contract.model import Document
from sincro_dashboard.cluster.cache import Feed
from sincro_dashboard.cluster.door import Kind, Object
from sincro_dashboard.views.metrics import epoch
from sincro_dashboard.views.resources import created_at, instant

_UNSEEN = timedelta(seconds=60)


class HealthError(Document):
    """The last error of any source."""

    message: str
    timestamp: int = Field(description="Milliseconds since the epoch")
    type: str


class Health(Document):
    """Whether syncs can run and be seen."""

    healthy: bool
    status: str = Field(description="running, or what is wrong", examples=["running"])
    uptime: int = Field(description="Seconds since this server started")
    last_error: HealthError | None


def health(
    feeds: Mapping[Kind, Feed], tasks: Iterable[Object], sources: Iterable[Object], started: datetime, now: datetime
) -> Health:
    """The health as of now; `started` is when this server did."""
    status = _status(feeds, tasks, now)
    return Health(
        healthy=status == "running",
        status=status,
        uptime=max(0, int((now - started).total_seconds())),
        last_error=_last_error(sources),
    )


def _status(feeds: Mapping[Kind, Feed], tasks: Iterable[Object], now: datetime) -> str:
    for feed in feeds.values():
        if feed.problem:
            return feed.problem
    if not all(feed.synced for feed in feeds.values()):
        return "starting"
    unseen = sum(task.get("status") is None and now - created_at(task) > _UNSEEN for task in tasks)
    if unseen:
        return f"the operator does not look at new tasks: {unseen} wait to be seen"
    return "running"


def _last_error(sources: Iterable[Object]) -> HealthError | None:
    errors = [(source.get("status") or {}).get("lastError") for source in sources]
    known = [(at, error) for error in errors if error and (at := instant(error.get("time")))]
    if not known:
        return None
    at, error = max(known, key=lambda pair: pair[0])
    return HealthError(message=str(error.get("message") or ""), timestamp=epoch(at), type=str(error.get("type") or ""))
