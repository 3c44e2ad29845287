"""What can be known of a source before a Job is made for it: is its profile there, and which streams does it declare.

Decided here: the words for what is missing, and when to look again. Not here: whether a profile is right (the scraper
checks that), Secrets (the operator may not read them: a missing one shows on the pod), or what follows (planning).
"""

import asyncio
import hashlib
import logging
from contextlib import suppress
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

import yaml

from sincro_operator.cluster.api import CONFIG_MAPS, Api, ApiError, Denied, NotFound, Object
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.checks import Check
from sincro_operator.cluster.facts import LaunchSettings
from sincro_operator.cluster.fields import child
from sincro_operator.planning.model import Name, Source

logger = logging.getLogger(__name__)

_ROUND = 10.0
"""Seconds after which a source with a problem is looked at again."""
EVERY = 300.0
"""Seconds after which a source without a problem is looked at again: ConfigMaps are not watched."""
_AT_ONCE = 8
_DEEPEST = 100
"""As the scraper has it."""
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class _Read:
    """A profile as read from one version of its ConfigMap."""

    version: str
    check: Check


def read_profile(text: str, where: str) -> Check:
    """The streams that a profile declares and the hash of its text; a problem where it has no streams at all.

    Only keys are looked at: what a value means, and whether it can be one, is the scraper's to say. Never raises.
    """
    try:
        streams = _streams(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        return Check(problem=("ProfileInvalid", f"{where} is not YAML: {problem}{place}"))
    if not streams:
        return Check(problem=("ProfileInvalid", f"{where} declares no streams: it needs a mapping `streams:`"))
    return Check(streams=streams, profile_hash=hashlib.sha256(text.encode()).hexdigest()[:16])


def _streams(text: str) -> frozenset[str]:
    """The keys below the last `streams` of the document. Raises yaml.YAMLError."""
    _check_depth(text)
    root = yaml.compose(text, Loader=_LOADER)
    fields = root.value if isinstance(root, yaml.MappingNode) else []
    streams = [value for key, value in fields if isinstance(key, yaml.ScalarNode) and key.value == "streams"]
    if not streams or not isinstance(streams[-1], yaml.MappingNode):
        return frozenset()
    return frozenset(str(key.value) for key, _ in streams[-1].value if isinstance(key, yaml.ScalarNode))


def _check_depth(text: str) -> None:
    """A document is composed by recursion, in C: one that is nested without end would end the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                mark: Any = event.start_mark
                raise yaml.MarkedYAMLError(problem=f"it is nested more than {_DEEPEST} deep", problem_mark=mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class Preflight:
    """Looks at sources when they change, and again now and then."""

    def __init__(self, api: Api, cache: Cache, every: float = EVERY) -> None:
        self._api = api
        self._cache = cache
        self._every = every
        self._due: set[Name] = set()
        self._woken = asyncio.Event()
        self._again_at: dict[Name, float] = {}
        self._alarms: list[tuple[float, Name]] = []
        """When to look at whom again, soonest first; an entry that `_again_at` does not confirm is void."""
        self._maps: dict[Name, asyncio.Task[Object]] = {}
        """ConfigMaps as they were found in this round: many sources of one ERP share a profile."""
        self._profiles: dict[tuple[Name, str], _Read] = {}
        cache.source_changed = self.look

    def look(self, source: Name) -> None:
        """This source has changed."""
        self._due.add(source)
        self._woken.set()

    async def run(self) -> None:
        """Look for ever; returns only by cancellation."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._next_round()):
                    await self._woken.wait()
            self._woken.clear()
            # Also when somebody has changed: else those who always do would keep the others from being looked at.
            due, self._due = self._due | self._stale(), set()
            gate = asyncio.Semaphore(_AT_ONCE)
            self._maps.clear()
            async with asyncio.TaskGroup() as group:
                for name in due:
                    group.create_task(self._look(name, gate))

    def _next_round(self) -> float:
        """When somebody has to be looked at again, by the loop's clock; nobody is asked in between."""
        while self._alarms and self._again_at.get(self._alarms[0][1]) != self._alarms[0][0]:
            heappop(self._alarms)
        now = asyncio.get_running_loop().time()
        return max(now + 1.0, self._alarms[0][0]) if self._alarms else now + self._every

    def _stale(self) -> set[Name]:
        """Those whose time has come, and those it comes for within a round: they are looked at together."""
        until, stale = asyncio.get_running_loop().time() + _ROUND / 2, set()
        while self._alarms and self._alarms[0][0] <= until:
            at, name = heappop(self._alarms)
            if self._again_at.get(name) == at:
                del self._again_at[name]
                stale.add(name)
        return stale

    async def _look(self, name: Name, gate: asyncio.Semaphore) -> None:
        source = self._cache.snapshot.source(name)
        if source is None or not self._cache.snapshot.looks_after(name):
            self._again_at.pop(name, None)
            return
        check: Check | None = None
        async with gate:
            try:
                check = await self._check(source)
            except ApiError as error:
                about = {"namespace": name.namespace, "source": name.name, "error": str(error)}
                logger.warning("preflight_failed", extra=about)
                if self._cache.checks.of(name) is None:
                    check = _problem("ProfileUnreadable", f"its profile could not be read: {error}")
        if check is not None:
            self._cache.checks.put(name, check)
        self._cache.checks.forgive(name)
        known = self._cache.checks.of(name)
        pause = _ROUND if known is None or known.problem is not None else self._every
        self._again_at[name] = at = asyncio.get_running_loop().time() + pause
        heappush(self._alarms, (at, name))

    async def _check(self, source: Source) -> Check:
        settings = source.launch if isinstance(source.launch, LaunchSettings) else LaunchSettings()
        namespace = source.name.namespace
        reference = Name(namespace, settings.profile)
        try:
            config_map = await self._config_map(reference)
        except NotFound:
            advice = f"kubectl -n {namespace} create configmap {settings.profile} --from-file={settings.profile_key}"
            return _problem("ProfileNotFound", f"ConfigMap {settings.profile} does not exist; create it: {advice}")
        except Denied:
            return _problem("ProfileUnreadable", f"the operator may not read ConfigMaps in namespace {namespace}")
        return self._read(config_map, reference, settings.profile_key)

    async def _config_map(self, reference: Name) -> Object:
        if reference not in self._maps:
            self._maps[reference] = asyncio.ensure_future(self._api.get(CONFIG_MAPS, reference))
        return await self._maps[reference]

    def _read(self, config_map: Object, reference: Name, key: str) -> Check:
        version = str(child(config_map, "metadata").get("resourceVersion") or "")
        known = self._profiles.get((reference, key))
        if known is not None and known.version == version:
            return known.check
        text = child(config_map, "data").get(key)
        if not isinstance(text, str):
            keys = ", ".join(sorted(child(config_map, "data"))) or "none"
            check = _problem("ProfileNotFound", f"ConfigMap {reference.name} has no key {key} (it has: {keys})")
        else:
            check = read_profile(text, f"{key} in ConfigMap {reference.name}")
        self._profiles[reference, key] = _Read(version, check)
        return check


def _problem(reason: str, message: str) -> Check:
    return Check(problem=(reason, message))
