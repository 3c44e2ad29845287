"""The door to the API server: which calls the dashboard makes, and how they fail.

`cluster.connection` is the real one. Nothing is retried here and nothing is understood: objects are the API server's
own JSON as dicts.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, Protocol

from sincro_contract.resources.conditions import API_VERSION, GROUP, VERSION

Object = dict[str, Any]
"""An API object, as its JSON."""


class Kind(Enum):
    """The resources that the dashboard reads and writes. The value is the plural of the path."""

    SOURCE = "syncsources"
    SCHEDULE = "syncschedules"
    TASK = "synctasks"

    @property
    def kind(self) -> str:
        """What stands in an object's `kind`."""
        return {"syncsources": "SyncSource", "syncschedules": "SyncSchedule", "synctasks": "SyncTask"}[self.value]

    @property
    def api_version(self) -> str:
        """What stands in an object's `apiVersion`."""
        return API_VERSION

    def path(self, namespace: str | None, name: str | None = None) -> str:
        """The path of a collection (of all namespaces when None) or of an object."""
        parts = [f"/apis/{GROUP}/{VERSION}"]
        if namespace is not None:
            parts += ["namespaces", namespace]
        parts.append(self.value)
        if name is not None:
            parts.append(name)
        return "/".join(parts)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. `next_page` is empty on the last."""

    items: list[Object]
    resource_version: str
    next_page: str = ""


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One line of a watch. A BOOKMARK carries nothing but a newer resourceVersion."""

    type: Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
    object: Object


class Cluster(Protocol):
    """The calls. Each raises ClusterError or one of its kinds."""

    async def list_page(self, kind: Kind, namespace: str | None, *, limit: int = 500, next_page: str = "") -> Page:
        """One page of the objects of a namespace (None: of all)."""
        ...

    def watch(
        self, kind: Kind, namespace: str | None, *, resource_version: str, timeout_seconds: int
    ) -> AsyncIterator[WatchEvent]:
        """What changed since `resource_version`, until the server closes. Raises Gone: list again."""
        ...

    async def create(self, kind: Kind, namespace: str, body: Object) -> Object:
        """Create; the answer is the object as it was stored."""
        ...

    async def patch(self, kind: Kind, namespace: str, name: str, body: Object) -> Object:
        """Merge patch (RFC 7386) of an object."""
        ...

    async def review_token(self, token: str, audiences: tuple[str, ...]) -> Object:
        """The status of a TokenReview."""
        ...

    async def review_access(self, spec: Object) -> Object:
        """The status of a SubjectAccessReview of this spec."""
        ...

    async def job_pods(self, namespace: str, job: str) -> list[Object]:
        """The pods of a Job."""
        ...

    def pod_log(self, namespace: str, pod: str, *, follow: bool, tail_lines: int) -> AsyncIterator[bytes]:
        """The log of a pod's container, in pieces of any size."""
        ...


class ClusterError(Exception):
    """A call that did not do what was asked.

    ClusterError
     ├─ Unreachable        no answer, or a failure of the server (5xx): the effect is unknown
     ├─ Denied 401, 403    the dashboard itself has no right to it, or an admission policy said no
     ├─ Refused 400, 422   the server will never accept this
     ├─ NotFound 404
     ├─ Conflict 409
     ├─ Gone 410           the resourceVersion or page is too old: list again
     └─ Busy 429
    """

    def __init__(self, message: str, *, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status; 0 when there was no answer."""
        self.retry_after = retry_after
        """Seconds that the server asked to be left alone."""


class Unreachable(ClusterError):
    """No answer came."""


class Denied(ClusterError):
    """No right to do this."""


class Refused(ClusterError):
    """The server will not accept this object."""


class NotFound(ClusterError):
    """No such object."""


class Conflict(ClusterError):
    """The name is taken, or the object has changed."""


class Gone(ClusterError):
    """The server no longer knows this resourceVersion or page."""


class Busy(ClusterError):
    """The server asks to come back later."""


_BY_STATUS: dict[int, type[ClusterError]] = {
    400: Refused,
    401: Denied,
    403: Denied,
    404: NotFound,
    409: Conflict,
    410: Gone,
    422: Refused,
    429: Busy,
}


def error_of(status: int, reason: str, message: str, retry_after: float | None = None) -> ClusterError:
    """The error that stands for an answer of the server; `reason` is that of its Status object."""
    if reason in ("Expired", "Gone"):
        kind: type[ClusterError] = Gone
    elif status >= 500:
        kind = Unreachable
    else:
        kind = _BY_STATUS.get(status, ClusterError)
    return kind(message or reason or f"HTTP {status}", status=status, retry_after=retry_after)
