"""An API server in memory: versions, merge patches, subresources, finalizers, owner references, watches.

It behaves as the real one does where the operator can tell. Who sees what, when, and what goes wrong on the way is the
client's matter (`client.py`); what makes pods of Jobs is `kubelet.py`.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sincro_operator.cluster.api import JOBS, PODS, Object, Resource, error_of
from sincro_operator.planning.model import Name

FOREGROUND = "foregroundDeletion"
Listener = Callable[[str, Resource, Object], None]
"""Called with ADDED, MODIFIED or DELETED after each write."""


def stamp(moment: datetime) -> str:
    """A time as the API writes it: whole seconds, UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386. Neither argument is changed."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


class Server:
    """The store. Objects in it are never changed in place: a write puts a new one there."""

    def __init__(self, clock: Callable[[], datetime], randomness: random.Random) -> None:
        self._clock = clock
        self._random = randomness
        self._objects: dict[str, dict[Name, Object]] = defaultdict(dict)
        self._resources: dict[str, Resource] = {}
        self._dependents: dict[str, set[tuple[str, Name]]] = defaultdict(set)
        self.version = 1
        self.logs: dict[str, list[tuple[int, str, Object]]] = defaultdict(list)
        """Per plural: version, type, object, oldest first."""
        self.compacted: dict[str, int] = defaultdict(int)
        """Per plural: versions before this one can no longer be watched from."""
        self.listeners: list[Listener] = []
        self.terminating: set[str] = set()
        """Namespaces in which nothing can be created any more."""
        self._waiting: dict[str, list[asyncio.Future[None]]] = defaultdict(list)

    # -------------------------------------------------------------- reading

    def objects(self, resource: Resource, namespace: str | None = None) -> list[Object]:
        """All objects of a kind, as they are now."""
        held = self._objects[resource.plural]
        return [obj for name, obj in held.items() if namespace is None or name.namespace == namespace]

    def find(self, resource: Resource, name: Name) -> Object | None:
        """An object as it is now."""
        return self._objects[resource.plural].get(name)

    def get(self, resource: Resource, name: Name) -> Object:
        """An object as it is now. Raises NotFound."""
        found = self.find(resource, name)
        if found is None:
            raise error_of(404, "NotFound", f'{resource.plural} "{name.name}" not found')
        return found

    async def wait_for_change(self, resource: Resource, seconds: float) -> None:
        """Until the next write to an object of this kind, or so long."""
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()
        self._waiting[resource.plural].append(woken)
        timer = loop.call_later(max(0.0, seconds), _set, woken)
        try:
            await woken
        finally:
            timer.cancel()

    # -------------------------------------------------------------- writing

    def create(self, resource: Resource, namespace: str, body: Object) -> Object:
        """Store a new object."""
        if namespace in self.terminating:
            raise error_of(403, "Forbidden", f"namespace {namespace} is being terminated")
        metadata = dict(body.get("metadata") or {})
        if "name" not in metadata:
            metadata["name"] = metadata.pop("generateName") + f"{self._random.randrange(36**5):05x}"
        name = Name(namespace, metadata["name"])
        if name in self._objects[resource.plural]:
            raise error_of(409, "AlreadyExists", f'{resource.plural} "{name.name}" already exists')
        metadata |= {
            "namespace": namespace,
            "uid": f"{self._random.getrandbits(128):032x}",
            "creationTimestamp": stamp(self._clock()),
            "generation": 1,
        }
        stored = {k: v for k, v in body.items() if k != "status" or resource in (PODS,)} | {"metadata": metadata}
        for owner in metadata.get("ownerReferences", ()):
            self._dependents[owner["uid"]].add((resource.plural, name))
        return self._store("ADDED", resource, name, stored)

    def patch(self, resource: Resource, name: Name, body: Object, subresource: str | None = None) -> Object:
        """Merge a patch into an object or into its status."""
        old = self.get(resource, name)
        expected = (body.get("metadata") or {}).get("resourceVersion")
        if expected is not None and expected != old["metadata"]["resourceVersion"]:
            raise error_of(409, "Conflict", f'operation on "{name.name}": the object has been modified')
        uid = (body.get("metadata") or {}).get("uid")
        if uid is not None and uid != old["metadata"]["uid"]:
            raise error_of(409, "Conflict", f'operation on "{name.name}": the uid is not that of the object')
        if subresource == "status":
            new = old | {"status": merge(old.get("status"), body.get("status"))}
        else:
            new = merge(old, {k: v for k, v in body.items() if k != "status"})
            if new.get("spec") != old.get("spec"):
                new["metadata"] = new["metadata"] | {"generation": old["metadata"]["generation"] + 1}
        if new == old:
            return old
        going = new["metadata"].get("deletionTimestamp") and not new["metadata"].get("finalizers")
        # A pod stays until the kubelet says that it has stopped, whatever is written about it meanwhile.
        if going and resource != PODS:
            return self._remove(resource, name, new)
        return self._store("MODIFIED", resource, name, new)

    def delete(
        self,
        resource: Resource,
        name: Name,
        *,
        uid: str | None = None,
        version: str | None = None,
        grace: int | None = None,
        propagation: str = "",
    ) -> Object:
        """Remove an object, or mark it where somebody still has to let go of it (finalizers, a running pod)."""
        old = self.get(resource, name)
        metadata = old["metadata"]
        if uid is not None and uid != metadata["uid"]:
            raise error_of(409, "Conflict", f'precondition failed: "{name.name}" has another uid')
        if version is not None and version != metadata["resourceVersion"]:
            raise error_of(409, "Conflict", f'precondition failed: "{name.name}" has another version')
        finalizers = list(metadata.get("finalizers") or [])
        if propagation == "Foreground" and FOREGROUND not in finalizers and self._dependents.get(metadata["uid"]):
            finalizers.append(FOREGROUND)
        lingers = bool(finalizers) or (resource == PODS and grace != 0 and _container_may_run(old))
        if not lingers:
            return self._remove(resource, name, old)
        marked = metadata | {"finalizers": finalizers}
        if not metadata.get("deletionTimestamp"):
            marked["deletionTimestamp"] = stamp(self._clock())
        if not finalizers:
            marked.pop("finalizers")
        stored = old if marked == metadata else self._store("MODIFIED", resource, name, old | {"metadata": marked})
        if FOREGROUND in finalizers:
            self._delete_dependents(metadata["uid"])
        return stored

    def finish_pod(self, name: Name) -> None:
        """The kubelet's last word: a pod that was to be deleted is gone."""
        found = self.find(PODS, name)
        if found is not None:
            self._remove(PODS, name, found)

    def compact(self) -> None:
        """Forget history: watches that begin at an older version are told Gone."""
        for plural in self.logs:
            self.logs[plural] = []
            self.compacted[plural] = self.version

    # -------------------------------------------------------------- inside

    def _store(self, kind: str, resource: Resource, name: Name, obj: Object) -> Object:
        self.version += 1
        obj["metadata"] = obj["metadata"] | {"resourceVersion": str(self.version)}
        obj.setdefault("apiVersion", resource.api_version)
        obj.setdefault("kind", resource.kind)
        self._objects[resource.plural][name] = obj
        self._resources[resource.plural] = resource
        self._publish(kind, resource, obj)
        return obj

    def _remove(self, resource: Resource, name: Name, obj: Object) -> Object:
        self.version += 1
        gone = obj | {"metadata": obj["metadata"] | {"resourceVersion": str(self.version)}}
        del self._objects[resource.plural][name]
        self._publish("DELETED", resource, gone)
        self._delete_dependents(gone["metadata"]["uid"])
        self._dependents.pop(gone["metadata"]["uid"], None)
        for owner in gone["metadata"].get("ownerReferences", ()):
            self._dependents[owner["uid"]].discard((resource.plural, name))
            self._release_foreground(owner["uid"])
        return gone

    def _publish(self, kind: str, resource: Resource, obj: Object) -> None:
        log = self.logs[resource.plural]
        log.append((self.version, kind, obj))
        if len(log) > 4000:
            self.compacted[resource.plural] = log[2000][0]
            del log[:2000]
        for listener in self.listeners:
            listener(kind, resource, obj)
        for woken in self._waiting.pop(resource.plural, ()):
            _set(woken)

    def _delete_dependents(self, uid: str) -> None:
        for plural, name in sorted(self._dependents.get(uid, ())):
            if name in self._objects[plural]:
                self.delete(self._resources[plural], name)

    def _release_foreground(self, owner: str) -> None:
        if self._dependents.get(owner):
            return
        for obj in list(self._objects[JOBS.plural].values()):
            metadata = obj["metadata"]
            if metadata["uid"] == owner and FOREGROUND in (metadata.get("finalizers") or ()):
                name = Name(metadata["namespace"], metadata["name"])
                rest = [f for f in metadata["finalizers"] if f != FOREGROUND]
                self.patch(JOBS, name, {"metadata": {"finalizers": rest or None}})


def _set(woken: "asyncio.Future[None]") -> None:
    if not woken.done():
        woken.set_result(None)


def _container_may_run(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase", "Pending") in ("Pending", "Running")
