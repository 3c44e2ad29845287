"""POST /api/{type}/sync: what is created, for whom, and when the answer is no."""

from typing import Any

import pytest

from sincro_dashboard.cluster.door import Denied, Refused
from tests.unit.dashboard.fake_cluster import ALICE, FakeCluster, away
from tests.unit.dashboard.objects import NAMESPACE, failed, schedule, source, succeeded, task
from tests.unit.dashboard.served import Clock, client_for, fill, services_for


def cluster_with(*objects: dict[str, Any]) -> FakeCluster:
    cluster = FakeCluster()
    for obj in objects:
        cluster.put(obj)
    return cluster


async def ask(cluster: FakeCluster, path: str, *, token: str = ALICE, **request: Any) -> Any:
    services = services_for(cluster)
    await fill(services)
    async with client_for(services, token) as client:
        return await client.post(path, **request)


async def test_a_sync_without_a_body_is_a_delta_of_the_only_source_in_the_callers_name() -> None:
    cluster = cluster_with(source(), schedule())
    answer = await ask(cluster, "/api/customers/sync")
    assert answer.status_code == 202
    assert answer.json() == {
        "success": True,
        "message": "The sync is in the queue.",
        "taskId": "acme-customers-manual-00001",
        "namespace": NAMESPACE,
        "source": "acme",
        "type": "customers",
        "mode": "Delta",
    }
    assert answer.headers["location"] == "/api/tasks/acme-customers-manual-00001?namespace=erp"
    assert cluster.created == [
        (
            NAMESPACE,
            {
                "apiVersion": "sincro.dev/v1alpha1",
                "kind": "SyncTask",
                "metadata": {"generateName": "acme-customers-manual-"},
                "spec": {
                    "sourceRef": {"name": "acme"},
                    "type": "customers",
                    "mode": "Delta",
                    "priority": 100,
                    "triggeredBy": "Manual",
                    "requestedBy": "alice",
                },
            },
        )
    ]


@pytest.mark.parametrize(
    ("query", "body", "source_name", "mode"),
    [
        ("?source=beta", None, "beta", "Delta"),
        ("", {"source": "beta"}, "beta", "Delta"),
        ("?source=acme", {"source": "beta", "mode": "full"}, "beta", "Full"),
        ("?mode=Full&source=acme", {}, "acme", "Full"),
        ("?source=acme&mode=Full", {"mode": "FORCE"}, "acme", "Force"),
    ],
)
async def test_the_body_goes_before_the_query(query: str, body: Any, source_name: str, mode: str) -> None:
    cluster = cluster_with(source(), source("beta"), schedule(), schedule(source="beta"))
    answer = await ask(cluster, f"/api/customers/sync{query}", json=body)
    assert answer.status_code == 202, answer.text
    assert (answer.json()["source"], answer.json()["mode"]) == (source_name, mode)


async def test_the_source_is_the_one_that_has_a_schedule_for_the_type() -> None:
    cluster = cluster_with(source(), source("beta"), schedule(), schedule("prices", source="beta"))
    assert (await ask(cluster, "/api/prices/sync")).json()["source"] == "beta"


async def test_several_sources_of_the_type_are_named_rather_than_guessed_between() -> None:
    cluster = cluster_with(source(), source("beta"), schedule(), schedule(source="beta"))
    answer = await ask(cluster, "/api/customers/sync")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:sincro:problem:ambiguous-source"
    assert answer.json()["candidates"] == ["erp/acme", "erp/beta"]


async def test_the_same_sync_running_is_named_unless_another_one_may_queue() -> None:
    running = task("acme-customers-1", "Running", attempt=1)
    cluster = cluster_with(source(), schedule(), running)
    answer = await ask(cluster, "/api/customers/sync")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:sincro:problem:already-running"
    assert answer.json()["taskId"] == "acme-customers-1"
    assert answer.json()["task"]["state"] == "Running"
    assert cluster.created == []
    assert (await ask(cluster, "/api/customers/sync?queue=true")).status_code == 202
    assert (await ask(cluster, "/api/customers/sync", json={"queue": True})).status_code == 202
    assert (await ask(cluster, "/api/customers/sync?queue=true", json={"queue": False})).status_code == 409


async def test_another_type_running_does_not_stand_in_the_way() -> None:
    cluster = cluster_with(source(), schedule(), task("t", "Running", type_="orders", attempt=1))
    assert (await ask(cluster, "/api/customers/sync")).status_code == 202


@pytest.mark.parametrize(
    ("rights", "body", "status"),
    [
        ({"create synctasks"}, {}, 202),
        (set(), {}, 403),
        ({"create synctasks"}, {"mode": "Force"}, 403),
        ({"create synctasks", "create synctasks/force"}, {"mode": "Force"}, 202),
        ({"create synctasks"}, {"userId": "bob"}, 403),
        ({"create synctasks", "create synctasks/behalf"}, {"userId": "bob"}, 202),
        ({"create synctasks"}, {"userId": "viewer"}, 202),
    ],
)
async def test_each_wish_needs_its_own_right(rights: set[str], body: dict[str, Any], status: int) -> None:
    cluster = cluster_with(source(), schedule())
    cluster.rights["viewer"] |= rights
    answer = await ask(cluster, "/api/customers/sync", token="viewer-token", json=body)
    assert answer.status_code == status, answer.text
    assert len(cluster.created) == (status == 202)
    if status == 202:
        assert cluster.created[0][1]["spec"]["requestedBy"] == body.get("userId", "viewer")


@pytest.mark.parametrize(
    ("urgent", "asked", "status", "priority"),
    [(True, None, 202, 100), (False, None, 202, 80), (False, 80, 202, 80), (False, 81, 403, None), (True, 81, 202, 81)],
)
async def test_a_priority_above_scheduled_work_needs_its_own_right(
    urgent: bool, asked: int | None, status: int, priority: int | None
) -> None:
    cluster = cluster_with(source(), schedule())
    cluster.rights["viewer"] |= {"create synctasks"} | ({"create synctasks/urgent"} if urgent else set())
    answer = await ask(cluster, "/api/customers/sync", token="viewer-token", json={"priority": asked})
    assert answer.status_code == status
    assert [body["spec"]["priority"] for _, body in cluster.created] == ([priority] if priority else [])


@pytest.mark.parametrize(
    "body",
    [
        {"mode": "Everything"},
        {"priority": 0},
        {"priority": 101},
        {"source": "../etc"},
        {"unknown": 1},
        [],
        "customers",
        {"userId": ""},
    ],
)
async def test_bad_bodies_are_told_what_is_wrong(body: Any) -> None:
    answer = await ask(cluster_with(source(), schedule()), "/api/customers/sync", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/Customers/sync", "/api/..%2fx/sync", "/api/a%00b/sync", "/api/-/sync"])
async def test_bad_types_do_not_reach_the_cluster(path: str) -> None:
    cluster = cluster_with(source(), schedule())
    assert (await ask(cluster, path)).status_code in (404, 422)
    assert cluster.created == []


async def test_a_refusal_of_the_cluster_is_told_in_its_words() -> None:
    cluster = cluster_with(source(), schedule())
    services = services_for(cluster)
    await fill(services)
    async with client_for(services) as client:
        await client.get("/api/session")
        for failure, status in (
            (Refused("spec.priority: must be at most 80", status=422), 422),
            (Denied("ValidatingAdmissionPolicy denied it", status=403), 422),
            (away(), 503),
        ):
            cluster.failure = failure
            answer = await client.post("/api/customers/sync")
            assert (answer.status_code, str(failure) in answer.json()["detail"]) == (status, True)
            cluster.failure = None


async def test_too_many_syncs_of_one_user_are_slowed_down() -> None:
    cluster, clock = cluster_with(source(), schedule()), Clock()
    services = services_for(cluster, clock, manual_syncs_per_minute=2)
    await fill(services)
    async with client_for(services) as client:
        statuses = [(await client.post("/api/customers/sync")).status_code for _ in range(3)]
        assert statuses == [202, 202, 429]
        answer = await client.post("/api/customers/sync")
        assert answer.headers["retry-after"] == "30"
        clock.seconds += 30
        assert (await client.post("/api/customers/sync")).status_code == 202


async def test_retry_repeats_what_was_given_up_and_nothing_else() -> None:
    cluster = cluster_with(
        source(),
        failed("broken", spec={"mode": "Full"}),
        failed("guarded", error="GuardTripped"),
        succeeded("fine"),
        task("waiting"),
    )
    retried = await ask(cluster, "/api/tasks/broken/retry")
    assert retried.status_code == 202
    assert cluster.created[-1][1]["spec"] | {} == {
        "sourceRef": {"name": "acme"},
        "type": "customers",
        "mode": "Full",
        "priority": 100,
        "triggeredBy": "Retry",
        "requestedBy": "alice",
        "retryOf": "broken",
    }
    for name in ("fine", "waiting", "guarded"):
        answer = await ask(cluster, f"/api/tasks/{name}/retry")
        assert answer.status_code == 409, name
    confirmed = await ask(cluster, "/api/tasks/guarded/retry", json={"confirmDeletions": True})
    assert confirmed.status_code == 202
    spec = cluster.created[-1][1]["spec"]
    assert (spec["mode"], spec["confirmDeletions"]) == ("Full", True)


async def test_replay_repeats_each_source_and_type_of_a_group_once() -> None:
    cluster = cluster_with(
        source(),
        failed("one"),
        failed("two"),
        failed("three", type_="orders"),
        failed("other", fingerprint="f2"),
    )
    answer = await ask(cluster, "/api/dead-letters/f1/replay")
    assert answer.status_code == 202
    assert sorted(each["type"] for each in answer.json()["tasks"]) == ["customers", "orders"]
    assert len(cluster.created) == 2
    assert (await ask(cluster, "/api/dead-letters/unknown/replay")).status_code == 404


@pytest.mark.parametrize(("limit", "words"), [(9, '"viewer" may not create synctasks'), (1, "At most 1 syncs")])
async def test_a_replay_that_cannot_repeat_all_tells_what_it_did_repeat(limit: int, words: str) -> None:
    cluster = cluster_with(failed("mine"), failed("other-type", type_="orders"), failed("theirs", namespace="other"))
    cluster.rights["viewer"] |= {"create synctasks"}
    services = services_for(cluster, manual_syncs_per_minute=limit)
    await fill(services)
    if limit > 1:
        review = cluster.review_access

        async def only_in_erp(spec: dict[str, Any]) -> dict[str, Any]:
            asked = spec["resourceAttributes"]
            return await review(spec) | (
                {"allowed": False} if (asked["verb"], asked.get("namespace")) == ("create", "other") else {}
            )

        cluster.review_access = only_in_erp  # type: ignore[method-assign]
    async with client_for(services, "viewer-token") as client:
        answer = await client.post("/api/dead-letters/f1/replay")
    assert answer.status_code == 202, answer.text
    assert len(answer.json()["tasks"]) == len(cluster.created) == (2 if limit > 1 else 1)
    assert [words in refused for refused in answer.json()["refused"]] == [True] * (3 - len(cluster.created))


async def test_where_it_is_told_below_the_path_that_the_dashboard_is_mounted_at() -> None:
    services = services_for(cluster_with(source(), schedule()), base_path="/sincro")
    await fill(services)
    async with client_for(services) as client:
        answer = await client.post("/sincro/api/customers/sync")
        assert answer.headers["location"] == "/sincro/api/tasks/acme-customers-manual-00001?namespace=erp"
        assert (await client.get(answer.headers["location"])).status_code == 200
        assert (await client.put("/sincro/api/customers/sync")).headers["allow"] == "POST"
