"""The order of what waits to be carried out: tables over chains of one action each."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sincro_contract.resources.sync_task import TriggeredBy
from sincro_contract.run import Mode
from sincro_operator.cluster.facts import schedule_of, source_of, task_of
from sincro_operator.cluster.lines import Chain, Lines
from sincro_operator.planning.actions import Action, CreateTask, LaunchJob, WriteSchedule, WriteTask
from sincro_operator.planning.model import Name, Pending, ScheduleStatus, Task, TaskStatus
from tests.unit.operator import objects

TASK = task_of(objects.task())
PERSON = replace(TASK, triggered_by=TriggeredBy.MANUAL)
SCHEDULED = replace(TASK, triggered_by=TriggeredBy.SCHEDULER)
SCHEDULE = schedule_of(objects.schedule())
SOURCE = source_of(objects.source())
NOW = TASK.created


def launch(task: Task) -> LaunchJob:
    return LaunchJob(task, SOURCE, Name("acme", "job"), 1, 1, Mode.DELTA, TaskStatus())


def due_in(minutes: float | None, delta: float | None = None) -> WriteSchedule:
    full, delta_at = (NOW + timedelta(minutes=m) if m is not None else None for m in (minutes, delta))
    return WriteSchedule(SCHEDULE, ScheduleStatus(next_full=full, next_delta=delta_at))


NEWS = WriteTask(SCHEDULED, TaskStatus())


def chain(key: str, action: Action) -> Chain:
    return Chain(key, None, [action], Pending.WRITE)


def taken(lines: Lines) -> list[str]:
    order = []
    while (each := lines.take()) is not None:
        order.append(each.key)
    return order


@pytest.mark.parametrize(
    ("waiting", "order"),
    [
        ({"a": NEWS, "b": launch(SCHEDULED), "c": launch(PERSON)}, "cba"),
        ({"a": due_in(60), "b": due_in(5), "c": due_in(90, delta=1)}, "cba"),
        ({"a": due_in(60), "b": due_in(None)}, "ba"),
        ({"a": due_in(5), "b": due_in(5)}, "ab"),
        ({"a": due_in(1), "b": launch(SCHEDULED)}, "ba"),
    ],
    ids=[
        "a person, then who is due, then the news",
        "of schedules the one that is due soonest, by either cadence",
        "one that is not due at all, a person has just suspended it",
        "in the order of asking where nothing else says",
        "what starts a sync before what is only told",
    ],
)
def test_the_order(waiting: dict[str, Action], order: str) -> None:
    lines = Lines()
    for key, action in waiting.items():
        lines.add(chain(key, action))
    assert "".join(taken(lines)) == order


def test_a_schedule_that_is_due_soon_is_not_behind_thousands_that_are_not_nor_behind_news() -> None:
    lines = Lines()
    for number in range(1000):
        lines.add(chain(f"news-{number}", NEWS))
        lines.add(chain(f"later-{number}", due_in(60 + number)))
    lines.add(chain("soon", due_in(1)))
    assert taken(lines).index("soon") < 10


def test_what_only_tells_is_not_held_up_for_ever_by_starts() -> None:
    lines = Lines()
    lines.add(chain("schedule", due_in(1)))
    lines.add(chain("news", NEWS))
    for number in range(100):
        lines.add(chain(f"start-{number}", launch(SCHEDULED)))
    order = taken(lines)
    assert max(order.index("schedule"), order.index("news")) < 15


def test_a_confirmation_waits_only_where_starts_do() -> None:
    lines, made = Lines(), chain("made", launch(SCHEDULED))
    assert not lines.add_confirmation(made)
    lines.add(chain("start", CreateTask(SCHEDULE, Name("acme", "t1"), Mode.DELTA, NOW, 80)))
    assert lines.add_confirmation(made)
    assert taken(lines) == ["start", "made"]


def test_clearing_gives_everything_back() -> None:
    lines = Lines()
    for key, action in {"a": NEWS, "b": launch(SCHEDULED), "c": launch(PERSON), "d": due_in(1)}.items():
        lines.add(chain(key, action))
    lines.add_confirmation(chain("e", launch(SCHEDULED)))
    assert sorted(each.key for each in lines.clear()) == ["a", "b", "c", "d", "e"]
    assert lines.take() is None
