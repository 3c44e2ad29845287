"""A cluster in memory that answers like an API server: versions, watches, reviews, and failures on demand."""

import asyncio
import copy
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from sincro_dashboard.cluster.door import (
    ClusterError,
    Conflict,
    Gone,
    Kind,
    NotFound,
    Object,
    Page,
    Unreachable,
    WatchEvent,
)

ALICE = "alice-token"
"""The token of somebody who may do everything."""
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


class FakeCluster:
    """A sincro_dashboard.cluster.door.Cluster. `users` maps tokens to names, `rights` names to what they may."""

    def __init__(self) -> None:
        self.objects: dict[tuple[Kind, str, str], Object] = {}
        self.version = 100
        self.users: dict[str, str] = {ALICE: "alice", "viewer-token": "viewer", "nobody-token": "nobody"}
        self.rights: dict[str, set[str]] = {
            "alice": {"*"},
            "viewer": {"list synctasks", "list syncsources", "list syncschedules"},
            "nobody": set(),
        }
        self.only_in: dict[str, str] = {}
        """A user's only namespace."""
        self.failure: ClusterError | None = None
        """Raised by each call while it is there."""
        self.list_failure: ClusterError | None = None
        self.reviews: list[Object] = []
        self.created: list[tuple[str, Object]] = []
        self.patched: list[tuple[Kind, str, str, Object]] = []
        self.pods: list[Object] = []
        self.log = [b"one\n", b"two\n"]
        self.now = NOW
        self._names = 0
        self._watchers: list[tuple[Kind, str | None, asyncio.Queue[WatchEvent | ClusterError | None]]] = []

    # ------------------------------------------------------------ what tests do

    def put(self, obj: Object) -> Object:
        """Create or replace an object, and tell those who watch."""
        stored = copy.deepcopy(obj)
        kind = next(kind for kind in Kind if kind.kind == stored["kind"])
        metadata = stored["metadata"]
        key = (kind, metadata["namespace"], metadata["name"])
        self.version += 1
        metadata["resourceVersion"] = str(self.version)
        metadata.setdefault("uid", f"uid-{metadata['name']}")
        metadata.setdefault("creationTimestamp", self.now.isoformat().replace("+00:00", "Z"))
        known = key in self.objects
        self.objects[key] = stored
        self._tell(WatchEvent("MODIFIED" if known else "ADDED", copy.deepcopy(stored)), kind, key[1])
        return stored

    def remove(self, kind: Kind, namespace: str, name: str) -> None:
        """Delete an object, and tell those who watch."""
        gone = self.objects.pop((kind, namespace, name))
        self.version += 1
        gone["metadata"]["resourceVersion"] = str(self.version)
        self._tell(WatchEvent("DELETED", copy.deepcopy(gone)), kind, namespace)

    def end_watches(self, error: ClusterError | None = None) -> None:
        """Close every watch, in good order or with an error."""
        for _, _, queue in self._watchers:
            queue.put_nowait(error)
        self._watchers.clear()

    # ------------------------------------------------------------ Cluster

    async def list_page(self, kind: Kind, namespace: str | None, *, limit: int = 500, next_page: str = "") -> Page:
        self._fail(self.list_failure)
        found = [obj for (of, where, _), obj in sorted(self.objects.items(), key=str) if of is kind]
        found = [obj for obj in found if namespace is None or obj["metadata"]["namespace"] == namespace]
        start = int(next_page or 0)
        items = [{key: value for key, value in obj.items() if key != "kind"} for obj in found[start : start + limit]]
        more = str(start + limit) if start + limit < len(found) else ""
        return Page(copy.deepcopy(items), str(self.version), more)

    async def watch(
        self, kind: Kind, namespace: str | None, *, resource_version: str, timeout_seconds: int
    ) -> AsyncIterator[WatchEvent]:
        self._fail()
        queue: asyncio.Queue[WatchEvent | ClusterError | None] = asyncio.Queue()
        self._watchers.append((kind, namespace, queue))
        while (event := await queue.get()) is not None:
            if isinstance(event, ClusterError):
                raise event
            yield event

    async def create(self, kind: Kind, namespace: str, body: Object) -> Object:
        self._fail()
        obj = copy.deepcopy(body)
        self.created.append((namespace, body))
        metadata = obj["metadata"]
        if "name" not in metadata:
            self._names += 1
            metadata["name"] = f"{metadata.pop('generateName')}{self._names:05d}"
        metadata["namespace"] = namespace
        if (kind, namespace, metadata["name"]) in self.objects:
            raise Conflict("exists", status=409)
        return copy.deepcopy(self.put(obj))

    async def patch(self, kind: Kind, namespace: str, name: str, body: Object) -> Object:
        self._fail()
        self.patched.append((kind, namespace, name, body))
        stored = self.objects.get((kind, namespace, name))
        if stored is None:
            raise NotFound("not there", status=404)
        return copy.deepcopy(self.put(_merged(stored, body)))

    async def review_token(self, token: str, audiences: tuple[str, ...]) -> Object:
        self._fail()
        user = self.users.get(token)
        if user is None:
            return {"authenticated": False}
        return {"authenticated": True, "user": {"username": user, "groups": ["system:authenticated"]}}

    async def review_access(self, spec: Object) -> Object:
        self._fail()
        self.reviews.append(spec)
        asked = spec["resourceAttributes"]
        words = f"{asked['verb']} {asked['resource']}" + (f"/{asked['subresource']}" if "subresource" in asked else "")
        only = self.only_in.get(spec["user"])
        rights = self.rights.get(spec["user"], set())
        return {"allowed": (words in rights or "*" in rights) and (only is None or asked.get("namespace") == only)}

    async def job_pods(self, namespace: str, job: str) -> list[Object]:
        self._fail()
        return self.pods

    async def pod_log(self, namespace: str, pod: str, *, follow: bool, tail_lines: int) -> AsyncIterator[bytes]:
        self._fail()
        for piece in self.log:
            yield piece

    def _fail(self, also: ClusterError | None = None) -> None:
        for failure in (self.failure, also):
            if failure is not None:
                raise failure

    def _tell(self, event: WatchEvent, kind: Kind, namespace: str) -> None:
        for of, where, queue in self._watchers:
            if of is kind and where in (None, namespace):
                queue.put_nowait(event)


def _merged(stored: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = copy.deepcopy(stored) if isinstance(stored, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


def gone() -> Gone:
    """What a watch of a too old version ends with."""
    return Gone("too old resource version", status=410)


def away() -> Unreachable:
    """What a call ends with when there is no API server."""
    return Unreachable("connection refused")
