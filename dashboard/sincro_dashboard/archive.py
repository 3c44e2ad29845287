"""The history in PostgreSQL, read only. The table is the operator's; its columns are read here and nowhere else.

Decided here: the SQL, time limits, and that a database that does not answer is not asked again for two seconds, so that
a page which can do without it never waits for it.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString
from zoneinfo import ZoneInfo

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row

from sincro_contract.resources.sync_task import TaskState, TriggeredBy
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_dashboard.history import HistoryUnavailable
from sincro_dashboard.views.explanation import Sentence
from sincro_dashboard.views.lists import Cursor, Filter
from sincro_dashboard.views.statistics import DayView, days_back
from sincro_dashboard.views.tasks import (
    AttemptView,
    TaskDetail,
    TaskView,
    attempt_view,
    counts_of,
    error_view,
)

logger = logging.getLogger(__name__)

_CONNECT_SECONDS = 3
_STATEMENT_MILLISECONDS = 5000
_REST_SECONDS = 2.0

_WHERE: LiteralString = """
    WHERE namespace = ANY(%(namespaces)s::text[])
      AND completed_at IS NOT NULL
      AND (%(sources)s::text[] IS NULL OR source = ANY(%(sources)s::text[]))
      AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s::text[]))
      AND (%(states)s::text[] IS NULL OR status = ANY(%(states)s::text[]))
      AND (%(user)s::text IS NULL OR user_id = %(user)s::text)
      AND (%(since)s::timestamptz IS NULL OR completed_at >= %(since)s::timestamptz)
      AND (%(until)s::timestamptz IS NULL OR completed_at < %(until)s::timestamptz)
      AND (%(error)s::text IS NULL OR error_class = %(error)s::text)
"""
_PAGE: LiteralString = (
    "SELECT * FROM sync_tasks"  # noqa: S608 - literals only; values are bound
    + _WHERE
    + " AND (%(after_at)s::timestamptz IS NULL"
    "  OR (completed_at, namespace || '/' || name) < (%(after_at)s::timestamptz, %(after_name)s::text))"
    " ORDER BY completed_at DESC, namespace || '/' || name DESC LIMIT %(limit)s"
)
_STATISTICS: LiteralString = (
    "SELECT (completed_at AT TIME ZONE %(zone)s)::date AS day,"  # noqa: S608
    " count(*) FILTER (WHERE status = 'Succeeded') AS succeeded,"
    " count(*) FILTER (WHERE status = 'DeadLettered') AS failed,"
    " round(avg(duration_ms) FILTER (WHERE status = 'Succeeded'))::bigint AS average,"
    " max(duration_ms) FILTER (WHERE status = 'Succeeded') AS longest"
    " FROM sync_tasks" + _WHERE + " GROUP BY 1"
)
_ONE: LiteralString = """
    SELECT * FROM sync_tasks WHERE name = %(name)s AND namespace = ANY(%(namespaces)s::text[])
    ORDER BY completed_at DESC NULLS LAST LIMIT 1
"""


class Archive:
    """A `History` over one connection, made when it is first needed and again after it was lost."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = asyncio.Lock()
        self._connection: AsyncConnection[DictRow] | None = None
        self._rest_until = 0.0
        self._why = ""

    async def page(
        self, wanted: Filter, namespaces: frozenset[str], limit: int, after: Cursor | None
    ) -> tuple[list[TaskView], str | None]:
        """See History.page."""
        values = _values(wanted, namespaces) | {
            "after_at": after.at if after else None,
            "after_name": after.name if after else None,
            "limit": limit + 1,
        }
        rows = await self._fetch(_PAGE, values)
        shown = rows[:limit]
        following = None
        if len(rows) > limit:
            last = shown[-1]
            following = Cursor(last["completed_at"], f"{last['namespace']}/{last['name']}").text()
        return [TaskView.model_validate(row_view(row)) for row in shown], following

    async def statistics(
        self, wanted: Filter, namespaces: frozenset[str], now: datetime, zone: ZoneInfo, days: int
    ) -> list[DayView]:
        """See History.statistics."""
        wanted_days = days_back(now, zone, days)
        first = datetime(wanted_days[0].year, wanted_days[0].month, wanted_days[0].day, tzinfo=zone)
        values = _values(wanted, namespaces)
        values["since"] = max(first, wanted.since) if wanted.since else first
        rows = {row["day"]: row for row in await self._fetch(_STATISTICS, values | {"zone": zone.key})}
        return [
            DayView(
                day=day,
                succeeded=rows[day]["succeeded"] if day in rows else 0,
                failed=rows[day]["failed"] if day in rows else 0,
                average_duration_ms=rows[day]["average"] if day in rows else None,
                longest_duration_ms=rows[day]["longest"] if day in rows else None,
            )
            for day in wanted_days
        ]

    async def one(self, name: str, namespaces: frozenset[str]) -> TaskDetail | None:
        """See History.one."""
        rows = await self._fetch(_ONE, {"name": name, "namespaces": sorted(namespaces)})
        return row_detail(rows[0]) if rows else None

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            await self._connection.close()

    async def _fetch(self, query: LiteralString, values: Mapping[str, object]) -> list[DictRow]:
        async with self._lock:
            if time.monotonic() < self._rest_until:
                raise HistoryUnavailable(self._why)
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = await self._connect()
                cursor = await self._connection.execute(query, values)
                return await cursor.fetchall()
            except (psycopg.Error, OSError) as error:
                self._why = "The history database does not answer."
                if isinstance(error, psycopg.errors.UndefinedTable):
                    self._why = "The history database has no tables yet: the operator makes them."
                self._rest_until = time.monotonic() + _REST_SECONDS
                # A URL that cannot be read is quoted by what cannot read it, with the password in it.
                unreadable = isinstance(error, psycopg.ProgrammingError) and self._connection is None
                why = "the URL cannot be read" if unreadable else str(error).strip()
                logger.warning("history_unavailable", extra={"error": why})
                if self._connection is not None and isinstance(error, psycopg.OperationalError):
                    await self._connection.close()
                    self._connection = None
                raise HistoryUnavailable(self._why) from error

    async def _connect(self) -> AsyncConnection[DictRow]:
        return await AsyncConnection.connect(
            self._url,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=_CONNECT_SECONDS,
            options=(
                f"-c statement_timeout={_STATEMENT_MILLISECONDS} -c default_transaction_read_only=on"
                " -c application_name=sincro-dashboard"
            ),
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=2,
            tcp_user_timeout=10_000,
        )


def row_view(row: Mapping[str, Any]) -> dict[str, object]:
    """The fields of a TaskView from a row of `sync_tasks`."""
    result = RunResult.model_validate(row["result"]) if row["result"] else None
    return {
        "id": row["name"],
        "namespace": row["namespace"],
        "source": row["source"],
        "type": row["type"],
        "mode": result.mode if result else Mode(row["mode"]),
        "state": TaskState(row["status"]),
        "priority": row["priority"],
        "triggered_by": TriggeredBy(row["triggered_by"]),
        "requested_by": row["user_id"],
        "schedule": row["schedule"],
        "created_at": row["created_at"],
        "started_at": row["started_at"],
        "completed_at": row["completed_at"],
        "duration_ms": row["duration_ms"],
        "attempt": row["attempts"],
        "max_attempts": row["max_attempts"],
        "waiting_for": None,
        "queue_position": None,
        "estimated_start": None,
        "next_attempt_at": None,
        "progress": None,
        "result": counts_of(result) if result else None,
        "error": error_view(
            row["error_class"], row["error_code"] or "", row["error_message"] or "", row["fingerprint"] or ""
        )
        if row["error_class"]
        else None,
        "dry_run": row["dry_run"],
        "cancelling": False,
        "superseded_by": None,
        "retry_of": row["retry_of"],
        "skipped": result.skipped if result else None,
    }


def row_detail(row: Mapping[str, Any]) -> TaskDetail:
    """A task that has left the cluster, by itself."""
    result = RunResult.model_validate(row["result"]) if row["result"] else None
    attempts: Sequence[AttemptView] = [attempt_view(attempt) for attempt in row["attempt_log"] or []]
    sentences = [Sentence(code="Archived", text="It has left the cluster; this is what the history keeps of it.")]
    if row["error_message"] and row["status"] == TaskState.DEAD_LETTERED:
        sentences.insert(0, Sentence(code="Error", text=row["error_message"]))
    return TaskDetail.model_validate(
        row_view(row)
        | {
            "queued_at": None,
            "not_before": None,
            "due": row["scheduled_at"] if row["schedule"] else None,
            "mode_asked": Mode(row["mode"]),
            "mode_reason": row["mode_reason"],
            "confirm_deletions": False,
            "timeout": "",
            "job": None,
            "cancelled_by": None,
            "attempts": attempts,
            "merged": [],
            "phases": result.phases if result else {},
            "why": sentences,
            "artifacts": row["artifacts"] or [],
            "archived": True,
        }
    )


def _values(wanted: Filter, namespaces: frozenset[str]) -> dict[str, object]:
    return {
        "namespaces": sorted(namespaces),
        "sources": sorted(wanted.sources) or None,
        "types": sorted(wanted.types) or None,
        "states": sorted(state.value for state in wanted.states) or None,
        "user": wanted.user or None,
        "since": wanted.since,
        "until": wanted.until,
        "error": wanted.error_class or None,
    }
