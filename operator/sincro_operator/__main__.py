"""`python -m sincro_operator`: what the operator is made of, and how it is put together. Nothing is decided here."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import uvloop

from sincro_operator import logs
from sincro_operator.cluster.connection import Connection, load_configuration
from sincro_operator.cluster.lease import Alone, Leadership
from sincro_operator.cluster.watches import connections
from sincro_operator.core import assemble
from sincro_operator.foresight import Foresight
from sincro_operator.history.archive import History
from sincro_operator.history.state import keep_state
from sincro_operator.journal import tell
from sincro_operator.metrics import Metrics, State, serve
from sincro_operator.notices.sender import Sender
from sincro_operator.planning.actions import Action
from sincro_operator.process import health, identity_of, login_of, run_process, shutdown
from sincro_operator.progress.intake import ProgressIntake
from sincro_operator.settings import Settings, SettingsError, load_settings
from sincro_operator.tracing.exporter import Exporter


def now() -> datetime:
    """The one clock of the operator."""
    return datetime.now(UTC)


async def operate(settings: Settings) -> None:
    """Run until a signal comes."""
    started_at, identity, woken, metrics = now(), identity_of(), asyncio.Event(), Metrics()

    tracing = settings.tracing.endpoint
    traces = Exporter(tracing, headers=settings.tracing_headers, counted=metrics.traced) if tracing else None

    def acted(action: Action, outcome: str) -> None:
        metrics.acted(action, outcome)
        tell(action, outcome)
        if traces is not None:
            traces.acted(action, outcome)

    watching = connections(settings.namespaces)
    configuration = await load_configuration(connections=settings.workers + 32 + watching)
    async with Connection(configuration, metrics.call) as api:
        leader = Leadership(api, settings.lease, identity, now, changed=woken.set) if settings.elects else Alone()
        history = History(settings.history_url) if settings.history_url_file else None
        core = assemble(
            api,
            leader,
            woken=woken,
            limits=settings.limits,
            jobs=settings.jobs,
            now=now,
            identity=identity,
            namespaces=settings.namespaces,
            selector=settings.selector,
            archive=history,
            workers=settings.workers,
            acted=acted,
            planned=metrics.planned,
            plan_failed=metrics.plan_failed,
            source_failed=metrics.source_failed,
        )
        services = core.services | {"leadership": leader.run}
        connected: dict[str, Callable[[], bool]] = {}
        if history is not None:
            services["history"] = history.run
            services["state"] = lambda: keep_state(
                history, core.snapshot, started_at=started_at, identity=identity, may_act=lambda: leader.held
            )
            connected["history"] = lambda: history.connected
        if settings.redis_url_file is not None:
            progress = ProgressIntake(
                api, core.cache, settings.redis_url, may_act=lambda: leader.held, ca_file=settings.redis_ca_file
            )
            services["progress"] = progress.run
            connected["redis"] = lambda: progress.connected
        if traces is not None:
            services["traces"] = traces.run
        if settings.notices.url_file is not None:
            sender = Sender(
                api,
                core.cache,
                settings.notice_target,
                may_act=lambda: leader.held,
                now=now,
                sent=metrics.noticed,
            )
            services["notices"] = sender.run
        metrics.registry.register(
            State(
                core.snapshot,
                leading=lambda: leader.held,
                loop_age=lambda: core.loop.age,
                under_way=lambda: core.actuator.under_way,
                connected=lambda: {name: stands() for name, stands in connected.items()},
            )
        )
        foresight = Foresight(core.snapshot, settings.limits, now)
        async with serve(
            metrics.registry,
            settings.metrics_port,
            lambda: core.watches.complete,
            more=foresight.routes(lambda: core.watches.complete),
        ):
            await run_process(
                services,
                stop=lambda: shutdown(core, leader.release),
                alive=lambda: health(core, started_at, now()),
                endpoint=settings.health_endpoint,
                login=login_of(configuration),
            )


def main() -> None:
    """Read the settings, then run."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(f"sincro-operator: {error}")
    logs.configure(settings.log_level, settings.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(operate(settings))


if __name__ == "__main__":
    main()
