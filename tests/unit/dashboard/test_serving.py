"""The server as a whole: what is sent when, and what becomes of it when something beside it breaks."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import aiohttp
import pytest
import uvicorn

from sincro_dashboard.application import create_application
from sincro_dashboard.background import alongside
from sincro_dashboard.live.hub import Hub
from tests.unit.dashboard.fake_cluster import ALICE, FakeCluster
from tests.unit.dashboard.listening import listening
from tests.unit.dashboard.objects import task
from tests.unit.dashboard.served import fill, services_for


async def test_each_line_of_a_log_that_is_followed_is_sent_at_once() -> None:
    """Also to browsers, which ask for packed answers."""
    cluster = FakeCluster()
    cluster.put(task("t", "Running", attempt=1, job="j"))
    cluster.pods = [{"metadata": {"name": "p"}}]
    over = asyncio.Event()

    async def pieces(*_: object, **_more: object) -> AsyncIterator[bytes]:
        yield b"first\n"
        yield b"second\n"
        await over.wait()

    cluster.pod_log = pieces  # type: ignore[method-assign]
    services = services_for(cluster)
    await fill(services)
    headers = {"Authorization": f"Bearer {ALICE}", "Accept-Encoding": "gzip"}
    async with (
        listening(services) as url,
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{url}/api/tasks/t/log?follow=true") as answer,
    ):
        try:
            async with asyncio.timeout(10):
                assert [await answer.content.readline() for _ in range(2)] == [b"first\n", b"second\n"]
        finally:
            over.set()


def broken() -> Coroutine[Any, Any, None]:
    async def work() -> None:
        raise KeyError("metadata")

    return work()


def ended() -> Coroutine[Any, Any, None]:
    async def work() -> None:
        return

    return work()


@pytest.mark.parametrize("work", [broken, ended])
async def test_a_server_beside_which_something_has_broken_ends_rather_than_show_old_things(
    work: Callable[[], Coroutine[Any, Any, None]], caplog: pytest.LogCaptureFixture
) -> None:
    services = services_for(FakeCluster())
    others = asyncio.Event()

    async def other() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            others.set()

    server: uvicorn.Server

    def lost() -> None:
        server.should_exit = True

    application = create_application(services, Hub(services), lambda _app: alongside([work(), other()], lost))
    config = uvicorn.Config(application, host="127.0.0.1", port=0, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    async with asyncio.timeout(20):
        await server._serve()
    assert others.is_set()
    assert "background_ended" in caplog.text
