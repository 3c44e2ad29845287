"""What has been found out about sources beside what they say themselves, and what of it their facts carry.

Decided here: which problem is a source's when there are several, and how long a refused Job is one. Not here: what is
looked at, and when (`cluster.preflight`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sincro_operator.planning.model import Name, Source


@dataclass(frozen=True, slots=True)
class Check:
    """What `cluster.preflight` found out about a source."""

    problem: tuple[str, str] | None = None
    streams: frozenset[str] | None = None
    profile_hash: str | None = None


class Checks:
    """By source, whether it is held or not. `changed` is told of a source about which something else is known now."""

    def __init__(self, changed: Callable[[Name], None]) -> None:
        self._changed = changed
        self._checks: dict[Name, Check] = {}
        self._rejections: dict[Name, tuple[int, str]] = {}

    def of(self, source: Name) -> Check | None:
        """What preflight has found out about a source; None before it has looked."""
        return self._checks.get(source)

    def put(self, source: Name, check: Check) -> None:
        """Preflight has looked at a source."""
        if self._checks.get(source) != check:
            self._checks[source] = check
            self._changed(source)

    def reject(self, source: Source, message: str) -> None:
        """The API server will not accept this source's Jobs as they are; holds until it changes, or is forgiven."""
        self._rejections[source.name] = (source.generation, message)
        self._changed(source.name)

    def forgive(self, source: Name) -> None:
        """Let its Jobs be tried again: what refused them may have been a policy that is another by now."""
        if self._rejections.pop(source, None) is not None:
            self._changed(source)

    def forget(self, source: Name) -> None:
        """The source is gone."""
        self._checks.pop(source, None)
        self._rejections.pop(source, None)

    def applied(self, source: Source) -> Source:
        """The source with what is known of it."""
        check = self._checks.get(source.name, Check())
        problem = check.problem
        rejected = self._rejections.get(source.name)
        if rejected is not None and rejected[0] == source.generation:
            problem = problem or ("JobRejected", rejected[1])
        elif rejected is not None:
            del self._rejections[source.name]
        return replace(source, problem=problem, streams=check.streams, profile_hash=check.profile_hash)
