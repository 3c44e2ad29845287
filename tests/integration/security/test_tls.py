"""Operator, dashboard and scraper against a PostgreSQL and a Redis with TLS: they connect to the server that its
authority vouches for under its own name, and to no other one; the environment is as the chart makes it.
"""

import asyncio
import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from redis.exceptions import RedisError

from sincro_contract.progress import Progress, ProgressEvent, ProgressRecord, ProgressStatus
from sincro_dashboard.archive import Archive
from sincro_dashboard.history import HistoryUnavailable
from sincro_dashboard.live.stream import RedisStream
from sincro_dashboard.rate_limit import CounterAway
from sincro_dashboard.shared_counter import RedisCounter
from sincro_operator.cluster.cache import Cache
from sincro_operator.history.archive import History
from sincro_operator.planning.snapshot import Snapshot
from sincro_operator.progress.intake import ProgressIntake
from sincro_scraper.load import DatabaseUnavailable
from sincro_scraper.load.postgresql.target import PostgresTarget
from sincro_scraper.progress import RedisSink
from tests.integration.security.authority import Authority
from tests.services import PostgresServer, RedisServer, running_postgres, running_redis
from tests.simulation.client import Client
from tests.simulation.server import Server
from tests.transports import none_open

HERE = "127.0.0.1"
CASES = [
    ("vouched for", "ours", True),
    ("by another authority", "theirs", False),
    ("for another name", "elsewhere", False),
    ("without TLS", "plain", False),
]
connections = pytest.mark.parametrize(
    ("server", "accepted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)


@pytest.fixture(scope="module")
def ours() -> Authority:
    return Authority("ours")


@pytest.fixture(scope="module")
def ca_file(ours: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ours.file(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def databases(ours: Authority) -> Iterator[dict[str, PostgresServer]]:
    theirs = Authority("ours")
    with ExitStack() as stack:
        yield {
            "ours": stack.enter_context(running_postgres(tls=ours.server(HERE))),
            "theirs": stack.enter_context(running_postgres(tls=theirs.server(HERE))),
            "elsewhere": stack.enter_context(running_postgres(tls=ours.server("db.example.com"))),
            "plain": stack.enter_context(running_postgres()),
        }


@pytest.fixture(scope="module")
def redises(ours: Authority) -> Iterator[dict[str, RedisServer]]:
    theirs = Authority("ours")
    with ExitStack() as stack:
        yield {
            "ours": stack.enter_context(running_redis(ours.server(HERE))),
            "theirs": stack.enter_context(running_redis(theirs.server(HERE))),
            "elsewhere": stack.enter_context(running_redis(ours.server("redis.example.com"))),
            "plain": stack.enter_context(running_redis()),
        }


@pytest.fixture
def database(databases: dict[str, PostgresServer], server: str, ca_file: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database; the environment says what the chart's `tls.database` says."""
    url = databases[server].create_database(f"tls_{secrets.token_hex(4)}")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", str(ca_file))
    return url


async def either(*conditions: Callable[[], bool]) -> int:
    """The number of the first condition that holds."""
    async with asyncio.timeout(30):
        while True:
            for number, condition in enumerate(conditions):
                if condition():
                    return number
            await asyncio.sleep(0.02)


@connections
async def test_the_operators_history(database: str, accepted: bool, caplog: pytest.LogCaptureFixture) -> None:
    history = History(lambda: database, randomness=random.Random(1))
    runner = asyncio.ensure_future(history.run())
    try:
        outcome = await either(lambda: history.connected, lambda: "history_away" in caplog.messages)
    finally:
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)
    assert (outcome == 0) is accepted


@connections
async def test_the_dashboards_history(database: str, accepted: bool) -> None:
    archive = Archive(database)
    # A database without tables: whoever gets as far as asking is told so.
    with pytest.raises(HistoryUnavailable, match="no tables yet" if accepted else "does not answer"):
        await archive.one("t", frozenset({"erp"}))
    await archive.close()


@connections
def test_the_scrapers_database(database: str, accepted: bool) -> None:
    if not accepted:
        with pytest.raises(DatabaseUnavailable):
            PostgresTarget(database, patience_seconds=0)
        return
    with PostgresTarget(database, patience_seconds=0) as target:
        assert target.state("erp", "customers") is None


@pytest.mark.parametrize("server", ["ours"])
def test_the_connection_is_encrypted(database: str) -> None:
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    assert row == (True, "TLSv1.3")


@pytest.mark.parametrize("server", ["plain"])
def test_what_a_url_says_itself_goes_before_it(database: str) -> None:
    """For one database inside a trusted network, beside others with TLS."""
    with PostgresTarget(f"{database}?sslmode=disable", patience_seconds=0) as target:
        assert target.state("erp", "customers") is None


@connections
async def test_the_operators_redis(
    redises: dict[str, RedisServer], server: str, accepted: bool, ca_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    api = Client(Server(lambda: datetime.now(UTC), random.Random(1)), random.Random(2), latency=0)
    cache = Cache(Snapshot(), lambda: None)
    intake = ProgressIntake(api, cache, lambda: redises[server].url, may_act=lambda: True, ca_file=ca_file)
    runner = asyncio.ensure_future(intake.run())
    try:
        outcome = await either(lambda: intake.connected, lambda: "redis_away" in caplog.messages)
    finally:
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)
        await none_open()
    assert (outcome == 0) is accepted


@connections
async def test_the_dashboards_redis(
    redises: dict[str, RedisServer], server: str, accepted: bool, ca_file: Path
) -> None:
    if not accepted:
        with pytest.raises((RedisError, ValueError)):
            await RedisStream(redises[server].url, ca_file).newest()
        with pytest.raises((CounterAway, ValueError)):
            await RedisCounter(redises[server].url, ca_file).add("anna", 1)
        return
    counter = RedisCounter(redises[server].url, ca_file)
    assert await counter.add("anna", 1) == (1, 0)
    await counter.close()
    stream = RedisStream(redises[server].url, ca_file)
    assert await stream.newest()
    await stream.close()


@connections
async def test_the_scrapers_redis(
    redises: dict[str, RedisServer], server: str, accepted: bool, ca_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    event = ProgressEvent(task_id="t", type="customers", status=ProgressStatus.RUNNING, progress=Progress.of(1, 2))
    record = ProgressRecord(namespace="erp", source="acme", phase="read", event=event)
    if server == "plain":
        with pytest.raises(ValueError, match="rediss://"):
            RedisSink(redises[server].url, str(ca_file))
        return
    sink = RedisSink(redises[server].url, str(ca_file))
    await sink.write(record)
    await sink.close()
    assert ("progress.lost" not in caplog.messages) is accepted
