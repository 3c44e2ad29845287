"""What the operator says about itself and its syncs to Prometheus, and the small server that says it.

Decided here: names, labels and buckets. Gauges of the queue are counted when they are asked for, never kept.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client import Counter as PrometheusCounter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_operator import VERSION
from sincro_operator.planning import freshness
from sincro_operator.planning.actions import Action, CreateTask, WriteTask
from sincro_operator.planning.dead_letter import open_letters
from sincro_operator.planning.model import Name, Task, TaskStatus
from sincro_operator.planning.snapshot import Snapshot

_SYNC_BUCKETS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
_LATE_BUCKETS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600)
_PHASES = frozenset({"launch", "login", "read", "check", "load", "logout"})
"""Those of the scraper. Whatever else a pod may say is counted as `other`: no pod makes labels."""
_FAST_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """The registry and everything in it."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self.registry = CollectorRegistry()
        self._syncs = PrometheusCounter(
            "sincro_syncs",
            "Syncs that have ended, by how",
            ["namespace", "source", "type", "state", "error_class"],
            registry=self.registry,
        )
        self._durations = Histogram(
            "sincro_sync_duration_seconds",
            "From the start of the first attempt to the end of the last",
            ["type"],
            buckets=_SYNC_BUCKETS,
            registry=self.registry,
        )
        self._waits = Histogram(
            "sincro_sync_wait_seconds",
            "From the request, or when it was due, to the start of the first attempt",
            ["triggered_by"],
            buckets=(*_FAST_BUCKETS, 10, 30, 60, 300, 900, 3600),
            registry=self.registry,
        )
        self._attempts = PrometheusCounter(
            "sincro_attempts",
            "Attempts that have ended, by class of error (none: well)",
            ["namespace", "source", "type", "error_class"],
            registry=self.registry,
        )
        self._preemptions = PrometheusCounter(
            "sincro_preemptions",
            "Scheduled syncs that gave their slot to a person's",
            ["namespace", "source", "type"],
            registry=self.registry,
        )
        self._skew = Histogram(
            "sincro_due_skew_seconds",
            "From the instant at which a run was due to the creation of its SyncTask",
            buckets=_LATE_BUCKETS,
            registry=self.registry,
        )
        self._phases = Histogram(
            "sincro_phase_seconds",
            "How long a phase of a sync took that went well, by the scraper's own word",
            ["type", "phase"],
            buckets=_SYNC_BUCKETS,
            registry=self.registry,
        )
        self._rows = PrometheusCounter(
            "sincro_rows",
            "Rows that syncs have created, updated and deleted",
            ["namespace", "source", "type", "change"],
            registry=self.registry,
        )
        self._notices = PrometheusCounter(
            "sincro_notices",
            "Dead letters that the webhook was told of (sent), did not take (failed), or that were let go as too old",
            ["outcome"],
            registry=self.registry,
        )
        self._traces = PrometheusCounter(
            "sincro_traces",
            "Syncs whose trace a collector has (sent), or could not be given (dropped)",
            ["outcome"],
            registry=self.registry,
        )
        self._calls = Histogram(
            "sincro_api_call_seconds",
            "Calls to the API server until the answer began",
            ["verb", "resource", "code"],
            buckets=_FAST_BUCKETS,
            registry=self.registry,
        )
        self._plans = Histogram(
            "sincro_plan_seconds", "One run of the planner", buckets=_FAST_BUCKETS, registry=self.registry
        )
        self._plan_failures = PrometheusCounter(
            "sincro_plan_failures", "Runs of the planner that failed", registry=self.registry
        )
        self._source_failures = PrometheusCounter(
            "sincro_source_plan_failures",
            "Sources that could not be planned; the others were",
            ["namespace", "source"],
            registry=self.registry,
        )
        self._actions = PrometheusCounter(
            "sincro_actions",
            "Actions on the API server by outcome; what is not done is planned and tried again",
            ["action", "outcome"],
            registry=self.registry,
        )

    def call(self, verb: str, resource: str, code: str, seconds: float) -> None:
        """A call to the API server."""
        self._calls.labels(verb, resource, code).observe(seconds)

    def noticed(self, outcome: str) -> None:
        """A request to the webhook."""
        self._notices.labels(outcome).inc()

    def traced(self, outcome: str, syncs: int) -> None:
        """Traces that were sent, or dropped."""
        self._traces.labels(outcome).inc(syncs)

    def planned(self, seconds: float, actions: int) -> None:
        """A run of the planner."""
        del actions
        self._plans.observe(seconds)

    def plan_failed(self) -> None:
        """A run of the planner that raised."""
        self._plan_failures.inc()

    def source_failed(self, source: Name) -> None:
        """A source whose planning raised."""
        self._source_failures.labels(source.namespace, source.name).inc()

    def acted(self, action: Action, outcome: str) -> None:
        """An action of a plan, and how it went."""
        self._actions.labels(type(action).__name__, outcome).inc()
        if outcome != "done":
            return
        if isinstance(action, CreateTask):
            self._skew.observe(max(0.0, (self._now() - action.due).total_seconds()))
        elif isinstance(action, WriteTask):
            self._attempted(action.task, action.status)
            if action.status.state.final and not action.task.status.state.final:
                self._ended(action.task, action.status)

    def _attempted(self, task: Task, status: TaskStatus) -> None:
        """Count the attempts that this write is the first to call ended."""
        known = {attempt.job for attempt in task.status.attempts if attempt.ended_at is not None}
        for attempt in status.attempts:
            if attempt.ended_at is None or attempt.job in known:
                continue
            labels = (task.name.namespace, task.source, task.type)
            self._attempts.labels(*labels, attempt.error_class.value if attempt.error_class else "").inc()
            if attempt.error_class is ErrorClass.PREEMPTED:
                self._preemptions.labels(*labels).inc()

    def _ended(self, task: Task, status: TaskStatus) -> None:
        namespace = task.name.namespace
        failed = status.state is TaskState.DEAD_LETTERED and status.last_error is not None
        error_class = status.last_error.error_class.value if failed and status.last_error else ""
        self._syncs.labels(namespace, task.source, task.type, status.state.value, error_class).inc()
        if status.started_at is not None:
            asked = task.due or task.created
            self._waits.labels(task.triggered_by.value).observe(max(0.0, (status.started_at - asked).total_seconds()))
            if status.completed_at is not None:
                self._durations.labels(task.type).observe((status.completed_at - status.started_at).total_seconds())
        if status.result is not None:
            for phase, milliseconds in status.result.phases.items():
                self._phases.labels(task.type, phase if phase in _PHASES else "other").observe(milliseconds / 1000)
        if status.result is not None and not status.result.dry_run:
            for change in ("created", "updated", "deleted"):
                rows = getattr(status.result, change)
                self._rows.labels(namespace, task.source, task.type, change).inc(rows)


class State(Collector):
    """Gauges that are read off the snapshot when Prometheus asks."""

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        leading: Callable[[], bool],
        loop_age: Callable[[], float],
        under_way: Callable[[], int],
        connected: Callable[[], dict[str, bool]],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._snapshot = snapshot
        self._leading = leading
        self._loop_age = loop_age
        self._under_way = under_way
        self._connected = connected
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client.registry.Collector."""
        build = GaugeMetricFamily("sincro_build_info", "1, with the operator's version", labels=["version"])
        build.add_metric([VERSION], 1)
        yield build
        yield from self._tasks()
        yield from self._sources()
        yield _gauge("sincro_leader", "1 where this replica acts", self._leading())
        yield _gauge("sincro_loop_age_seconds", "Since the loop last came round", self._loop_age())
        yield _gauge("sincro_objects_being_written", "Objects with actions under way", self._under_way())
        connected = GaugeMetricFamily("sincro_connected", "1 where the connection stands", labels=["to"])
        for name, state in self._connected().items():
            connected.add_metric([name], state)
        yield connected

    def _tasks(self) -> Iterator[Metric]:
        kind = ["namespace", "source", "type"]
        tasks = GaugeMetricFamily("sincro_tasks", "SyncTasks in the cluster", labels=[*kind, "state"])
        waiting = GaugeMetricFamily("sincro_waiting_tasks", "SyncTasks that wait, by why", labels=[*kind, "reason"])
        oldest = GaugeMetricFamily(
            "sincro_oldest_wait_seconds", "How long the oldest of them has waited", labels=[*kind, "reason"]
        )
        letters = GaugeMetricFamily(
            "sincro_open_dead_letters",
            "Syncs that were given up, not retried since, and after which none of their kind has succeeded",
            labels=kind,
        )
        now, all_tasks = self._now(), tuple(self._snapshot.tasks())
        labels: tuple[str, ...]
        states: Counter[tuple[str, ...]] = Counter()
        reasons: Counter[tuple[str, ...]] = Counter()
        waits: dict[tuple[str, ...], float] = {}
        for task in all_tasks:
            labels = (task.name.namespace, task.source, task.type)
            states[*labels, task.status.state.value] += 1
            if task.status.waiting_for is not None:
                why = (*labels, task.status.waiting_for.reason)
                reasons[why] += 1
                since = task.status.queued_at or task.created
                waits[why] = max(waits.get(why, 0.0), (now - since).total_seconds())
        for family, found in ((tasks, states), (waiting, reasons), (oldest, waits)):
            for labels, value in found.items():
                family.add_metric(labels, value)
        open_ones = open_letters(all_tasks, self._snapshot.sources())
        for labels, count in Counter((task.name.namespace, task.source, task.type) for task in open_ones).items():
            letters.add_metric(labels, count)
        yield from (tasks, waiting, oldest, letters)

    def _sources(self) -> Iterator[Metric]:
        circuit = GaugeMetricFamily(
            "sincro_circuit_open", "1 where the circuit is open", labels=["namespace", "source"]
        )
        paused = GaugeMetricFamily("sincro_source_paused", "1 where a person paused it", labels=["namespace", "source"])
        for source in self._snapshot.sources():
            circuit.add_metric(source.name, source.status.circuit.state == "Open")
            paused.add_metric(source.name, source.paused)
        fresh = GaugeMetricFamily(
            "sincro_fresh",
            "1 where the freshness objective is met, 0 where it is not",
            labels=["namespace", "schedule"],
        )
        last = GaugeMetricFamily(
            "sincro_last_success_timestamp_seconds",
            "End of the last sync that went well",
            labels=["namespace", "schedule", "source", "type"],
        )
        objective = GaugeMetricFamily(
            "sincro_freshness_objective_seconds",
            "How old the data may be",
            labels=["namespace", "schedule", "source", "type"],
        )
        held = GaugeMetricFamily(
            "sincro_schedule_held",
            "1 where people keep a schedule from making data fresh, by why; absent where they do not",
            labels=["namespace", "schedule", "reason"],
        )
        for schedule in self._snapshot.schedules():
            source_name = Name(schedule.name.namespace, schedule.source)
            for reason in freshness.held(schedule, self._snapshot.source(source_name)):
                held.add_metric([*schedule.name, reason], 1)
            if schedule.freshness_objective is not None:
                labels = [*schedule.name, schedule.source, schedule.type]
                objective.add_metric(labels, schedule.freshness_objective.total_seconds())
            if schedule.status.fresh[0] is not None:
                fresh.add_metric(schedule.name, schedule.status.fresh[0])
            if schedule.status.last_success is not None:
                labels = [*schedule.name, schedule.source, schedule.type]
                last.add_metric(labels, schedule.status.last_success.timestamp())
        yield from (circuit, paused, fresh, held, last, objective)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


@asynccontextmanager
async def serve(
    registry: CollectorRegistry,
    port: int,
    ready: Callable[[], bool],
    *,
    host: str | None = None,
    more: Iterable[web.RouteDef] = (),
) -> AsyncIterator[int]:
    """Serve /metrics, and /readyz (200 once the caches are complete, 503 before), on all addresses where host is None.

    Yields the port (0 asks for any).
    """

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def readiness(_request: web.Request) -> web.Response:
        is_ready = ready()
        return web.Response(
            text="ready\n" if is_ready else "caches are not complete\n", status=200 if is_ready else 503
        )

    app = web.Application()
    app.add_routes([web.get("/metrics", metrics), web.get("/readyz", readiness), *more])
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
