"""The door to the API server: which calls there are, which objects they are about, and how they fail.

Everything the operator does to a cluster passes through `Api`; `cluster.connection` is the real one. Nothing is retried
here and nothing is understood: objects are the API server's own JSON as dicts.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from sincro_contract.resources.conditions import GROUP, VERSION
from sincro_operator.planning.model import Name

Object = dict[str, Any]
"""An API object, as its JSON."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of namespaced object and where it lives."""

    group: str
    version: str
    plural: str
    kind: str

    @property
    def api_version(self) -> str:
        """What stands in an object's `apiVersion`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def root(self) -> str:
        """The path below which its objects are."""
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"

    def path(self, namespace: str | None, name: str | None = None, subresource: str | None = None) -> str:
        """The path of a collection (all namespaces when None), of an object, or of its subresource.

        An empty namespace is that of objects that have none.
        """
        parts = [self.root]
        if namespace:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        if name is not None:
            parts.append(name)
        if subresource is not None:
            parts.append(subresource)
        return "/".join(parts)


TASKS = Resource(GROUP, VERSION, "synctasks", "SyncTask")
SCHEDULES = Resource(GROUP, VERSION, "syncschedules", "SyncSchedule")
SOURCES = Resource(GROUP, VERSION, "syncsources", "SyncSource")
JOBS = Resource("batch", "v1", "jobs", "Job")
PODS = Resource("", "v1", "pods", "Pod")
CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")
EVENTS = Resource("events.k8s.io", "v1", "events", "Event")
POD_EVENTS = Resource("", "v1", "events", "Event")
"""The same Events as the kubelet writes them; this form can be asked for by the object that they are about."""
LEASES = Resource("coordination.k8s.io", "v1", "leases", "Lease")


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list. `resource_version` is the same on all pages; `next_page` is empty on the last."""

    items: list[Object]
    resource_version: str
    next_page: str = ""


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One line of a watch. A BOOKMARK carries nothing but a newer resourceVersion."""

    type: Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
    object: Object


Propagation = Literal["Background", "Foreground", "Orphan"]


class Api(Protocol):
    """The calls. Each raises ApiError or one of its kinds, and nothing else but CancelledError."""

    async def list(
        self,
        resource: Resource,
        namespace: str | None,
        *,
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 500,
        next_page: str = "",
    ) -> Page:
        """One page of the objects of a namespace (None: of all), no older than the call. Gone: begin again."""
        ...

    def watch(
        self,
        resource: Resource,
        namespace: str | None,
        *,
        resource_version: str,
        label_selector: str = "",
        timeout_seconds: int = 300,
    ) -> AsyncGenerator[WatchEvent, None]:
        """What changed since `resource_version`, until the server closes. Gone: list again."""
        ...

    async def get(self, resource: Resource, name: Name) -> Object:
        """The object as it is now."""
        ...

    async def create(self, resource: Resource, namespace: str, body: Object) -> Object:
        """Create; the answer is the object as it was stored. AlreadyExists when the name is taken."""
        ...

    async def patch(self, resource: Resource, name: Name, body: Object, *, subresource: str | None = None) -> Object:
        """Merge patch (RFC 7386); Conflict when `metadata.resourceVersion` is in the body and not the stored one."""
        ...

    async def delete(
        self,
        resource: Resource,
        name: Name,
        *,
        uid: str | None = None,
        version: str | None = None,
        grace_seconds: int | None = None,
        propagation: Propagation = "Background",
    ) -> Object:
        """Delete; with `uid` only this very object, with `version` only as it was then (else Conflict).

        The answer is the object while finalizers hold it, and a Status when it is gone.
        """
        ...


class ApiError(Exception):
    """A call that did not do what was asked.

    ApiError
     ├─ Unreachable        not sent, or refused before anything happened: no effect
     ├─ Uncertain          no answer came: the effect is unknown
     ├─ Invalid 400, 422   the server will never accept this
     ├─ Denied 401, 403    no right to it (or the namespace is going away)
     ├─ NotFound 404
     ├─ AlreadyExists 409  create: the name is taken
     ├─ Conflict 409       the object is not the one that was meant, or has changed since
     ├─ Gone 410           the resourceVersion or page is too old: list again
     ├─ TooManyRequests 429
     └─ ServerError 5xx    the effect is unknown
    """

    def __init__(self, message: str, *, status: int = 0, reason: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status; 0 when there was no answer."""
        self.reason = reason
        """The server's machine-readable word."""
        self.retry_after = retry_after
        """Seconds that the server asked to be left alone."""


class Unreachable(ApiError):
    """The call never reached the server."""


class Uncertain(ApiError):
    """The call was sent and no answer came: it may have had its effect."""


class Invalid(ApiError):
    """The server will not accept this object, now or later."""


class Denied(ApiError):
    """No right to do this."""


class NotFound(ApiError):
    """No such object."""


class AlreadyExists(ApiError):
    """An object of this name is there already."""


class Conflict(ApiError):
    """The object has changed since it was read, or is another one."""


class Gone(ApiError):
    """The server no longer knows this resourceVersion or page."""


class TooManyRequests(ApiError):
    """The server is busy: come back after `retry_after`."""


class ServerError(ApiError):
    """The server failed; the call may have had its effect."""


_BY_STATUS: dict[int, type[ApiError]] = {
    400: Invalid,
    401: Denied,
    403: Denied,
    404: NotFound,
    410: Gone,
    422: Invalid,
    429: TooManyRequests,
}


def error_of(status: int, reason: str, message: str, retry_after: float | None = None) -> ApiError:
    """The error that stands for an answer of the server; `reason` is that of its Status object."""
    kind: type[ApiError]
    if status == 409:
        kind = AlreadyExists if reason == "AlreadyExists" else Conflict
    elif reason in ("Expired", "Gone"):
        kind = Gone
    elif status >= 500:
        kind = ServerError
    else:
        kind = _BY_STATUS.get(status, ApiError)
    return kind(message or reason or f"HTTP {status}", status=status, reason=reason, retry_after=retry_after)
