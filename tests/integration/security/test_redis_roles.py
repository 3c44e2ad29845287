"""What operator, dashboard and scraper may do in Redis, by the rules that the chart ships: against a real Redis, each
with its own password, by the programs' own code and by everything that a thief of the password would try.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError

from sincro_contract.progress import PROGRESS_STREAM, Progress, ProgressEvent, ProgressRecord, ProgressStatus
from sincro_dashboard.live.stream import RedisStream
from sincro_dashboard.shared_counter import RedisCounter
from sincro_operator.cluster.cache import Cache
from sincro_operator.planning.snapshot import Snapshot
from sincro_operator.progress.intake import ProgressIntake
from sincro_scraper.progress import RedisSink
from tests.services import RedisServer, running_redis
from tests.simulation.client import Client
from tests.simulation.server import Server

ROOT = Path(__file__).parents[3]
ROLES: dict[str, str] = yaml.safe_load((ROOT / "helm/sincro/files/redis-roles.yaml").read_text())
MAY = {"operator": {"read"}, "dashboard": {"read", "count"}, "scraper": {"append"}}
ATTEMPTS: dict[str, tuple[str, ...]] = {
    "read": ("XREVRANGE", PROGRESS_STREAM, "+", "-", "COUNT", "1"),
    "append": ("XADD", PROGRESS_STREAM, "*", "event", "{}"),
    "count": ("INCRBY", "sincro:manual-syncs:anna:1", "1"),
    "count elsewhere": ("INCRBY", "other", "1"),
    "read another key": ("XREAD", "STREAMS", "other", "0"),
    "append to another key": ("XADD", "other", "*", "a", "1"),
    "append to a key that begins alike": ("XADD", f"{PROGRESS_STREAM}:2", "*", "a", "1"),
    "get": ("GET", "other"),
    "set": ("SET", "other", "1"),
    "delete the stream": ("DEL", PROGRESS_STREAM),
    "cut the stream": ("XTRIM", PROGRESS_STREAM, "MAXLEN", "0"),
    "list keys": ("KEYS", "*"),
    "scan keys": ("SCAN", "0"),
    "empty everything": ("FLUSHALL",),
    "publish": ("PUBLISH", "channel", "x"),
    "subscribe": ("SUBSCRIBE", "channel"),
    "run a script": ("EVAL", "return 1", "0"),
    "see who is connected": ("CLIENT", "LIST"),
    "throw others out": ("CLIENT", "KILL", "TYPE", "normal"),
    "hold everybody up": ("CLIENT", "PAUSE", "1"),
    "read the configuration": ("CONFIG", "GET", "*"),
    "give itself rights": ("ACL", "SETUSER", "scraper", "+@all"),
    "copy everything away": ("REPLICAOF", "127.0.0.1", "1"),
    "watch what others do": ("MONITOR",),
    "save to disk": ("SAVE",),
    "stop the server": ("SHUTDOWN", "NOSAVE"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with running_redis() as found, Redis.from_url(found.url) as administrator:
        for role, rules in ROLES.items():
            administrator.execute_command("ACL", "SETUSER", role, "on", f">{role}-password", *rules.split())
        administrator.execute_command("ACL", "SETUSER", "default", "off")
        yield found


def url(server: RedisServer, role: str, password: str = "") -> str:
    return f"redis://{role}:{password or role + '-password'}@127.0.0.1:{server.port}/0"


def test_every_program_has_a_role() -> None:
    assert ROLES.keys() == MAY.keys()


@pytest.mark.parametrize("role", MAY)
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_what_a_role_may(server: RedisServer, role: str, attempt: str) -> None:
    with Redis.from_url(url(server, role)) as client:
        if attempt in MAY[role]:
            client.execute_command(*ATTEMPTS[attempt])
            return
        with pytest.raises(NoPermissionError):
            client.execute_command(*ATTEMPTS[attempt])


@pytest.mark.parametrize("role", [*MAY, "default"])
def test_a_wrong_password(server: RedisServer, role: str) -> None:
    with Redis.from_url(url(server, role, "wrong")) as client, pytest.raises(AuthenticationError):
        client.ping()


async def test_the_programs_get_along_with_their_rights(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """From scraper to operator and dashboard, by the code that runs in their pods."""
    stream = RedisStream(url(server, "dashboard"))
    newest = await stream.newest()
    taken: list[dict[str, str]] = []
    api = Client(Server(lambda: datetime.now(UTC), random.Random(1)), random.Random(2), latency=0)
    intake = ProgressIntake(
        api, Cache(Snapshot(), lambda: None), lambda: url(server, "operator"), may_act=lambda: False
    )
    intake.take = taken.append  # type: ignore[method-assign]
    runner = asyncio.ensure_future(intake.run())
    sink = RedisSink(url(server, "scraper"))
    try:
        async with asyncio.timeout(30):
            await _until(lambda: intake.connected)
            await _until(lambda: bool(taken), meanwhile=lambda: sink.write(_record()))
            entries = await stream.after(newest)
    finally:
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)
        await sink.close()
        await stream.close()
    counter = RedisCounter(url(server, "dashboard"))
    assert await counter.add("anna", 7) == (1, 0)
    await counter.take_back("anna", 7)
    await counter.close()
    assert taken[0] == entries[0][1] == _record().to_fields()
    assert not {"redis_away", "progress.lost"} & set(caplog.messages)


def _record() -> ProgressRecord:
    event = ProgressEvent(task_id="t", type="customers", status=ProgressStatus.RUNNING, progress=Progress.of(1, 2))
    return ProgressRecord(namespace="erp", source="acme", phase="read", event=event)


async def _until(condition: Callable[[], bool], meanwhile: Callable[[], Awaitable[None]] | None = None) -> None:
    while not condition():
        if meanwhile is not None:
            await meanwhile()
        await asyncio.sleep(0.02)
