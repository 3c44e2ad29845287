"""Which tasks a list shows, in which order, and where the next page begins.

Decided here: newest first, and that a page's end is remembered by instant and name, so that tasks that come or go in
between neither repeat nor hide others.
"""

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import Field

from sincro_contract.model import Document
from sincro_contract.resources.sync_task import TaskState
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.resources import (
    completed_at,
    created_at,
    instant,
    name_of,
    namespace_of,
    requested_by,
    source_of,
    state_of,
    type_of,
)
from sincro_dashboard.views.tasks import TaskView, task_view

Order = Callable[[Object], datetime]
"""The instant that a list is ordered by."""


class TaskList(Document):
    """A page of tasks, newest first."""

    items: list[TaskView]
    next: str | None = Field(description="Give this as `cursor` to get the next page; null on the last one")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; an empty part does not narrow."""

    sources: frozenset[str] = field(default_factory=frozenset)
    types: frozenset[str] = field(default_factory=frozenset)
    states: frozenset[TaskState] = field(default_factory=frozenset)
    user: str = ""
    since: datetime | None = None
    """At this instant or later."""
    until: datetime | None = None
    """Before this instant."""
    error_class: str = ""

    def admits(self, task: Object, order: Order) -> bool:
        """True when the task is in the list; since and until count by the instant that orders it."""
        return (
            (not self.sources or source_of(task) in self.sources)
            and (not self.types or type_of(task) in self.types)
            and (not self.states or state_of(task) in self.states)
            and (not self.user or requested_by(task) == self.user)
            and (self.since is None or order(task) >= self.since)
            and (self.until is None or order(task) < self.until)
            and (not self.error_class or _error_class(task) == self.error_class)
        )


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last task of a page."""

    at: datetime
    name: str

    def text(self) -> str:
        """The cursor as it travels: opaque to those who carry it."""
        return base64.urlsafe_b64encode(f"{self.at.isoformat()} {self.name}".encode()).decode().rstrip("=")


class BadCursor(ValueError):
    """A text that is no cursor of ours."""


def read_cursor(text: str) -> Cursor:
    """The cursor that a text stands for. Raises BadCursor."""
    try:
        at, _, name = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise BadCursor("not a cursor that this API has given") from error
    read = instant(at)
    if read is None or not name:
        raise BadCursor("not a cursor that this API has given")
    return Cursor(read, name)


def ended_at(task: Object) -> datetime:
    """When a task that is over came to its end."""
    return completed_at(task) or created_at(task)


def task_list(
    tasks: Iterable[Object], wanted: Filter, limit: int, after: Cursor | None = None, *, order: Order = created_at
) -> TaskList:
    """The page of at most `limit` tasks that comes after the cursor, newest first by `order`."""

    def place(task: Object) -> tuple[datetime, str]:
        return order(task), f"{namespace_of(task)}/{name_of(task)}"

    chosen = sorted((task for task in tasks if wanted.admits(task, order)), key=place, reverse=True)
    if after is not None:
        chosen = [task for task in chosen if place(task) < (after.at, after.name)]
    page = chosen[:limit]
    return TaskList(
        items=[view for view in map(task_view, page) if view],
        next=Cursor(*place(page[-1])).text() if len(chosen) > limit else None,
    )


def _error_class(task: Object) -> str:
    return str(((task.get("status") or {}).get("lastError") or {}).get("class") or "")
