"""Which ended tasks stay."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.actions import ArchiveTask, PruneTask
from sincro_operator.planning.model import Limits, Pending, Schedule, ScheduleStatus, Task, TaskError
from tests.unit.planning.facts import HOUR, MINUTE, NOW, ended, of_kind, plan_of, schedule, scheduled, source, task

SETTLED = ScheduleStatus(last_due_delta=NOW + HOUR, last_due_full=NOW + HOUR, last_run=NOW + HOUR)
KEEPING: Schedule = schedule(suspend=True, keep_succeeded=2, keep_failed=1, status=SETTLED)
COUNTED = source(status=replace(source().status, counted_until=NOW + HOUR))


def done(count: int, state: TaskState = TaskState.SUCCEEDED, **changes: Any) -> list[Task]:
    """So many ended tasks, the first is the oldest."""
    error = TaskError(ErrorClass.UNKNOWN, "x", at=NOW) if state is TaskState.DEAD_LETTERED else None
    return [
        ended(scheduled(f"{state.value.lower()}{n}", **changes), state, NOW + n * MINUTE, last_error=error)
        for n in range(count)
    ]


def pruned(*facts: Any, now: timedelta = 30 * MINUTE, **limits: Any) -> list[str]:
    """The names of what is pruned."""
    plan = plan_of(*facts, now=NOW + now, limits=Limits(**limits))
    return sorted(action.task.name.name for action in of_kind(plan, PruneTask))


def test_history_limits_keep_the_newest_of_each_kind() -> None:
    facts = (COUNTED, KEEPING, *done(4), *done(2, TaskState.DEAD_LETTERED))
    assert pruned(*facts) == ["deadlettered0", "succeeded0", "succeeded1"]


def test_what_never_ran_does_not_push_out_what_did() -> None:
    facts = (COUNTED, KEEPING, *done(2), *done(4, TaskState.SUPERSEDED))
    assert pruned(*facts) == ["superseded0", "superseded1"]


@pytest.mark.parametrize(
    ("facts", "limits"),
    [
        # Its end is not in the source's statistics.
        ((source(), KEEPING), {}),
        # ... nor in the schedule's.
        ((COUNTED, replace(KEEPING, status=replace(SETTLED, last_run=None))), {}),
        # The instant it was made for is not settled: pruned now, it would be made again.
        ((COUNTED, replace(KEEPING, status=replace(SETTLED, last_due_delta=None))), {}),
        # Its row is not in the history.
        ((COUNTED, KEEPING), {"archive": True}),
    ],
)
def test_nothing_goes_before_it_is_recorded(facts: tuple[Any, ...], limits: dict[str, Any]) -> None:
    assert pruned(*facts, *done(4), **limits) == []


def test_a_history_that_is_away_means_that_nothing_is_pruned_and_everything_is_archived_later() -> None:
    waiting = done(4)
    plan = plan_of(COUNTED, KEEPING, *waiting, now=NOW + HOUR, limits=Limits(archive=True))
    assert len(of_kind(plan, ArchiveTask)) == 4
    archived = [replace(one, status=replace(one.status, archived=True)) for one in waiting]
    assert pruned(COUNTED, KEEPING, *archived, archive=True) == ["succeeded0", "succeeded1"]


def test_what_people_asked_for_is_kept_by_number_and_age() -> None:
    asked = [ended(task(f"asked{n}"), at=NOW + n * MINUTE) for n in range(4)]
    limits = {"keep_manual": 3, "keep_manual_for": timedelta(days=1)}
    assert pruned(COUNTED, *asked, **limits) == ["asked0"]
    young = plan_of(COUNTED, *asked[1:], now=NOW + 30 * MINUTE, limits=Limits(**limits))
    assert young.wake_at == NOW + MINUTE + timedelta(days=1)
    assert pruned(COUNTED, *asked[1:], now=timedelta(days=1, minutes=2), **limits) == ["asked1", "asked2"]


def test_what_is_being_written_is_left_alone() -> None:
    busy = [replace(one, pending=Pending.WRITE) for one in done(4)]
    assert pruned(COUNTED, KEEPING, *busy) == []


@pytest.mark.parametrize(("notices", "noticed", "gone"), [(True, False, 0), (True, True, 1), (False, False, 1)])
def test_a_dead_letter_stays_until_people_were_told(notices: bool, noticed: bool, gone: int) -> None:
    letters = [replace(letter, noticed=noticed) for letter in done(2, TaskState.DEAD_LETTERED)]
    assert len(pruned(COUNTED, KEEPING, *letters, notices=notices)) == gone
