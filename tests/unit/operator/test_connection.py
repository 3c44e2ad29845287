"""The real connection against a small HTTP server: requests as the API server expects them, answers understood."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import pytest
from aiohttp import web
from kubernetes.aio import client

from sincro_operator.cluster.api import (
    JOBS,
    PODS,
    TASKS,
    AlreadyExists,
    ApiError,
    Conflict,
    Denied,
    Gone,
    Invalid,
    NotFound,
    ServerError,
    TooManyRequests,
    Uncertain,
    Unreachable,
)
from sincro_operator.cluster.connection import SILENCE, Connection
from sincro_operator.planning.model import Name

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
T1 = Name("acme", "t1")


class Asked:
    """What the server was asked, and the calls that the observer was told of."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, dict[str, str], dict[str, str], object]] = []
        self.calls: list[tuple[str, str, str]] = []


@asynccontextmanager
async def served(handler: Handler, asked: Asked | None = None, silence: float = SILENCE) -> AsyncIterator[Connection]:
    asked = asked or Asked()

    async def remember(request: web.Request) -> web.StreamResponse:
        body = await request.json() if request.can_read_body else None
        asked.requests.append((request.method, request.path, dict(request.query), dict(request.headers), body))
        return await handler(request)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", remember)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    configuration = client.Configuration(host=f"http://127.0.0.1:{runner.addresses[0][1]}")
    configuration.api_key = {"BearerToken": "secret"}
    configuration.api_key_prefix = {"BearerToken": "Bearer"}
    observed = asked.calls
    connection = Connection(
        configuration, lambda verb, resource, code, _seconds: observed.append((verb, resource, code)), silence
    )
    try:
        async with connection as api:
            yield api
    finally:
        await runner.cleanup()


def answering(status: int, body: object, headers: dict[str, str] | None = None) -> Handler:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return answer


async def test_each_call_asks_what_the_api_server_expects() -> None:
    asked = Asked()
    async with served(answering(200, {"metadata": {"resourceVersion": "7"}, "items": [{}]}), asked) as api:
        page = await api.list(JOBS, None, label_selector="a=b", limit=10, next_page="x/y=")
        await api.get(TASKS, T1)
        await api.create(PODS, "acme", {"kind": "Pod"})
        await api.patch(TASKS, T1, {"status": {}}, subresource="status")
        await api.delete(JOBS, T1, uid="u1", version="7", grace_seconds=0, propagation="Foreground")
    assert (page.items, page.resource_version, page.next_page) == ([{}], "7", "")
    assert [request[:3] for request in asked.requests] == [
        ("GET", "/apis/batch/v1/jobs", {"limit": "10", "labelSelector": "a=b", "continue": "x/y="}),
        ("GET", "/apis/sincro.dev/v1alpha1/namespaces/acme/synctasks/t1", {}),
        ("POST", "/api/v1/namespaces/acme/pods", {"timeout": "8s"}),
        ("PATCH", "/apis/sincro.dev/v1alpha1/namespaces/acme/synctasks/t1/status", {"timeout": "8s"}),
        ("DELETE", "/apis/batch/v1/namespaces/acme/jobs/t1", {"timeout": "8s"}),
    ]
    headers = [request[3] for request in asked.requests]
    assert {header["Authorization"] for header in headers} == {"Bearer secret"}
    assert headers[3]["Content-Type"] == "application/merge-patch+json"
    assert asked.requests[4][4] == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Foreground",
        "preconditions": {"uid": "u1", "resourceVersion": "7"},
        "gracePeriodSeconds": 0,
    }
    assert asked.calls == [
        ("list", "jobs", "200"),
        ("get", "synctasks", "200"),
        ("create", "pods", "200"),
        ("patch", "synctasks", "200"),
        ("delete", "jobs", "200"),
    ]


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "BadRequest", Invalid),
        (401, "Unauthorized", Denied),
        (403, "Forbidden", Denied),
        (404, "NotFound", NotFound),
        (409, "AlreadyExists", AlreadyExists),
        (409, "Conflict", Conflict),
        (410, "Expired", Gone),
        (422, "Invalid", Invalid),
        (429, "TooManyRequests", TooManyRequests),
        (500, "InternalError", ServerError),
        (503, "ServiceUnavailable", ServerError),
        (418, "", ApiError),
    ],
)
async def test_an_answer_that_is_none_says_which(status: int, reason: str, kind: type[ApiError]) -> None:
    async with served(answering(status, {"kind": "Status", "reason": reason, "message": "so it is"})) as api:
        with pytest.raises(ApiError, match="so it is") as caught:
            await api.get(TASKS, T1)
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.reason) == (status, reason)


@pytest.mark.parametrize(
    ("headers", "details", "seconds"),
    [({"Retry-After": "3"}, {}, 3.0), ({}, {"retryAfterSeconds": 5}, 5), ({"Retry-After": "soon"}, {}, None)],
)
async def test_how_long_to_stay_away(headers: dict[str, str], details: dict[str, int], seconds: float | None) -> None:
    async with served(answering(429, {"details": details}, headers)) as api:
        with pytest.raises(TooManyRequests) as caught:
            await api.get(TASKS, T1)
    assert caught.value.retry_after == seconds


async def test_an_error_that_is_not_json_is_an_error_all_the_same() -> None:
    async def proxy_page(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=502, text="<html>Bad Gateway</html>")

    async with served(proxy_page) as api:
        with pytest.raises(ServerError, match="Bad Gateway"):
            await api.get(TASKS, T1)


async def test_nobody_there_is_no_effect_and_a_lost_answer_is_an_unknown_one() -> None:
    nowhere = Connection(client.Configuration(host="http://127.0.0.1:1"))
    async with nowhere as api:
        with pytest.raises(Unreachable):
            await api.get(TASKS, T1)

    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with served(hang_up) as api:
        with pytest.raises(Uncertain):
            await api.create(JOBS, "acme", {})


def line(type_: str, version: int, **more: object) -> bytes:
    return (
        json.dumps({"type": type_, "object": {"metadata": {"resourceVersion": str(version)}} | more}).encode() + b"\n"
    )


def streaming(*chunks: bytes, break_off: bool = False) -> Handler:
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
            await asyncio.sleep(0)
        if break_off:
            assert request.transport is not None
            request.transport.abort()
        return response

    return stream


async def watched(api: Connection) -> list[tuple[str, str]]:
    async with aclosing(api.watch(TASKS, "acme", resource_version="5", timeout_seconds=60)) as events:
        return [(event.type, event.object["metadata"]["resourceVersion"]) async for event in events]


async def test_a_watch_puts_lines_together_however_they_arrive() -> None:
    whole = line("ADDED", 6) + line("MODIFIED", 7, text="è" * 1000) + line("BOOKMARK", 8) + line("DELETED", 9)
    expected = [("ADDED", "6"), ("MODIFIED", "7"), ("BOOKMARK", "8"), ("DELETED", "9")]
    asked = Asked()
    for size in (7, 100, len(whole)):
        chunks = [whole[start : start + size] for start in range(0, len(whole), size)]
        async with served(streaming(*chunks), asked) as api:
            assert await watched(api) == expected
    assert asked.requests[0][2] == {
        "watch": "true",
        "allowWatchBookmarks": "true",
        "resourceVersion": "5",
        "timeoutSeconds": "60",
    }


async def test_an_error_in_a_watch_is_that_error() -> None:
    gone = json.dumps({"type": "ERROR", "object": {"code": 410, "reason": "Expired", "message": "too old"}}).encode()
    async with served(streaming(line("ADDED", 6), gone + b"\n")) as api:
        with pytest.raises(Gone, match="too old"):
            await watched(api)


@pytest.mark.parametrize("rest", [b"not json\n", b'{"type": "STRANGE", "object": {}}\n'])
async def test_a_watch_that_talks_nonsense_is_an_api_error(rest: bytes) -> None:
    async with served(streaming(rest)) as api:
        with pytest.raises(ApiError):
            await watched(api)


async def test_a_watch_that_breaks_off_is_uncertain() -> None:
    async with served(streaming(line("ADDED", 6), break_off=True)) as api:
        with pytest.raises(Uncertain):
            await watched(api)


async def test_a_watch_that_is_refused_says_so() -> None:
    async with served(answering(410, {"reason": "Gone", "message": "old"})) as api:
        with pytest.raises(Gone):
            await watched(api)


async def test_a_watch_that_says_nothing_at_all_is_given_up_long_before_its_time_is_over() -> None:
    """A connection that was lost on its way is never closed: without bookmarks it stands for nothing."""
    over = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}\n')
        await over.wait()
        return response

    async with served(hang, silence=0.05) as api:
        try:
            async with asyncio.timeout(20), aclosing(api.watch(TASKS, None, resource_version="1")) as events:
                assert (await anext(events)).type == "BOOKMARK"
                with pytest.raises(Uncertain):
                    await anext(events)
        finally:
            over.set()
