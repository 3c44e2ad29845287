"""The dashboard over a real API server: its tokens, its rights, its objects, its watches."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.cluster.dashboard.conftest import Place, dashboard, kubectl
from tests.unit.dashboard.objects import schedule, source


def objects(place: Place) -> None:
    """A source and a schedule as a person applies them."""
    for document in (source(namespace=place.namespace), schedule(namespace=place.namespace)):
        document.pop("status")
        document["metadata"].pop("creationTimestamp")
        place.apply(document)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - a condition of any kind
            await asyncio.sleep(0.1)


async def test_a_sync_is_created_in_the_callers_name_with_the_callers_rights(place: Place) -> None:
    await asyncio.to_thread(objects, place)
    tokens = {name: await asyncio.to_thread(place.token, name) for name in ("user", "viewer", "nobody")}
    async with dashboard(place) as running:
        async with running.as_(tokens["user"]) as client:
            answer = await client.post("/api/customers/sync", json={"mode": "full"})
            assert answer.status_code == 202, answer.text
            made = await asyncio.to_thread(place.get, "synctask", answer.json()["taskId"])
            assert made["spec"]["requestedBy"] == f"system:serviceaccount:{place.namespace}:user"
            # Without the right to create synctasks/urgent the highest ordinary priority is asked for.
            assert (made["spec"]["mode"], made["spec"]["priority"], made["spec"]["triggeredBy"]) == (
                "Full",
                80,
                "Manual",
            )
            assert (await client.post("/api/customers/sync", json={"mode": "Force"})).json()[
                "right"
            ] == "create synctasks/force"
            assert (await client.post("/api/customers/sync", json={"userId": "boss"})).status_code == 403
            shown = (await client.get(f"/api/tasks/{answer.json()['taskId']}")).json()
            assert (shown["state"], shown["source"]) == ("Queued", "acme")
            cancelled = await client.post(f"/api/tasks/{answer.json()['taskId']}/cancel")
            assert cancelled.json()["cancelling"]
            invalid = await client.post("/api/customers/sync", json={"confirmDeletions": True})
            assert (invalid.status_code, "confirmDeletions needs mode Full" in invalid.json()["detail"]) == (422, True)
        async with running.as_(tokens["viewer"]) as client:
            assert (await client.get("/api/queue")).status_code == 200
            assert (await client.post("/api/customers/sync")).json()["right"] == "create synctasks"
        async with running.as_(tokens["nobody"]) as client:
            assert (await client.get("/api/queue")).json()["right"] == "list synctasks"


async def test_tokens_that_are_forged_or_for_somebody_else_are_no_use(place: Place) -> None:
    good = await asyncio.to_thread(place.token, "user")
    other = await asyncio.to_thread(place.token, "user", "--audience=vault")
    head, body, signature = good.split(".")
    async with dashboard(place) as running:
        for token in ("nonsense", f"{head}.{body}.{signature[::-1]}", f"{head}.{body}.", other):
            async with running.as_(token) as client:
                assert (await client.get("/api/queue")).status_code == 401
    async with dashboard(place, token_audiences=["vault"]) as running:
        async with running.as_(other) as client:
            assert (await client.get("/api/queue")).status_code == 200
        async with running.as_(good) as client:
            assert (await client.get("/api/queue")).status_code == 401


async def test_pausing_is_seen_in_the_cluster_and_the_clusters_changes_are_seen_here(place: Place) -> None:
    await asyncio.to_thread(objects, place)
    token = await asyncio.to_thread(place.token, "user")
    async with dashboard(place) as running, running.as_(token) as client:
        assert (await client.post("/api/sources/acme/pause", json={"reason": "why"})).status_code == 200
        spec = (await asyncio.to_thread(place.get, "syncsource", "acme"))["spec"]
        assert (spec["paused"], spec["pauseReason"]) == (True, "why")
        assert (await client.post("/api/sources/acme/resume")).status_code == 200
        spec = (await asyncio.to_thread(place.get, "syncsource", "acme"))["spec"]
        assert not spec.get("paused")
        assert "pausedBy" not in spec
        suspend = '{"spec":{"suspend":true,"suspendReason":"by hand"}}'
        await asyncio.to_thread(
            kubectl, "-n", place.namespace, "patch", "syncschedule", "acme-customers", "--type=merge", "-p", suspend
        )

        async def suspended() -> bool:
            shown = (await client.get("/api/schedules/acme-customers")).json()
            return bool(shown["suspension"]["reason"] == "by hand")

        await until(suspended)
        await asyncio.to_thread(kubectl, "-n", place.namespace, "delete", "syncschedule", "acme-customers")

        async def gone() -> bool:
            return (await client.get("/api/schedules/acme-customers")).status_code == 404

        await until(gone)
