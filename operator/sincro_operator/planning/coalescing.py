"""Requests that are one: who joins whom, and what a due run finds done already.

Decided here:
- Equal requests (same source, type, mode, dry run, confirmation, notBefore) are one: the later joins the earlier one
  that is queued. A person who joins is recorded in `merged` and lifts its priority. One that waits for another attempt
  is not joined but taken over: who asks now does not want to wait for its backoff.
- One that reads more takes in what reads less: a Full a Delta, a Force both; never a person's short sync into scheduled
  work, which may take long.
- What runs is not joined: what was entered just before the request may lie on a page that has been read. A scheduled
  sync still queued when another that covers it was launched later and has succeeded has nothing left to do.
- A due run finds its work done by any open task that covers it; nothing is made then, and the schedule records why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sincro_contract.resources.sync_schedule import Rollout
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_operator.planning.actions import EventNote
from sincro_operator.planning.attempts import Moment, stop_reason
from sincro_operator.planning.model import Merged, Pending, Schedule, Task, TaskStatus
from sincro_operator.planning.priority import base_priority, for_person

RANK = {Mode.DELTA: 0, Mode.FULL: 1, Mode.FORCE: 2}
MERGED_KEPT = 16
Pair = tuple[Task, TaskStatus]


@dataclass(slots=True)
class Joining:
    """What coalescing changes: statuses by uid, notes by uid, and tasks that must not start before a write is over."""

    statuses: dict[str, TaskStatus]
    notes: dict[str, EventNote]
    frozen: set[str]


def coalesce(open_: Sequence[Pair], ended: Sequence[Task], moment: Moment) -> Joining:
    """Join what is one."""
    joining = Joining({}, {}, set())
    by_type: dict[str, list[Pair]] = {}
    for task, status in open_:
        if _waits(task, status):
            by_type.setdefault(task.type, []).append((task, status))
    for waiting in by_type.values():
        _join_equal(waiting, joining, moment)
        left = [pair for pair in waiting if pair[0].uid not in joining.statuses]
        _take_in(left, joining, moment)
        left = [pair for pair in left if pair[0].uid not in joining.statuses]
        _already_done(left, ended, joining, moment)
    _record_guests(open_, ended, joining)
    return joining


def covers_due(open_: Sequence[Pair], schedule: Schedule, mode: Mode, now: datetime) -> Task | None:
    """The open task that does all that this due run would; None when the run has to be made."""
    dry = schedule.rollout is Rollout.DRY_RUN
    for task, status in open_:
        if task.type != schedule.type or task.cancel or task.deleting or stop_reason(status) is not None:
            continue
        later = task.not_before is not None and task.not_before > now
        if RANK[status.effective_mode or task.mode] >= RANK[mode] and task.dry_run == dry and not later:
            return task
    return None


def _waits(task: Task, status: TaskStatus) -> bool:
    if task.cancel or task.deleting or task.pending in (Pending.LAUNCH, Pending.STOP):
        return False
    return status.state in (TaskState.QUEUED, TaskState.RETRYING)


def _signature(task: Task, now: datetime) -> tuple[object, ...]:
    later = task.not_before if task.not_before is not None and task.not_before > now else None
    return task.mode, task.dry_run, task.confirm_deletions, later


def _join_equal(waiting: Sequence[Pair], joining: Joining, moment: Moment) -> None:
    groups: dict[tuple[object, ...], list[Pair]] = {}
    for pair in waiting:
        groups.setdefault(_signature(pair[0], moment.now), []).append(pair)
    for group in groups.values():
        queued = [pair for pair in group if pair[1].state is TaskState.QUEUED]
        host = min(queued or group, key=_seniority)
        _join([pair for pair in group if pair is not host], host, joining, moment)


def _seniority(pair: Pair) -> tuple[datetime, datetime, str]:
    task, status = pair
    return status.next_attempt_at or task.created, task.created, task.name.name


def _take_in(waiting: Sequence[Pair], joining: Joining, moment: Moment) -> None:
    able = [pair for pair in waiting if pair[1].state is TaskState.QUEUED]
    for host in sorted(able, key=lambda pair: (-RANK[pair[0].mode], _seniority(pair))):
        if host[0].uid in joining.statuses:
            continue
        guests = [
            pair for pair in waiting if pair[0].uid not in joining.statuses and _reads_more(host, pair, moment.now)
        ]
        _join(guests, host, joining, moment)


def _reads_more(host: Pair, guest: Pair, now: datetime) -> bool:
    (big, big_status), (small, small_status) = host, guest
    starts_later = big.not_before is not None and big.not_before > now
    waits_longer = small.not_before is not None and small.not_before > now
    return (
        RANK[big.mode] > RANK[small.mode]
        and big.dry_run == small.dry_run
        and (big.confirm_deletions or not small.confirm_deletions)
        and not starts_later
        and not waits_longer
        and (for_person(big, big_status) or not for_person(small, small_status))
    )


def _join(guests: Sequence[Pair], host: Pair, joining: Joining, moment: Moment) -> None:
    task, status = host
    for guest, guest_status in guests:
        if task.pending is not None or guest.pending is not None:
            joining.frozen.add(guest.uid)
            continue
        joining.statuses[guest.uid] = _superseded(guest_status, task, moment)
        joining.notes[guest.uid] = EventNote("Superseded", f"{task.name.name} ({status.state.value}) does the same.")


def _superseded(status: TaskStatus, by: Task, moment: Moment) -> TaskStatus:
    return replace(
        status,
        state=TaskState.SUPERSEDED,
        superseded_by=by.name.name,
        completed_at=moment.stamp,
        waiting_for=None,
        queue_position=None,
        estimated_start=None,
        next_attempt_at=None,
    )


def _already_done(waiting: Sequence[Pair], ended: Iterable[Task], joining: Joining, moment: Moment) -> None:
    done = [task for task in ended if task.status.state is TaskState.SUCCEEDED and task.status.attempts]
    for task, status in waiting:
        if for_person(task, status) or task.pending is not None or status.state is not TaskState.QUEUED:
            continue
        for other in done:
            launched = other.status.attempts[-1].started_at
            mode = other.status.effective_mode or other.mode
            if (
                other.type == task.type
                and other.dry_run == task.dry_run
                and RANK[mode] >= RANK[task.mode]
                and launched is not None
                and launched >= task.created
            ):
                joining.statuses[task.uid] = _superseded(status, other, moment)
                joining.notes[task.uid] = EventNote(
                    "Superseded", f"{other.name.name} was launched later, and has read it all."
                )
                break


def _record_guests(open_: Sequence[Pair], ended: Sequence[Task], joining: Joining) -> None:
    """Who joined is written on the host; derived from the guests, so that a crash between two writes loses nobody."""
    guests: dict[str, list[Pair]] = {}
    for task, status in open_:
        after = joining.statuses.get(task.uid, status)
        if after.superseded_by is not None:
            guests.setdefault(after.superseded_by, []).append((task, after))
    for task in ended:
        if task.status.superseded_by is not None:
            guests.setdefault(task.status.superseded_by, []).append((task, task.status))
    if not guests:
        return
    by_name = {task.name.name: (task, joining.statuses.get(task.uid, status)) for task, status in open_}
    for name, (host, status) in by_name.items():
        if name in guests and host.pending is None and not status.state.final:
            lifted = _with_guests(host, status, guests)
            if lifted != status:
                joining.statuses[host.uid] = lifted


def _with_guests(host: Task, status: TaskStatus, guests: Mapping[str, list[Pair]]) -> TaskStatus:
    merged = list(status.merged)
    known = {one.name for one in merged}
    priority = base_priority(host, status)
    pending, seen = list(guests[host.name.name]), {host.name.name}
    while pending:
        guest, guest_status = pending.pop(0)
        if guest.name.name in seen:
            continue
        seen.add(guest.name.name)
        pending += guests.get(guest.name.name, [])
        if not for_person(guest, guest_status):
            continue
        priority = max(priority, base_priority(guest, guest_status))
        at = guest_status.completed_at or guest.created
        own = [Merged(guest.requested_by or "", at, guest.name.name)] if guest.triggered_by.by_person else []
        for one in (*guest_status.merged, *own):
            if one.name not in known and len(merged) < MERGED_KEPT:
                known.add(one.name)
                merged.append(one)
    if len(merged) == len(status.merged) and priority == base_priority(host, status):
        return status
    lifted = priority if priority > host.priority else status.effective_priority
    return replace(status, merged=tuple(merged), effective_priority=lifted)
