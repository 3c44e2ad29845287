"""All watches of the operator: which kinds, in which namespaces, narrowed how."""

import asyncio
import random
from collections.abc import Sequence

from sincro_operator.cluster.api import JOBS, PODS, SCHEDULES, SOURCES, TASKS, Api
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.reflector import Reflector
from sincro_operator.cluster.workload import SELECTOR

_SELECTORS = {TASKS: "", SCHEDULES: "", SOURCES: "", JOBS: SELECTOR, PODS: SELECTOR}

_IN_ORDER = ((TASKS,), (SCHEDULES, SOURCES, JOBS), (PODS,))
"""Who speaks of others is listed before them: a predecessor's last writes may land in between, and a task that says
that it runs while its Job is not there yet would be taken for one whose Job is gone."""


def connections(namespaces: Sequence[str]) -> int:
    """How many connections watches of these namespaces hold, each for as long as the process lives."""
    return len(_SELECTORS) * max(1, len(namespaces))


class Watches:
    """Keeps a cache in step with the cluster. `namespaces` empty: all of them, with one watch a kind."""

    def __init__(
        self,
        api: Api,
        cache: Cache,
        namespaces: Sequence[str] = (),
        randomness: random.Random | None = None,
    ) -> None:
        scopes: Sequence[str | None] = namespaces or [None]
        self._reflectors = [
            Reflector(api, resource, namespace, cache.shelves[resource], label_selector=selector, randomness=randomness)
            for resource, selector in _SELECTORS.items()
            for namespace in scopes
        ]

    async def run(self) -> None:
        """Watch for ever; returns only by cancellation."""
        async with asyncio.TaskGroup() as group:
            for reflector in self._reflectors:
                group.create_task(reflector.run())

    @property
    def complete(self) -> bool:
        """True once every first list has been taken in whole."""
        return all(reflector.complete.is_set() for reflector in self._reflectors)

    async def wait_complete(self) -> None:
        """Wait until `complete`."""
        await asyncio.gather(*(reflector.complete.wait() for reflector in self._reflectors))

    async def refresh(self) -> None:
        """Bring the cache to where the cluster is now, whatever the watches have delivered. Raises ApiError."""
        for kinds in _IN_ORDER:
            await asyncio.gather(*(one.refresh() for one in self._reflectors if one.resource in kinds))
