"""The operator without its surroundings: everything between an `Api` and the planner, put together.

The process (`__main__`) gives it a connection, a Lease and a history; the simulation gives it a cluster in memory.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sincro_operator.cluster.actuator import Actuator, Observer
from sincro_operator.cluster.api import Api
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.events import Recorder
from sincro_operator.cluster.job import JobSettings
from sincro_operator.cluster.mounts import Mounts
from sincro_operator.cluster.preflight import EVERY, Preflight
from sincro_operator.cluster.watches import Watches
from sincro_operator.cluster.writes import Archive, Writes
from sincro_operator.loop import RESYNC, Leader, Loop
from sincro_operator.planning.model import Limits, Name
from sincro_operator.planning.planner import Planner
from sincro_operator.planning.selection import EVERYTHING, Selector
from sincro_operator.planning.snapshot import Snapshot

Service = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Core:
    """The parts. `services` run for ever, beside each other, until they are cancelled."""

    snapshot: Snapshot
    cache: Cache
    watches: Watches
    actuator: Actuator
    recorder: Recorder
    loop: Loop
    services: dict[str, Service]


def assemble(
    api: Api,
    leader: Leader,
    *,
    woken: asyncio.Event,
    limits: Limits,
    jobs: JobSettings,
    now: Callable[[], datetime],
    identity: str,
    namespaces: tuple[str, ...] = (),
    selector: Selector = EVERYTHING,
    archive: Archive | None = None,
    workers: int = 32,
    resync: float = RESYNC,
    recheck: float = EVERY,
    randomness: random.Random | None = None,
    acted: Observer = lambda _action, _outcome: None,
    planned: Callable[[float, int], None] = lambda _seconds, _actions: None,
    plan_failed: Callable[[], None] = lambda: None,
    source_failed: Callable[[Name], None] = lambda _source: None,
) -> Core:
    """Put the parts together; nothing runs yet. `woken` is set whenever the loop has to look.

    `resync` and `recheck`: seconds after which it plans, and looks at a source's profile, although nobody asked.
    """
    snapshot = Snapshot(selector=selector)
    cache = Cache(snapshot, woken.set)
    watches = Watches(api, cache, namespaces, randomness)
    preflight = Preflight(api, cache, recheck)
    recorder = Recorder(api, identity, now, busy=lambda: actuator.under_way > workers)
    writes = Writes(api, cache, jobs, recorder, archive, now)
    actuator = Actuator(
        writes,
        cache,
        recorder,
        may_act=lambda: leader.held,
        workers=workers,
        randomness=randomness,
        observe=acted,
    )
    loop = Loop(
        lambda: Planner(snapshot, limits).plan,
        actuator,
        leader,
        woken=woken,
        now=now,
        refresh=watches.refresh,
        resync=resync,
        observe=planned,
        failed=plan_failed,
        source_failed=source_failed,
    )
    services: dict[str, Service] = {
        "watches": watches.run,
        "preflight": preflight.run,
        "mounts": Mounts(api, cache.creating).run,
        "events": recorder.run,
        "actuator": actuator.run,
        "loop": lambda: loop.run(watches.wait_complete()),
    }
    return Core(snapshot, cache, watches, actuator, recorder, loop, services)
