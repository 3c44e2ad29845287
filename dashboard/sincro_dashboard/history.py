"""The history: tasks that are over, from PostgreSQL, where they stay after they have left the cluster.

Decided here: the shape of an answer and that it says where it comes from. Written by the operator; only read here.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from pydantic import Field

from sincro_contract.model import Document
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.lists import Cursor, Filter, ended_at, task_list
from sincro_dashboard.views.resources import state_of
from sincro_dashboard.views.statistics import DayView, by_day
from sincro_dashboard.views.tasks import TaskDetail, TaskView, task_view


class Origin(StrEnum):
    """Where a history comes from."""

    DATABASE = "database"
    CLUSTER = "cluster"
    """Only what the cluster still holds: older tasks are missing."""


class HistoryPage(Document):
    """A page of the history, newest first."""

    items: list[TaskView]
    next: str | None = Field(description="Give this as `cursor` to get the next page; null on the last one")
    origin: Origin
    notice: str | None = Field(description="Why it is not the whole history, as a sentence")


class HistoryStatistics(Document):
    """How syncs went, day by day."""

    days: list[DayView]
    origin: Origin
    notice: str | None


class HistoryUnavailable(Exception):
    """The history cannot be read now. The text is for people."""


class History(Protocol):
    """Reads of the archive. Each raises HistoryUnavailable."""

    async def page(
        self, wanted: Filter, namespaces: frozenset[str], limit: int, after: Cursor | None
    ) -> tuple[list[TaskView], str | None]:
        """Tasks that are over, newest first, and the cursor of the next page."""
        ...

    async def statistics(
        self, wanted: Filter, namespaces: frozenset[str], now: datetime, zone: ZoneInfo, days: int
    ) -> list[DayView]:
        """The last days."""
        ...

    async def one(self, name: str, namespaces: frozenset[str]) -> TaskDetail | None:
        """The newest task of this name that is over; None when there is none."""
        ...


def cluster_page(tasks: Iterable[Object], wanted: Filter, limit: int, after: Cursor | None, notice: str) -> HistoryPage:
    """The part of the history that the cluster still holds."""
    ended = task_list((task for task in tasks if state_of(task).final), wanted, limit, after, order=ended_at)
    return HistoryPage(items=ended.items, next=ended.next, origin=Origin.CLUSTER, notice=notice)


def cluster_statistics(
    tasks: Iterable[Object], wanted: Filter, now: datetime, zone: ZoneInfo, days: int, notice: str
) -> HistoryStatistics:
    """The statistics of what the cluster still holds."""
    shown = [task_view(task) for task in tasks if state_of(task).final and wanted.admits(task, ended_at)]
    return HistoryStatistics(
        days=by_day([view for view in shown if view], now, zone, days), origin=Origin.CLUSTER, notice=notice
    )
