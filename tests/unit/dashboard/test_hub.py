"""The Socket.IO server with real clients: who may listen, to what, and what they are told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import socketio

from sincro_contract.progress import ProgressEvent
from sincro_dashboard.cluster.door import Kind
from sincro_dashboard.live.hub import Hub
from tests.unit.dashboard.fake_cluster import ALICE, FakeCluster
from tests.unit.dashboard.listening import listening
from tests.unit.dashboard.objects import source, succeeded, task
from tests.unit.dashboard.served import Clock, fill, services_for


@asynccontextmanager
async def listener(
    url: str, *, headers: dict[str, str] | None = None, path: str = "socket.io", **auth: Any
) -> AsyncIterator[tuple[socketio.AsyncClient, "asyncio.Queue[Any]"]]:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    # The client leaves its own session open when it is refused: it gets one that is closed here.
    async with aiohttp.ClientSession() as session:
        client = socketio.AsyncClient(reconnection=False, http_session=session)
        client.on("sync:progress", heard.put_nowait)
        client.on("sincro:changed", lambda change: heard.put_nowait({"changed": change}))
        await client.connect(
            url, auth=auth or None, headers=headers or {}, transports=["websocket"], socketio_path=path
        )
        try:
            yield client, heard
        finally:
            await client.disconnect()


async def next_of(heard: "asyncio.Queue[Any]", *, changed: bool = False) -> Any:
    async with asyncio.timeout(10):
        while True:
            told = await heard.get()
            if ("changed" in told) == changed:
                return told


def put(services: Any, obj: dict[str, Any]) -> None:
    """The watch brings an object."""
    kind = next(kind for kind in Kind if kind.kind == obj["kind"])
    services.cache.upsert(kind, services.cluster.put(obj))


@pytest.mark.parametrize("token", [None, "forged", "nobody-token"])
async def test_nobody_listens_without_the_right_to(token: str | None) -> None:
    services = services_for(FakeCluster())
    auth: dict[str, Any] = {"token": token} if token else {}
    async with listening(services) as url:
        with pytest.raises(socketio.exceptions.ConnectionError):
            async with listener(url, **auth):
                pass


async def test_clients_hear_what_they_may_and_what_they_have_asked_for() -> None:
    cluster = FakeCluster()
    cluster.only_in["viewer"] = "erp"
    services = services_for(cluster)
    await fill(services)
    async with (
        listening(services) as url,
        listener(url, token=ALICE) as (_, everything),
        listener(url, token="viewer-token") as (_, only_erp),
        listener(url, token=ALICE, source="acme", type="orders") as (narrow, orders),
    ):
        put(services, task("mine"))
        put(services, task("theirs", namespace="other"))
        put(services, task("order", type_="orders"))
        assert {(await next_of(everything))["taskId"] for _ in range(3)} == {"mine", "theirs", "order"}
        assert [(await next_of(only_erp))["taskId"] for _ in range(2)] == ["mine", "order"]
        assert (await next_of(orders))["taskId"] == "order"
        assert await narrow.call("subscribe", {"namespace": "erp"}) == {"rooms": ["erp"]}
        put(services, task("later"))
        assert (await next_of(orders))["taskId"] == "later"
        assert await narrow.call("subscribe", {"namespace": "kube-system"}) == {"rooms": []}


async def test_what_is_sent_is_the_event_of_the_contract_and_the_end_always_comes() -> None:
    services = services_for(FakeCluster())
    await fill(services)
    async with listening(services) as url, listener(url, token=ALICE) as (_, heard):
        put(services, task("t"))
        put(services, task("t", "Running", attempt=1))
        for current in range(1, 40):
            progress = {"phase": "read", "current": current, "total": 40, "percentage": current * 2.5}
            put(services, task("t", "Running", attempt=1, progress=progress))
        put(services, succeeded("t"))
        told = [await next_of(heard)]
        while told[-1]["status"] not in ("completed", "error"):
            told.append(await next_of(heard))
        events = [ProgressEvent.model_validate(document) for document in told]
        assert [event.to_dict() for event in events] == told
        assert events[0].status.value == "queued"
        assert events[-1].progress.percentage == 100
        assert len(events) < 10, "a burst of progress is told in a few events"


async def test_changes_of_resources_are_told_together() -> None:
    services = services_for(FakeCluster())
    await fill(services)
    async with listening(services) as url, listener(url, token=ALICE) as (_, heard):
        for name in ("b", "a"):
            put(services, source(name))
        told = await next_of(heard, changed=True)
        assert told == {"changed": {"resource": "syncsources", "namespace": "erp", "names": ["a", "b"]}}


async def test_pages_of_other_sites_are_not_let_in() -> None:
    services = services_for(FakeCluster())
    async with listening(services) as url:
        with pytest.raises(socketio.exceptions.ConnectionError):
            async with listener(url, token=ALICE, headers={"Origin": "https://evil.test"}):
                pass
        async with listener(url, token=ALICE, headers={"Origin": url}):
            pass


async def test_whoever_has_lost_a_right_cannot_ask_for_its_room_again_and_whoever_has_gained_one_hears() -> None:
    cluster, clock = FakeCluster(), Clock()
    services = services_for(cluster, clock)
    await fill(services)
    hub = Hub(services)
    async with listening(services, hub=hub) as url, listener(url, token="viewer-token") as (client, heard):
        assert await client.call("subscribe", {}) == {"rooms": ["erp", "other"]}
        cluster.only_in["viewer"] = "erp"
        clock.seconds += 100
        await hub.check_listeners()
        assert await client.call("subscribe", {}) == {"rooms": ["erp"]}
        assert await client.call("subscribe", {"namespace": "other"}) == {"rooms": []}
        await client.call("subscribe", {"source": "acme"})
        del cluster.only_in["viewer"]
        clock.seconds += 100
        await hub.check_listeners()
        put(services, task("theirs", namespace="other"))
        assert (await next_of(heard))["taskId"] == "theirs"


async def test_a_namespace_that_comes_later_is_heard_by_those_who_listen_already() -> None:
    services = services_for(FakeCluster(), namespaces=[])
    await fill(services)
    hub = Hub(services)
    async with listening(services, hub=hub) as url, listener(url, token=ALICE) as (_, heard):
        put(services, source(namespace="new"))
        await hub.check_listeners()
        put(services, task("first", namespace="new"))
        assert (await next_of(heard))["taskId"] == "first"


@pytest.mark.parametrize("path", ["socket.io", "sincro/socket.io"])
async def test_it_is_heard_below_a_path_whether_or_not_the_ingress_takes_that_away(path: str) -> None:
    services = services_for(FakeCluster(), base_path="/sincro")
    await fill(services)
    async with listening(services) as url, listener(url, path=path, token=ALICE) as (_, heard):
        put(services, task("t"))
        assert (await next_of(heard))["taskId"] == "t"
