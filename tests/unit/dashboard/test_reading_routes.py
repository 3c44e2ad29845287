"""GET routes: what is shown of the cluster, and what is said when it cannot be seen."""

from typing import Any

import pytest

from sincro_dashboard.cluster.cache import Feed
from sincro_dashboard.cluster.door import Kind
from tests.unit.dashboard.fake_cluster import NOW, FakeCluster
from tests.unit.dashboard.objects import ago, failed, schedule, source, stamp, succeeded, task
from tests.unit.dashboard.served import Clock, client_for, fill, services_for

STATISTICS = {
    "type": "customers",
    "lastSyncTime": stamp(ago(minutes=5)),
    "lastSuccessTime": stamp(ago(minutes=5)),
    "lastFailureTime": stamp(ago(days=1)),
    "succeeded": 99,
    "failed": 1,
    "averageDurationMs": 30_000,
}


async def served(*objects: dict[str, Any], **settings: Any) -> Any:
    cluster = FakeCluster()
    for obj in objects:
        cluster.put(obj)
    services = services_for(cluster, **settings)
    await fill(services)
    return services


async def get(path: str, *objects: dict[str, Any]) -> Any:
    async with client_for(await served(*objects)) as client:
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def test_status_has_the_shape_of_its_first_callers() -> None:
    beta = source("beta", status={"types": [STATISTICS | {"succeeded": 1, "failed": 3, "averageDurationMs": 90_000}]})
    shown = await get(
        "/api/status",
        source(status={"types": [STATISTICS], "deadLettered": 2}),
        beta,
        task("r", "Running", startedAt=ago(seconds=40), attempt=1, created=ago(seconds=50), spec={"mode": "Full"}),
        task("q", type_="prices"),
        task("again", "Retrying", type_="orders", attempt=1),
        failed("broken"),
    )
    milliseconds = round(NOW.timestamp() * 1000)
    current = {
        "id": "r",
        "type": "customers",
        "mode": "full",
        "priority": 100,
        "userId": "alice",
        "triggeredBy": "manual",
        "scheduledAt": milliseconds - 50_000,
        "startedAt": milliseconds - 40_000,
        "attempts": 1,
        "maxAttempts": 3,
        "source": "acme",
        "namespace": "erp",
    }
    never = {"lastSync": 0, "lastSuccess": 0, "lastFailure": 0, "successRate": 100.0, "avgDuration": 0}
    assert shown == {
        "status": "running",
        "currentTask": current,
        "currentTasks": [current],
        "queueDepth": 2,
        "totalSyncs": 104,
        "successfulSyncs": 100,
        "failedSyncs": 4,
        "avgDuration": 30_600,
        "deadLettered": 2,
        "sources": 2,
        "pausedSources": 0,
        "byType": {
            "customers": {
                "lastSync": milliseconds - 300_000,
                "lastSuccess": milliseconds - 300_000,
                "lastFailure": milliseconds - 86_400_000,
                "successRate": 96.2,
                "avgDuration": 30_600,
                "running": 1,
                "queued": 0,
            },
            "orders": never | {"running": 0, "queued": 1},
            "prices": never | {"running": 0, "queued": 1},
        },
    }


@pytest.mark.parametrize(
    ("objects", "word"),
    [
        ((), "running"),
        ((source(),), "running"),
        ((source(paused=True), source("beta")), "running"),
        ((source(paused=True), source("beta", paused=True)), "paused"),
        ((source(status={"circuit": {"state": "Open"}}),), "error"),
        ((source(status={"circuit": {"state": "HalfOpen"}}, paused=True),), "error"),
    ],
)
async def test_the_status_in_one_word(objects: tuple[Any, ...], word: str) -> None:
    assert (await get("/api/status", *objects))["status"] == word


async def test_status_of_one_source_leaves_the_others_out() -> None:
    objects = (source(), source("beta"), task("a"), task("b", source="beta"), task("c", source="beta"))
    assert (await get("/api/status?source=beta", *objects))["queueDepth"] == 2


async def test_the_queue_is_in_the_operators_order_and_says_why() -> None:
    waiting = {"reason": "SourceBusy", "message": "acme allows 2 sessions", "since": stamp(ago(minutes=1))}
    shown = await get(
        "/api/queue",
        source(),
        source("beta", maxConcurrent=1),
        task("third", queuePosition=3),
        task("first", queuePosition=1, waitingFor=waiting, estimatedStart=NOW),
        task("new", None, created=NOW),
        task("second", queuePosition=2),
        task("running", "Running", startedAt=ago(minutes=1), type_="orders", attempt=1),
        task("longer", "Running", startedAt=ago(minutes=2), type_="prices", attempt=1),
        task("later", "Retrying", nextAttemptAt=NOW, attempt=1),
        succeeded("over"),
    )
    assert [each["id"] for each in shown["queued"]] == ["first", "second", "third", "new"]
    assert shown["queued"][0]["waitingFor"]["message"] == "acme allows 2 sessions"
    assert [each["id"] for each in shown["running"]] == ["longer", "running"]
    assert [each["id"] for each in shown["retrying"]] == ["later"]
    assert shown["depth"] == 5
    assert shown["slots"] == [
        {"namespace": "erp", "source": "acme", "used": 2, "allowed": 2, "waiting": 5},
        {"namespace": "erp", "source": "beta", "used": 0, "allowed": 1, "waiting": 0},
    ]


@pytest.mark.parametrize(
    ("field", "state", "shown"), [("startedAt", "Running", "running"), ("nextAttemptAt", "Retrying", "retrying")]
)
async def test_a_whole_second_comes_before_its_fractions(field: str, state: str, shown: str) -> None:
    """It is written without a fraction, and as a text it comes after them."""
    at = {"second": "2026-03-10T09:00:28.155Z", "first": "2026-03-10T09:00:28Z", "third": "2026-03-10T09:00:29Z"}
    tasks = [task(name, state, **{field: text}) for name, text in at.items()]
    assert [each["id"] for each in (await get("/api/queue", source(), *tasks))[shown]] == ["first", "second", "third"]


async def test_lists_are_filtered_and_go_on_by_cursor() -> None:
    objects = [succeeded(f"t{n}", created=ago(minutes=n), type_="orders" if n % 2 else "customers") for n in range(9)]
    services = await served(*objects, failed("bad", created=ago(hours=1)))
    async with client_for(services) as client:
        seen: list[str] = []
        cursor = ""
        for _ in range(5):
            page = (await client.get("/api/tasks", params={"limit": 2, "type": "customers", "cursor": cursor})).json()
            seen += [each["id"] for each in page["items"]]
            cursor = page["next"] or ""
            if not cursor:
                break
        assert seen == ["t0", "t2", "t4", "t6", "t8", "bad"]
        narrowed = await client.get("/api/tasks?state=DeadLettered&user=alice&error=SchemaDrift")
        assert [each["id"] for each in narrowed.json()["items"]] == ["bad"]
        assert (await client.get("/api/tasks?user=bob")).json() == {"items": [], "next": None}
        bounded = await client.get(
            "/api/tasks", params={"since": stamp(ago(minutes=3)), "until": stamp(ago(minutes=1))}
        )
        assert [each["id"] for each in bounded.json()["items"]] == ["t2", "t3"]
        for bad in ("cursor=xyz", "limit=0", "limit=501", "state=Nope", "since=yesterday", "since=5"):
            assert (await client.get(f"/api/tasks?{bad}")).status_code == 422, bad


async def test_a_task_shows_its_attempts_and_what_did_not_count() -> None:
    attempts = [
        {
            "number": 1,
            "job": "j1",
            "startedAt": stamp(ago(minutes=9)),
            "endedAt": stamp(ago(minutes=8)),
            "class": "Preempted",
        },
        {
            "number": 1,
            "job": "j2",
            "startedAt": stamp(ago(minutes=7)),
            "endedAt": stamp(ago(minutes=5)),
            "class": "SessionLost",
        },
        {"number": 2, "job": "j3", "startedAt": stamp(ago(minutes=4)), "node": "worker-1"},
    ]
    merged = [{"requestedBy": "bob", "at": stamp(NOW), "name": "other"}]
    shown = await get(
        "/api/tasks/t", task("t", "Running", attempt=2, attempts=attempts, merged=merged, startedAt=ago(minutes=9))
    )
    assert [(each["class"], each["counted"], each["durationMs"]) for each in shown["attempts"]] == [
        ("Preempted", False, 60_000),
        ("SessionLost", True, 120_000),
        (None, True, None),
    ]
    assert shown["merged"] == [{"requestedBy": "bob", "at": stamp(NOW), "task": "other"}]
    assert [each["code"] for each in shown["why"]] == ["AttemptRuns"]


async def test_dead_letters_come_by_cause_until_they_are_settled() -> None:
    shown = await get(
        "/api/dead-letters",
        failed("a1", ended=ago(hours=3)),
        failed("a2", ended=ago(hours=1)),
        failed("b1", fingerprint="f2", error="SourceUnavailable", type_="orders", ended=ago(hours=5)),
        succeeded("orders-fine", type_="orders", ended=ago(hours=4)),
        failed("c1", fingerprint="f3", type_="prices", ended=ago(hours=2)),
        task("c1-again", spec={"retryOf": "c1", "triggeredBy": "Retry"}, type_="prices"),
        failed("d1", fingerprint="", type_="products", ended=ago(minutes=1)),
    )
    assert [(group["group"], group["count"], group["open"]) for group in shown["groups"]] == [
        (shown["groups"][0]["group"], 1, 1),
        ("f1", 2, 2),
    ]
    assert shown["open"] == 3
    assert shown["groups"][1]["openTasks"] == ["erp/a2", "erp/a1"]
    assert shown["groups"][1]["advice"].startswith("The ERP's page has changed")
    assert shown["groups"][1]["error"]["permanent"]


async def test_a_schedule_shows_when_next_and_why_then() -> None:
    shown = await get(
        "/api/schedules",
        source(timeZone="Europe/London", paused=True),
        schedule(
            status={
                "next": {"delta": stamp(NOW)},
                "effectiveInterval": {"interval": "20m", "reason": "about 9 changes an hour"},
                "succeeded": 3,
                "failed": 1,
            },
            suspend=True,
            suspendedBy="bob",
            suspendReason="why not",
        ),
        schedule("feedback", source="gone"),
    )
    first, second = shown
    assert (first["timeZone"], first["sourcePaused"], first["successRate"]) == ("Europe/London", True, 0.75)
    assert first["suspension"] == {"suspended": True, "by": "bob", "reason": "why not"}
    assert (first["effectiveInterval"], first["effectiveReason"]) == ("20m", "about 9 changes an hour")
    assert first["priority"] == 80
    assert (second["priority"], second["timeZone"], second["sourcePaused"]) == (None, "Europe/Rome", False)


async def test_history_without_a_database_says_so() -> None:
    shown = await get(
        "/api/history?limit=2",
        succeeded("a", ended=ago(hours=2), created=ago(hours=9)),
        succeeded("b", ended=ago(hours=1), created=ago(hours=9)),
        failed("c", ended=ago(hours=3), created=ago(hours=3)),
        task("waiting"),
    )
    assert [each["id"] for each in shown["items"]] == ["b", "a"]
    assert (shown["origin"], shown["next"] is not None) == ("cluster", True)
    assert "No history database" in shown["notice"]
    days = await get("/api/history/statistics?days=3&zone=Europe/Rome", succeeded("a", seconds=20), failed("b"))
    assert [(each["day"], each["succeeded"], each["failed"], each["averageDurationMs"]) for each in days["days"]] == [
        ("2026-03-08", 0, 0, None),
        ("2026-03-09", 0, 0, None),
        ("2026-03-10", 1, 1, 20_000),
    ]


@pytest.mark.parametrize("zone", ["Nowhere/Atall", "../etc/passwd", "/etc/localtime", "", "Europe/Rome%00"])
async def test_zones_that_are_none_are_told(zone: str) -> None:
    async with client_for(await served()) as client:
        assert (await client.get(f"/api/history/statistics?zone={zone}")).status_code == 422


async def test_the_log_of_a_task_is_that_of_its_newest_pod() -> None:
    services = await served(task("t", "Running", job="j1", attempt=1), task("q"))
    cluster: Any = services.cluster
    async with client_for(services) as client:
        assert (await client.get("/api/tasks/t/log")).status_code == 404
        cluster.pods = [
            {"metadata": {"name": "old", "creationTimestamp": "2026-01-01T00:00:00Z"}},
            {"metadata": {"name": "new", "creationTimestamp": "2026-01-02T00:00:00Z"}},
        ]
        answer = await client.get("/api/tasks/t/log?follow=true")
        assert (answer.text, answer.headers["content-type"]) == ("one\ntwo\n", "text/plain; charset=utf-8")
        assert (await client.get("/api/tasks/q/log")).status_code == 404
    async with client_for(services, "viewer-token") as client:
        assert (await client.get("/api/tasks/t/log")).status_code == 403


async def test_pausing_says_who_and_why_and_resuming_takes_it_back() -> None:
    services = await served(source(), source("beta"), schedule())
    cluster: Any = services.cluster
    async with client_for(services) as client:
        paused = await client.post("/api/sources/acme/pause", json={"reason": "ERP maintenance"})
        assert paused.json()["pause"] == {"paused": True, "by": "alice", "reason": "ERP maintenance", "since": None}
        assert (await client.get("/api/sources/acme")).json()["health"] == "Paused"
        assert (await client.post("/api/pause")).json() == {"success": True, "paused": True, "sources": ["erp/beta"]}
        resumed = await client.post("/api/sources/acme/resume")
        assert resumed.json()["pause"]["paused"] is False
        assert (await client.post("/api/resume")).json()["sources"] == ["erp/beta"]
        suspended = await client.post("/api/schedules/acme-customers/pause", json={"reason": "why"})
        assert suspended.json()["suspension"] == {"suspended": True, "by": "alice", "reason": "why"}
        assert (await client.post("/api/schedules/acme-customers/resume")).json()["suspension"]["suspended"] is False
    assert cluster.patched[0] == (
        Kind.SOURCE,
        "erp",
        "acme",
        {"spec": {"paused": True, "pausedBy": "alice", "pauseReason": "ERP maintenance"}},
    )
    spec = cluster.objects[(Kind.SOURCE, "erp", "acme")]["spec"]
    assert "pausedBy" not in spec
    assert "pauseReason" not in spec


async def test_cancelling_says_who_and_only_what_is_not_over() -> None:
    services = await served(task("t"), succeeded("over"), task("already", spec={"cancel": True, "cancelledBy": "bob"}))
    cluster: Any = services.cluster
    async with client_for(services) as client:
        answer = await client.post("/api/tasks/t/cancel")
        assert (answer.status_code, answer.json()["cancelling"], answer.json()["cancelledBy"]) == (202, True, "alice")
        assert (await client.post("/api/tasks/over/cancel")).status_code == 409
        assert (await client.post("/api/tasks/already/cancel")).json()["cancelledBy"] == "bob"
        assert (await client.post("/api/tasks/none/cancel")).status_code == 404
    assert len(cluster.patched) == 1


async def test_a_dashboard_that_may_not_list_says_so_and_stays_up() -> None:
    services = await served()
    services.cache.report(Kind.TASK, None, Feed(problem="cannot follow synctasks: forbidden", denied=True, since=NOW))
    for namespace in ("erp", "other"):
        services.cache.report(
            Kind.TASK, namespace, Feed(problem="cannot follow synctasks: forbidden", denied=True, since=NOW)
        )
    async with client_for(services) as client:
        answer = await client.get("/api/queue")
        assert (answer.status_code, answer.json()["detail"]) == (503, "cannot follow synctasks: forbidden")
        assert (await client.get("/readyz")).status_code == 200
        health = (await client.get("/health")).json()
        assert (health["healthy"], health["status"]) == (False, "cannot follow synctasks: forbidden")
        assert (await client.get("/api/session")).json()["stale"] == ["cannot follow synctasks: forbidden"]


async def test_what_is_stale_is_shown_and_said() -> None:
    services = await served(source(), task("t"))
    services.cache.report(Kind.TASK, "erp", Feed(synced=True, problem="connection refused", since=ago(minutes=2)))
    async with client_for(services) as client:
        answer = await client.get("/api/queue")
        assert answer.status_code == 200
        assert answer.headers["x-sincro-stale"] == ago(minutes=2).isoformat()
        assert (await client.get("/api/status")).json()["status"] == "error"


async def test_health_is_that_of_the_whole() -> None:
    error = {"message": "Column gone", "time": stamp(ago(hours=1)), "type": "products", "class": "SchemaDrift"}
    services = await served(source(status={"lastError": error}), task("unseen", None, created=ago(minutes=5)))
    clock = Clock()
    async with client_for(services) as client:
        shown = (await client.get("/health")).json()
    assert shown["healthy"] is False
    assert "operator does not look" in shown["status"]
    assert shown["lastError"] == {
        "message": "Column gone",
        "timestamp": round(ago(hours=1).timestamp() * 1000),
        "type": "products",
    }
    assert clock.now == NOW
    async with client_for(await served(source())) as client:
        assert (await client.get("/health")).json() == {
            "healthy": True,
            "status": "running",
            "uptime": 0,
            "lastError": None,
        }


async def test_before_the_first_list_the_dashboard_is_not_ready() -> None:
    services = services_for(FakeCluster())
    async with client_for(services) as client:
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
        assert (await client.get("/api/queue")).status_code == 503


async def test_metrics_are_there_and_name_nobody() -> None:
    services = await served(source("acme"), task("t"))
    async with client_for(services) as client:
        await client.post("/api/customers/sync")
        await client.get("/api/queue")
        text = (await client.get("/metrics")).text
    assert 'sincro_dashboard_objects{resource="synctasks"} 2.0' in text
    assert 'sincro_dashboard_manual_syncs_total{answer="accepted",type="customers"} 1.0' in text
    assert 'route="/api/queue"' in text
    assert "alice" not in text
    assert "acme" not in text


@pytest.mark.parametrize("path", ["/api/nothing", "/api/tasks/Upper/why", "/nothing", "/api/sources/a%2Fb"])
async def test_what_is_not_there_is_a_problem_document(path: str) -> None:
    async with client_for(await served()) as client:
        answer = await client.get(path)
        assert answer.status_code in (404, 422)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["history", "history/statistics", "tasks"])
@pytest.mark.parametrize("query", ["user=a%00b", "source=%00", "source=acme&source=a%00", "type=%00", "error=%00"])
async def test_what_no_database_can_hold_is_told_before_one_is_asked(path: str, query: str) -> None:
    async with client_for(await served()) as client:
        answer = await client.get(f"/api/{path}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:sincro:problem:invalid")


async def test_a_failure_of_the_server_is_measured_and_not_kept_by_browsers() -> None:
    class Broken:
        async def page(self, *_: object) -> Any:
            raise RuntimeError("broken")

    async with client_for(await served(history=Broken())) as client:
        answer = await client.get("/api/history")
        assert (answer.status_code, answer.json()["type"]) == (500, "urn:sincro:problem:unexpected")
        assert answer.headers["Cache-Control"] == "no-store"
        measured = (await client.get("/metrics")).text
    assert 'requests_total{method="GET",route="/api/history",status="500"} 1.0' in measured
