"""A company with two ERPs in a fake cluster, and an operator of a few lines that carries out what is asked of it.

The dashboard's own code serves all of it: browser tests press its buttons, screenshots show it.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sincro_dashboard.cluster.door import Kind, Object
from tests.unit.dashboard.fake_cluster import FakeCluster
from tests.unit.dashboard.objects import failed, schedule, source, stamp, succeeded, task

CONDITION_READY = "The profile is valid and its Secrets are there."


def now() -> datetime:
    """The instant, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def company(at: datetime, *, namespace: str = "erp") -> list[Object]:
    """Sources, schedules and tasks as they might stand on an ordinary day."""

    def ago(**parts: float) -> datetime:
        return at - timedelta(**parts)

    def ahead(**parts: float) -> datetime:
        return at + timedelta(**parts)

    def kind_statistics(type_: str, good: int, bad: int, minutes: float, seconds: int) -> Object:
        return {
            "type": type_,
            "lastSyncTime": stamp(ago(minutes=minutes)),
            "lastSuccessTime": stamp(ago(minutes=minutes)),
            "lastFailureTime": stamp(ago(days=3)) if bad else None,
            "lastFullTime": stamp(ago(hours=9)),
            "succeeded": good,
            "failed": bad,
            "averageDurationMs": seconds * 1000,
            "averageDuration": f"{seconds}s",
        }

    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "Ready",
        "message": CONDITION_READY,
        "lastTransitionTime": stamp(ago(days=20)),
    }
    acme = source(
        "acme",
        namespace=namespace,
        baseUrl="https://gestionale.acme.example.it",
        maxConcurrent=2,
        status={
            "conditions": [ready],
            "running": 2,
            "queued": 3,
            "retrying": 1,
            "deadLettered": 3,
            "activeTasks": ["acme-customers-delta-29384", "acme-prices-full-29381"],
            "lastError": {
                "message": 'Column "Codice articolo" was not found on page 1; the page has "Cod. art." in its place.',
                "time": stamp(ago(minutes=52)),
                "type": "products",
                "class": "SchemaDrift",
            },
            "types": [
                kind_statistics("customers", 1284, 3, 24, 38),
                kind_statistics("orders", 640, 9, 11, 96),
                kind_statistics("prices", 212, 0, 180, 240),
                kind_statistics("products", 410, 4, 95, 142)
                | {"lastFailureTime": stamp(ago(minutes=52)), "lastSuccessTime": stamp(ago(minutes=95))},
            ],
        },
    )
    rossi = source(
        "rossi-spa",
        namespace=namespace,
        baseUrl="https://erp.rossi.example.com/web",
        maxConcurrent=1,
        paused=True,
        pausedBy="giulia.bianchi",
        pauseReason="Il fornitore aggiorna l'ERP fino alle 14",
        status={
            "conditions": [
                ready,
                {
                    "type": "Paused",
                    "status": "True",
                    "reason": "Paused",
                    "message": "",
                    "lastTransitionTime": stamp(ago(hours=2)),
                },
            ],
            "types": [kind_statistics("customers", 96, 1, 130, 61), kind_statistics("orders", 88, 0, 135, 120)],
        },
    )

    def plan(type_: str, delta: str, full: str, minutes: int, **more: Any) -> Object:
        return schedule(
            type_,
            namespace=namespace,
            delta={"every": delta},
            full={"every": full} if ":" not in full else {"cron": f"{full[3:]} {full[:2]} * * *"},
            quietHours=[{"start": "00:00", "end": "06:00"}],
            status={
                "next": {"delta": stamp(ahead(minutes=minutes)), "full": stamp(ahead(hours=13))},
                "lastRunTime": stamp(ago(minutes=24)),
                "lastSuccessTime": stamp(ago(minutes=24)),
                "succeeded": 640,
                "failed": 2,
                "averageDurationMs": 41_000,
                **more.pop("status", {}),
            },
            **more,
        )

    return [
        acme,
        rossi,
        plan(
            "customers",
            "30m",
            "24h",
            6,
            adaptive={"min": "10m", "max": "2h"},
            status={
                "effectiveInterval": {"interval": "20m", "reason": "about 9 changes an hour", "changesPerHour": "9.1"},
                "activeTask": "acme-customers-delta-29384",
            },
        ),
        plan("orders", "1h", "24h", 18),
        plan("products", "2h", "06:30", 44),
        plan(
            "prices",
            "6h",
            "168h",
            190,
            rollout="DryRun",
            freshnessObjective="12h",
            status={"skipped": 2, "lastSkipReason": "Quiet hours"},
        ),
        schedule(
            "orders",
            source="rossi-spa",
            namespace=namespace,
            suspend=True,
            suspendedBy="marco.verdi",
            suspendReason="until the new profile is tried",
            status={"succeeded": 88, "failed": 0},
        ),
        task(
            "acme-customers-delta-29384",
            "Running",
            namespace=namespace,
            created=ago(seconds=55),
            spec=by_schedule("acme-customers", 80),
            startedAt=ago(seconds=41),
            queuedAt=ago(seconds=55),
            attempt=1,
            job="acme-customers-delta-29384-1",
            progress={"phase": "read", "current": 1240, "total": 3180, "percentage": 39.0},
            attempts=[
                {
                    "number": 1,
                    "job": "acme-customers-delta-29384-1",
                    "startedAt": stamp(ago(seconds=41)),
                    "node": "worker-1",
                }
            ],
        ),
        task(
            "acme-prices-full-29381",
            "Running",
            type_="prices",
            namespace=namespace,
            created=ago(minutes=4),
            spec=by_schedule("acme-prices", 20, mode="Full"),
            startedAt=ago(minutes=3),
            attempt=2,
            job="acme-prices-full-29381-2",
            progress={"phase": "login", "current": 0, "total": 0, "percentage": 0},
            attempts=[
                {
                    "number": 1,
                    "job": "acme-prices-full-29381-1",
                    "startedAt": stamp(ago(minutes=4)),
                    "endedAt": stamp(ago(minutes=3, seconds=30)),
                    "class": "SourceUnavailable",
                    "message": "502 Bad Gateway from https://gestionale.acme.example.it/prezzi",
                    "node": "worker-2",
                },
                {
                    "number": 2,
                    "job": "acme-prices-full-29381-2",
                    "startedAt": stamp(ago(minutes=3)),
                    "node": "worker-1",
                },
            ],
        ),
        task(
            "acme-orders-manual-k4x9z",
            "Queued",
            type_="orders",
            namespace=namespace,
            created=ago(seconds=12),
            spec={"requestedBy": "giulia.bianchi", "mode": "Full"},
            queuePosition=1,
            estimatedStart=ahead(seconds=25),
            waitingFor={
                "reason": "SourceBusy",
                "message": "acme allows 2 sessions; acme-customers-delta-29384 and acme-prices-full-29381 have them.",
                "since": stamp(ago(seconds=12)),
            },
        ),
        task(
            "acme-orders-delta-29380",
            "Queued",
            type_="orders",
            namespace=namespace,
            created=ago(minutes=6),
            spec=by_schedule("acme-orders", 60),
            queuePosition=2,
            estimatedStart=ahead(minutes=2),
            waitingFor={
                "reason": "SourceBusy",
                "message": "acme allows 2 sessions and both are taken.",
                "since": stamp(ago(minutes=6)),
            },
        ),
        task(
            "rossi-customers-delta-120",
            "Queued",
            source="rossi-spa",
            namespace=namespace,
            created=ago(minutes=70),
            spec=by_schedule("rossi-customers", 80),
            queuePosition=3,
            waitingFor={
                "reason": "Paused",
                "message": "The source rossi-spa is paused by giulia.bianchi (aggiornamento dell'ERP fino alle 14).",
                "since": stamp(ago(minutes=70)),
            },
        ),
        task(
            "acme-products-delta-881",
            "Retrying",
            type_="products",
            namespace=namespace,
            created=ago(minutes=9),
            spec=by_schedule("acme-products", 40),
            attempt=2,
            nextAttemptAt=ahead(seconds=95),
            lastError={
                "class": "SessionLost",
                "message": "The ERP asked to log in again on page 14 of 31.",
                "fingerprint": "s7",
            },
        ),
        failed(
            "acme-products-full-880",
            type_="products",
            namespace=namespace,
            created=ago(minutes=55),
            ended=ago(minutes=52),
            fingerprint="3f9a1c07",
            spec=by_schedule("acme-products", 40, mode="Full"),
            attempts=[
                {
                    "number": 1,
                    "job": "acme-products-full-880-1",
                    "startedAt": stamp(ago(minutes=54)),
                    "endedAt": stamp(ago(minutes=52)),
                    "class": "SchemaDrift",
                    "message": 'Column "Codice articolo" was not found',
                    "node": "worker-2",
                }
            ],
        ),
        failed(
            "acme-products-full-879",
            type_="products",
            namespace=namespace,
            created=ago(hours=5),
            ended=ago(hours=5),
            fingerprint="3f9a1c07",
            spec=by_schedule("acme-products", 40, mode="Full"),
        ),
        failed(
            "rossi-orders-full-31",
            type_="orders",
            source="rossi-spa",
            error="GuardTripped",
            namespace=namespace,
            created=ago(hours=8),
            ended=ago(hours=8),
            fingerprint="91be22d4",
            spec=by_schedule("rossi-orders", 60, mode="Full"),
        ),
        *past(at, namespace),
    ]


def by_schedule(name: str, priority: int, *, mode: str = "Delta") -> Object:
    """The spec of a task that a schedule has made."""
    return {
        "triggeredBy": "Scheduler",
        "scheduleRef": name,
        "priority": priority,
        "mode": mode,
        "requestedBy": None,
    }


def past(at: datetime, namespace: str) -> list[Object]:
    """Four weeks of syncs that are over."""
    tasks = []
    people = ["giulia.bianchi", "marco.verdi", None, None, None]
    for number in range(170):
        ended = at - timedelta(minutes=20 + number * 230)
        type_ = ("customers", "orders", "customers", "prices")[number % 4]
        person = people[number % 5]
        spec = {"requestedBy": person} if person else by_schedule(f"acme-{type_}", 60)
        if number % 23 == 7:
            tasks.append(
                failed(
                    f"acme-{type_}-{2000 - number}",
                    type_=type_,
                    namespace=namespace,
                    created=ended,
                    ended=ended,
                    error="SourceUnavailable",
                    fingerprint="502",
                    spec=spec,
                )
            )
        else:
            done = succeeded(
                f"acme-{type_}-{2000 - number}",
                type_=type_,
                namespace=namespace,
                created=ended,
                ended=ended,
                seconds=25 + number % 60,
                spec=spec,
            )
            done["status"]["result"] |= {"created": number % 7, "updated": number % 31, "deleted": number % 3}
            tasks.append(done)
    return tasks


class SimulatedOperator:
    """Runs what people ask for: queued, running with progress, over. One at a time, quickly."""

    def __init__(
        self, cluster: FakeCluster, *, steps: int = 12, pause: float = 0.25, clock: Callable[[], datetime] = now
    ) -> None:
        self._cluster = cluster
        self._steps = steps
        self._pause = pause
        self._clock = clock
        self.holds_at: int | None = None
        """Steps after which a sync stands still until this is changed: what is looked for then cannot be missed."""

    async def run(self) -> None:
        """Look for new tasks for ever; returns only by cancellation."""
        while True:
            await asyncio.sleep(0.05)
            for (kind, _, _), obj in list(self._cluster.objects.items()):
                if kind is not Kind.TASK:
                    continue
                if obj.get("status") is None:
                    self._status(obj, state="Queued", queuePosition=1, queuedAt=stamp(self._clock()))
                    await asyncio.sleep(self._pause)
                    await self._sync(obj)
                elif obj["spec"].get("cancel") and obj["status"]["state"] in ("Queued", "Running", "Retrying"):
                    self._status(obj, state="Cancelled", completedAt=stamp(self._clock()), queuePosition=None)

    async def _sync(self, obj: Object) -> None:
        started = self._clock()
        self._status(obj, state="Running", startedAt=stamp(started), attempt=1, job="job-1", queuePosition=None)
        for step in range(1, self._steps + 1):
            await asyncio.sleep(self._pause)
            while self.holds_at is not None and step > self.holds_at:  # noqa: ASYNC110 - set from another thread
                await asyncio.sleep(0.02)
            if self._current(obj)["spec"].get("cancel"):
                self._status(obj, state="Cancelled", completedAt=stamp(self._clock()))
                return
            progress = {
                "phase": "read",
                "current": step * 100,
                "total": self._steps * 100,
                "percentage": round(100 * step / self._steps, 1),
            }
            self._status(obj, progress=progress)
        result = {"created": 12, "updated": 34, "unchanged": 1154, "deleted": 2, "read": 1200, "mode": "Delta"}
        self._status(obj, state="Succeeded", completedAt=stamp(self._clock()), result=result)

    def _current(self, obj: Object) -> Object:
        metadata = obj["metadata"]
        return self._cluster.objects[(Kind.TASK, metadata["namespace"], metadata["name"])]

    def _status(self, obj: Object, **status: Any) -> None:
        current = self._current(obj)
        merged = {**(current.get("status") or {}), **status}
        self._cluster.put(current | {"status": {name: value for name, value in merged.items() if value is not None}})
