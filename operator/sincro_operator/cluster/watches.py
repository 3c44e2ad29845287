"""All watches of the operator: which kinds, in which namespaces, narrowed how."""

import asyncio
import random
from collections.abc import Sequence

from sincro_operator.cluster.api import JOBS, PODS, SCHEDULES, SOURCES, TASKS, Api
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.reflector import Reflector
from sincro_operator.cluster.workload import SELECTOR

_SELECTORS = {TASKS: "", SCHEDULES: "", SOURCES: "", JOBS: SELECTOR, PODS: SELECTOR}


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
        await asyncio.gather(*(reflector.refresh() for reflector in self._reflectors))
