"""A webhook over real HTTP that fails in every way before it takes what it is sent."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

from sincro_operator.cluster.api import TASKS, Object, Resource, ServerError
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.facts import NOTICED
from sincro_operator.notices.message import Form
from sincro_operator.notices.sender import Sender, Target
from sincro_operator.planning.model import Name
from sincro_operator.planning.snapshot import Snapshot
from tests.simulation.client import Client
from tests.simulation.server import Server
from tests.unit.operator import objects

SECRET = "a secret of ours"


@dataclass
class Receiver:
    """Somebody's HTTP server: gives these answers in turn, the last one for ever, and keeps what it was sent."""

    answers: list[int | str]
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if answer == "breaks off":
            assert request.transport is not None
            request.transport.abort()
        if answer == "redirects":
            return web.Response(status=302, headers={"Location": "/elsewhere"})
        return web.Response(status=answer if isinstance(answer, int) else 500)

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.requests]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application()
        app.add_routes([web.post("/hook", self.handle), web.route("*", "/elsewhere", self.handle)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        finally:
            await runner.cleanup()


class Forgetful(Client):
    """An API server that does not take the first writes."""

    refusals = 0

    async def patch(self, resource: Resource, name: Name, body: Object, *, subresource: str | None = None) -> Object:
        if self.refusals:
            self.refusals -= 1
            raise ServerError("not now")
        return await super().patch(resource, name, body, subresource=subresource)


class Story:
    def __init__(self) -> None:
        self.started = datetime.now(UTC)
        self.server = Server(self.now, random.Random(1))
        self.cache = Cache(Snapshot(), lambda: None)
        self.api = Forgetful(self.server, random.Random(2), latency=0)
        self.outcomes: list[str] = []
        self.leads = True
        self.asked = 0

    def now(self) -> datetime:
        """A hundred times as fast as life: what waits for seconds waits for hundredths."""
        return self.started + (datetime.now(UTC) - self.started) * 100

    def may_act(self) -> bool:
        self.asked += 1
        return self.leads

    def dead_letter(self, name: str, ended: datetime | None = None) -> None:
        self.server.create(TASKS, "acme", objects.task(name, uid=f"uid-{name}"))
        error = {"class": "SchemaDrift", "message": "column Prezzo is gone"}
        ended_text = (ended or self.now()).isoformat().replace("+00:00", "Z")
        status = {"state": "DeadLettered", "completedAt": ended_text, "lastError": error}
        self.cache.tasks.upsert(self.server.patch(TASKS, Name("acme", name), {"status": status}, "status"))

    def noted(self, name: str) -> str | None:
        annotations = self.server.get(TASKS, Name("acme", name))["metadata"].get("annotations") or {}
        found = annotations.get(NOTICED)
        return str(found) if found is not None else None

    @asynccontextmanager
    async def sending(self, target: Callable[[], Target]) -> AsyncIterator[None]:
        sender = Sender(
            self.api,
            self.cache,
            target,
            may_act=self.may_act,
            now=self.now,
            sent=self.outcomes.append,
            look=0.01,
        )
        runner = asyncio.ensure_future(sender.run())
        try:
            yield
        finally:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - plain values
            await asyncio.sleep(0.01)


async def test_it_is_sent_until_it_is_taken_and_then_no_more() -> None:
    story, receiver = Story(), Receiver([503, "breaks off", "redirects", 400, 204])
    story.dead_letter("t1")
    async with receiver.listening() as url:
        async with story.sending(lambda: Target(url, SECRET, Form.GENERIC)):
            await eventually(lambda: story.noted("t1") is not None)
        assert story.outcomes == ["failed"] * 4 + ["sent"]
        async with story.sending(lambda: Target(url, SECRET, Form.GENERIC)):  # an operator that is started anew
            story.dead_letter("t2")
            await eventually(lambda: story.noted("t2") is not None)
    real_uid = story.server.get(TASKS, Name("acme", "t1"))["metadata"]["uid"]
    assert receiver.ids[:5] == [f"dead-letter-{real_uid}"] * 5
    assert len(receiver.ids) == 6
    for headers, body in receiver.requests:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert headers["Content-Type"] == "application/json"
        assert json.loads(body)["data"]["error"]["message"] == "column Prezzo is gone"


async def test_what_could_not_be_written_down_is_sent_again_under_the_same_id() -> None:
    story, receiver = Story(), Receiver([204])
    story.dead_letter("t1")
    story.api.refusals = 10**9
    async with receiver.listening() as url:
        async with story.sending(lambda: Target(url, None, Form.GENERIC)):
            await eventually(lambda: len(receiver.ids) == 1)
        story.api.refusals = 0
        async with story.sending(lambda: Target(url, None, Form.GENERIC)):
            await eventually(lambda: story.noted("t1") is not None)
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1
    assert "webhook-signature" not in receiver.requests[0][0]


async def test_a_receiver_that_refuses_one_gets_the_others() -> None:
    story, receiver = Story(), Receiver([400, 204])
    story.dead_letter("a", story.now() - timedelta(minutes=1))
    story.dead_letter("b")
    async with receiver.listening() as url, story.sending(lambda: Target(url, None, Form.SLACK)):
        await eventually(lambda: bool(story.noted("a")) and bool(story.noted("b")))
    assert len(receiver.ids) == 3
    assert receiver.ids[0] == receiver.ids[2] != receiver.ids[1]
    assert all("text" in json.loads(body) for _, body in receiver.requests)


async def test_a_secret_that_is_corrected_is_taken_up_without_a_restart() -> None:
    story, receiver, asked = Story(), Receiver([204]), 0
    story.dead_letter("t1")
    async with receiver.listening() as url:

        def target() -> Target:
            nonlocal asked
            asked += 1
            if asked < 4:
                raise FileNotFoundError("the Secret is not mounted yet")
            return Target(url, None, Form.GENERIC)

        async with story.sending(target):
            await eventually(lambda: story.noted("t1") is not None)
    assert story.outcomes == ["failed"] * 3 + ["sent"]


async def test_old_news_and_those_of_a_standby_are_not_sent() -> None:
    story, receiver = Story(), Receiver([204])
    story.dead_letter("old", story.now() - timedelta(hours=25))
    async with receiver.listening() as url, story.sending(lambda: Target(url, None, Form.GENERIC)):
        await eventually(lambda: story.noted("old") is not None)
        story.leads = False
        story.dead_letter("new")
        before = story.asked
        await eventually(lambda: story.asked > before + 5)
    assert story.noted("old") == "not sent: too old to be news"
    assert (story.noted("new"), receiver.ids) == (None, [])


async def test_what_was_sent_before_leadership_was_lost_is_written_down_when_it_is_back_and_not_sent_again() -> None:
    """An API server that is away takes both: the Lease, and the word that somebody was told."""
    story, receiver = Story(), Receiver([204])
    story.api.refusals = 10**6
    story.dead_letter("t1")
    async with receiver.listening() as url, story.sending(lambda: Target(url, SECRET, Form.GENERIC)):
        await eventually(lambda: len(receiver.requests) == 1 and story.api.refusals < 10**6)
        story.leads = False
        await eventually(lambda: story.outcomes == ["sent"])
        story.api.refusals = 0
        story.leads = True
        await eventually(lambda: story.noted("t1") is not None)
    assert (len(receiver.requests), story.outcomes) == (1, ["sent"])
