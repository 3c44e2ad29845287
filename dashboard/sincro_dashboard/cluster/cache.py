"""What the dashboard knows of the cluster right now: the newest version of each object, and who hears of changes.

Decided here: which of two versions is newer. Not here: how objects get in (`cluster.reflector`, and the answers of our
own writes), and what they mean (`views`).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sincro_dashboard.cluster.door import Kind, Object


class Key(NamedTuple):
    """An object's namespace and name."""

    namespace: str
    name: str


class Change(NamedTuple):
    """An object that came (`before` is None), changed, or went (`after` is None)."""

    kind: Kind
    before: Object | None
    after: Object | None


@dataclass(frozen=True, slots=True)
class Feed:
    """How well one kind is kept up to date. `problem` says what stands in the way, in a sentence; "" when nothing."""

    synced: bool = False
    """Listed completely at least once."""
    problem: str = ""
    denied: bool = False
    """The dashboard itself lacks the right to list."""
    since: datetime | None = None
    """When the problem began."""


Listener = Callable[[Change], None]

MOST_DELETIONS = 10_000
"""Deletions of a kind that are remembered: an answer of our own is late by seconds, and lists may be days apart."""


def key_of(obj: Object) -> Key:
    """Namespace and name of an object."""
    metadata = obj["metadata"]
    return Key(metadata.get("namespace") or "", metadata["name"])


def version_of(obj: Object) -> int:
    """The resourceVersion as a number; 0 where it is none. Kubernetes orders the versions of one resource this way."""
    text = obj["metadata"].get("resourceVersion") or ""
    return int(text) if text.isdigit() else 0


class Cache:
    """Objects by kind, namespace and name. Not thread-safe; made for one event loop."""

    def __init__(self) -> None:
        self._objects: dict[Kind, dict[Key, Object]] = {kind: {} for kind in Kind}
        self._gone: dict[Kind, dict[Key, int]] = {kind: {} for kind in Kind}
        self._feeds: dict[Kind, dict[str | None, Feed]] = {kind: {} for kind in Kind}
        self._listeners: list[Listener] = []
        self.version = 0
        """Grows with every change: what was computed at one version holds until the next."""

    def listen(self, listener: Listener) -> None:
        """Have every change told, as it happens. A listener must not wait and must not raise."""
        self._listeners.append(listener)

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """The object, or None."""
        return self._objects[kind].get(Key(namespace, name))

    def all(self, kind: Kind, namespaces: Collection[str] | None = None) -> Iterable[Object]:
        """The objects of a kind in these namespaces (None: in all), in no order."""
        held = self._objects[kind]
        if namespaces is None:
            return list(held.values())
        return [obj for key, obj in held.items() if key.namespace in namespaces]

    def deletions(self, kind: Kind) -> int:
        """How many deletions of a kind are remembered."""
        return len(self._gone[kind])

    def count(self, kind: Kind) -> int:
        """How many objects of a kind are held."""
        return len(self._objects[kind])

    def upsert(self, kind: Kind, obj: Object) -> None:
        """Take in an object as it was at some time; an older version than the held one is ignored."""
        key, version = key_of(obj), version_of(obj)
        before = self._objects[kind].get(key)
        if before is not None and version <= version_of(before):
            return
        if version <= self._gone[kind].get(key, -1):
            return
        obj["metadata"].pop("managedFields", None)
        self._gone[kind].pop(key, None)
        self._objects[kind][key] = obj
        self._tell(Change(kind, before, obj))

    def delete(self, kind: Kind, obj: Object) -> None:
        """The object is gone; its resourceVersion is that of the deletion."""
        key, version = key_of(obj), version_of(obj)
        before = self._objects[kind].get(key)
        # A late answer of our own write must not raise the dead: the deletion is remembered until the next list.
        gone = self._gone[kind]
        gone.pop(key, None)
        gone[key] = version
        while len(gone) > MOST_DELETIONS:
            del gone[next(iter(gone))]
        if before is not None and version_of(before) <= version:
            del self._objects[kind][key]
            self._tell(Change(kind, before, None))

    def retain(self, kind: Kind, namespace: str | None, seen: Collection[Key], version: str) -> None:
        """A list made at `version` holds exactly `seen`: of that namespace, what is older and not seen is gone."""
        listed = int(version) if version.isdigit() else 0
        for key, obj in list(self._objects[kind].items()):
            of_list = namespace is None or key.namespace == namespace
            if of_list and key not in seen and version_of(obj) <= listed:
                del self._objects[kind][key]
                self._tell(Change(kind, obj, None))
        gone = self._gone[kind]
        for key in [key for key, at in gone.items() if at <= listed]:
            del gone[key]

    def feed(self, kind: Kind) -> Feed:
        """How well a kind is kept up to date: the worst of its namespaces."""
        feeds = self._feeds[kind].values()
        if not feeds:
            return Feed()
        return min(feeds, key=lambda feed: (feed.synced, not feed.problem))

    def report(self, kind: Kind, namespace: str | None, feed: Feed) -> None:
        """Say how well a namespace (None: all) of a kind is kept up to date."""
        self._feeds[kind][namespace] = feed

    @property
    def feeds(self) -> Mapping[Kind, Feed]:
        """How well each kind is kept up to date."""
        return {kind: self.feed(kind) for kind in Kind}

    def _tell(self, change: Change) -> None:
        self.version += 1
        for listener in self._listeners:
            listener(change)
