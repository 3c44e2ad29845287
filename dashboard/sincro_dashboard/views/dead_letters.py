"""Dead letters, grouped by what caused them.

Decided here: which dead letters are still open (nobody retried them, nothing succeeded since), what belongs together
(the fingerprint), and what a replay of a group asks for.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from pydantic import Field

from sincro_contract.model import Document
from sincro_contract.resources.sync_task import TaskState
from sincro_dashboard.cluster.door import Object
from sincro_dashboard.views.explanation import advice_for
from sincro_dashboard.views.resources import (
    completed_at,
    created_at,
    name_of,
    namespace_of,
    source_of,
    state_of,
    type_of,
)
from sincro_dashboard.views.tasks import ErrorView, TaskView, error_view, task_view

_SHOWN_TASKS = 50


class DeadLetterGroup(Document):
    """Dead letters of one cause."""

    group: str = Field(description="The fingerprint, or a stand-in where the scraper gave none")
    error: ErrorView = Field(description="That of the newest")
    advice: str | None = Field(description="What a person can do about it")
    count: int
    open: int = Field(description="Not retried, and nothing of the same source and type has succeeded since")
    first: datetime
    last: datetime
    sources: list[str]
    types: list[str]
    tasks: list[TaskView] = Field(description="Newest first; at most 50")
    open_tasks: list[str] = Field(description="Names of those still open, as namespace/name")


class DeadLetters(Document):
    """All groups, the newest first."""

    groups: list[DeadLetterGroup]
    open: int


def dead_letters(tasks: Iterable[Object], *, closed_too: bool = False) -> DeadLetters:
    """The dead letters among these tasks; groups that are settled only when asked for."""
    tasks = list(tasks)
    still_open = _open(tasks)
    groups: dict[str, list[Object]] = {}
    for task in tasks:
        if state_of(task) is TaskState.DEAD_LETTERED:
            groups.setdefault(group_of(task), []).append(task)
    found = [_group(name, members, still_open) for name, members in groups.items()]
    shown = [group for group in found if group.open or closed_too]
    return DeadLetters(
        groups=sorted(shown, key=lambda group: (group.open > 0, group.last), reverse=True),
        open=sum(group.open for group in found),
    )


def group_of(task: Object) -> str:
    """What a dead letter is grouped by."""
    error = (task.get("status") or {}).get("lastError") or {}
    fingerprint = str(error.get("fingerprint") or "")
    if fingerprint:
        return fingerprint
    cause = "\0".join([str(error.get("class")), str(error.get("code")), source_of(task), type_of(task)])
    return "x" + hashlib.sha256(cause.encode()).hexdigest()[:12]


def to_replay(tasks: Iterable[Object], group: str) -> list[Object]:
    """One open dead letter, the newest, for each source and type of a group: equal requests would be merged anyway."""
    tasks = list(tasks)
    still_open = _open(tasks)
    chosen: dict[tuple[str, str, str], Object] = {}
    for task in sorted(tasks, key=_ended):
        if (namespace_of(task), name_of(task)) in still_open and group_of(task) == group:
            chosen[(namespace_of(task), source_of(task), type_of(task))] = task
    return list(chosen.values())


def _open(tasks: list[Object]) -> set[tuple[str, str]]:
    retried = {(namespace_of(task), str((task.get("spec") or {}).get("retryOf") or "")) for task in tasks}
    succeeded: dict[tuple[str, str, str], datetime] = {}
    for task in tasks:
        if state_of(task) is TaskState.SUCCEEDED:
            key = (namespace_of(task), source_of(task), type_of(task))
            succeeded[key] = max(succeeded.get(key, _ended(task)), _ended(task))
    still_open = set()
    for task in tasks:
        name = (namespace_of(task), name_of(task))
        success = succeeded.get((namespace_of(task), source_of(task), type_of(task)))
        settled = name in retried or (success is not None and success > _ended(task))
        if state_of(task) is TaskState.DEAD_LETTERED and not settled:
            still_open.add(name)
    return still_open


def _ended(task: Object) -> datetime:
    return completed_at(task) or created_at(task)


def _group(name: str, members: list[Object], still_open: set[tuple[str, str]]) -> DeadLetterGroup:
    members = sorted(members, key=_ended, reverse=True)
    newest = (members[0].get("status") or {}).get("lastError") or {}
    error_class = str(newest.get("class") or "Unknown")
    open_members = [task for task in members if (namespace_of(task), name_of(task)) in still_open]
    return DeadLetterGroup(
        group=name,
        error=error_view(
            error_class,
            str(newest.get("code") or ""),
            str(newest.get("message") or ""),
            str(newest.get("fingerprint") or ""),
        ),
        advice=advice_for(error_class),
        count=len(members),
        open=len(open_members),
        first=_ended(members[-1]),
        last=_ended(members[0]),
        sources=sorted({source_of(task) for task in members}),
        types=sorted({type_of(task) for task in members}),
        tasks=[view for view in map(task_view, members[:_SHOWN_TASKS]) if view],
        open_tasks=[f"{namespace_of(task)}/{name_of(task)}" for task in open_members],
    )
