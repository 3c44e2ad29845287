"""The history in PostgreSQL: ended tasks and the orchestrator's own state, written in batches.

Decided here: that a row counts as stored only when it is committed. Not here: what is pruned then (planning). The
database being away costs nothing but the archive: every `store` fails soon, and connecting goes on in the background.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import AsyncConnection, sql

from sincro_operator.backoff import backoff
from sincro_operator.cluster.writes import ArchiveUnavailable
from sincro_operator.history.migrating import migrate
from sincro_operator.history.rows import COLUMNS, Row, row_of
from sincro_operator.planning.model import Task, TaskStatus

logger = logging.getLogger(__name__)

_BATCH = 200
_CONNECT_SECONDS = 5
_STATEMENT_MILLISECONDS = 5000

_UPSERT = sql.SQL(
    "INSERT INTO sync_tasks ({columns}) VALUES ({values}) ON CONFLICT (id) DO UPDATE SET {updates}"
).format(
    columns=sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
    values=sql.SQL(", ").join(sql.Placeholder() for _ in COLUMNS),
    updates=sql.SQL(", ").join(
        sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(column)) for column in COLUMNS if column != "id"
    ),
)
_STATE = (
    "INSERT INTO orchestrator_state (key, value, updated_at) VALUES (%s, %s, now())"
    " ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value, updated_at = now()"
    " WHERE orchestrator_state.value IS DISTINCT FROM EXCLUDED.value"
)


@dataclass(slots=True)
class _Entry:
    row: Row
    done: "asyncio.Future[None]"


class History:
    """Stores rows over one connection. `url` is read anew at each attempt to connect: the password may have changed."""

    def __init__(self, url: Callable[[], str], *, randomness: random.Random | None = None) -> None:
        self._url = url
        self._random = randomness or random.Random()  # noqa: S311 - jitter, not a secret
        self._entries: asyncio.Queue[_Entry] = asyncio.Queue()
        self._state: dict[str, str] = {}
        self.connected = False

    async def store(self, task: Task, status: TaskStatus) -> None:
        """Commit the task's row, or replace the one that is there. Raises ArchiveUnavailable."""
        if not self.connected:
            raise ArchiveUnavailable("the history database is not connected")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._entries.put_nowait(_Entry(row_of(task, status), done))
        await done

    def note_state(self, state: Mapping[str, str]) -> None:
        """Keys of `orchestrator_state` and what they are now; written with the next batch where they have changed."""
        self._state.update(state)

    async def run(self) -> None:
        """Connect, migrate and write for ever; returns only by cancellation."""
        failures = 0
        while True:
            try:
                async with await self._connect() as connection:
                    await migrate(connection)
                    logger.info("history_connected")
                    self.connected, failures = True, 0
                    await self._write_batches(connection)
            except (psycopg.Error, OSError, ValueError) as error:
                failures += 1
                # A URL that cannot be read is quoted by what cannot read it, with the password in it.
                unreadable = isinstance(error, (ValueError, psycopg.ProgrammingError))
                why = "the URL cannot be read" if unreadable else str(error).strip()
                logger.warning("history_away", extra={"error": why})
            finally:
                self.connected = False
                self._refuse_waiting()
            await asyncio.sleep(backoff(failures, self._random))

    async def _connect(self) -> "AsyncConnection[tuple[object, ...]]":
        return await AsyncConnection.connect(
            self._url(),
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            options=f"-c statement_timeout={_STATEMENT_MILLISECONDS} -c application_name=sincro-operator",
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=2,
            tcp_user_timeout=10_000,
        )

    async def _write_batches(self, connection: "AsyncConnection[tuple[object, ...]]") -> None:
        while True:
            try:
                async with asyncio.timeout(5):
                    batch = [await self._entries.get()]
            except TimeoutError:
                batch = []
            while len(batch) < _BATCH and not self._entries.empty():
                batch.append(self._entries.get_nowait())
            state, self._state = self._state, {}
            try:
                await self._write(connection, batch, state)
            except (psycopg.Error, OSError) as error:
                self._state = state | self._state
                for entry in batch:
                    _fail(entry, error)
                # InternalError: among others that of a server which has become a standby, and stays connected.
                if connection.closed or isinstance(error, (psycopg.OperationalError, psycopg.InternalError)):
                    raise
                logger.warning("rows_refused", extra={"rows": len(batch), "error": str(error).strip()})
            else:
                for entry in batch:
                    if not entry.done.done():
                        entry.done.set_result(None)

    @staticmethod
    async def _write(
        connection: "AsyncConnection[tuple[object, ...]]", batch: list[_Entry], state: Mapping[str, str]
    ) -> None:
        if not batch and not state:
            await connection.execute("SELECT 1")
            return
        async with connection.transaction(), connection.cursor() as cursor:
            if batch:
                await cursor.executemany(_UPSERT, [entry.row for entry in batch])
            if state:
                await cursor.executemany(_STATE, list(state.items()))

    def _refuse_waiting(self) -> None:
        while not self._entries.empty():
            _fail(self._entries.get_nowait(), ConnectionError("the history database is not connected"))


def _fail(entry: _Entry, error: BaseException) -> None:
    if not entry.done.done():
        entry.done.set_exception(ArchiveUnavailable(str(error).strip()))
