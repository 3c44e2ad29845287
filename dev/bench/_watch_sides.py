"""The two programs that the bench of watching compares: `python -m dev.bench._watch_sides (own|kopf) NAMESPACE`.

Both fill the operator's cache with the SyncTasks of one namespace, and say on their standard output which marker they
have seen. `own` does it with the operator's reflector; `kopf` with a handler of raw events, the cheapest that kopf has.
"""

import asyncio
import sys
from typing import Any

import kopf
import uvloop

from sincro_contract.resources.conditions import GROUP, VERSION
from sincro_operator.cluster.api import TASKS, Object
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.connection import Connection, load_configuration
from sincro_operator.cluster.reflector import Reflector
from sincro_operator.cluster.shelf import Shelf
from sincro_operator.planning.snapshot import Snapshot
from sincro_operator.process import login_of

MARKER = "marker-"


class Telling:
    """A shelf that says when a marker came by."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self.delete, self.retain, self.rewind = shelf.delete, shelf.retain, shelf.rewind

    def upsert(self, obj: Object) -> None:
        """See Sink."""
        self._shelf.upsert(obj)
        name = obj["metadata"]["name"]
        if name.startswith(MARKER):
            print(name, flush=True)


def _sink() -> Telling:
    return Telling(Cache(Snapshot(), lambda: None).tasks)


async def own(namespace: str) -> None:
    """The operator's reflector."""
    async with Connection(await load_configuration()) as api:
        await Reflector(api, TASKS, namespace, _sink()).run()


async def with_kopf(namespace: str) -> None:
    """A kopf operator with one handler of raw events."""
    sink, registry = _sink(), kopf.OperatorRegistry()
    login = login_of(await load_configuration())

    async def event(*, event: Any, **_: Any) -> None:
        obj = dict(event["object"])
        if event["type"] == "DELETED":
            sink.delete(obj)
        else:
            sink.upsert(obj)

    async def credentials(**_: Any) -> kopf.ConnectionInfo:
        return login

    kopf.on.event(GROUP, VERSION, TASKS.plural, registry=registry)(event)
    kopf.on.login(registry=registry)(credentials)
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    await kopf.operator(registry=registry, settings=settings, standalone=True, namespaces=[namespace])


if __name__ == "__main__":
    side, place = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run({"own": own, "kopf": with_kopf}[side](place))
