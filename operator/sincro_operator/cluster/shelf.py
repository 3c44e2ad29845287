"""The objects of one kind, by version: what reflectors and answers of our own writes bring, in whatever order.

Decided here: which of two versions is newer, how long a deletion is remembered, and what a lost deletion is. Not here:
what an object means (whoever takes it in), or when to list (`cluster.reflector`).
"""

from collections.abc import Callable

from sincro_operator.cluster.api import Object
from sincro_operator.cluster.fields import child, name_of
from sincro_operator.planning.model import Name

_TOMBSTONES = 20_000
"""How many deletions are remembered a kind, so that a late answer does not bring an object back."""


class Shelf:
    """The objects of one kind, by version. It is the sink of that kind's reflectors."""

    def __init__(
        self,
        take: Callable[[Object], bool],
        drop: Callable[[Name], None],
        wake: Callable[[], None],
        *,
        last_words: bool = False,
    ) -> None:
        """`take` says whether anything that matters has changed; only that wakes somebody.

        `last_words`: what an object says when it is deleted is taken in before it is dropped.
        """
        self._last_words = last_words
        self._take = take
        self._drop = drop
        self._wake = wake
        self._versions: dict[Name, int] = {}
        self._gone: dict[Name, int] = {}

    def upsert(self, obj: Object) -> None:
        """Take the object in, unless a newer version or its deletion is known."""
        name, version = name_of(obj), _version(obj)
        if version <= self._versions.get(name, -1) or version <= self._gone.get(name, -1):
            return
        self._versions[name] = version
        self._gone.pop(name, None)
        if self._take(obj):
            self._wake()

    def delete(self, obj: Object) -> None:
        """The object was deleted at its version; a newer one of the same name stays."""
        name, version = name_of(obj), _version(obj)
        if self._last_words and 0 <= self._versions.get(name, -1) < version:
            self._take(obj)
        self.forget(name, version)

    def forget(self, name: Name, version: int | None = None) -> None:
        """The object is gone as of this version (default: the one that is held)."""
        held = self._versions.get(name, -1)
        if version is None:
            version = held
        if held > version:
            return
        self._bury(name, version)
        if held >= 0:
            del self._versions[name]
            self._drop(name)
            self._wake()

    def version(self, name: Name) -> str | None:
        """The version that is held; None when none is, or nobody knows which."""
        held = self._versions.get(name, 0)
        return str(held) if held > 0 else None

    def retain(self, namespace: str | None, seen: set[Name], version: str) -> None:
        """Whatever is no newer than this list and not on it has been deleted without our noticing."""
        limit = int(version) if version.isdigit() else 0
        for name, held in list(self._versions.items()):
            if name not in seen and held <= limit and namespace in (None, name.namespace):
                self.forget(name, limit)

    def rewind(self, namespace: str | None) -> None:
        """Versions start anew: whatever comes next is newer than what is held."""
        for name in self._versions:
            if namespace in (None, name.namespace):
                self._versions[name] = 0
        self._gone.clear()

    def __len__(self) -> int:
        return len(self._versions)

    def _bury(self, name: Name, version: int) -> None:
        self._gone[name] = version
        if len(self._gone) > _TOMBSTONES:
            for old in list(self._gone)[: _TOMBSTONES // 2]:
                del self._gone[old]


def _version(obj: Object) -> int:
    version = str(child(obj, "metadata").get("resourceVersion") or "")
    return int(version) if version.isdigit() else 0
