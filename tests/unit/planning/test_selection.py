"""Operators that share a namespace: which selector takes which source, and that everything has exactly one of them."""

from datetime import datetime, timedelta

import pytest

from sincro_operator.planning.actions import CreateTask, StopJob, WriteSchedule, WriteSource
from sincro_operator.planning.model import Job, Limits, Name, Schedule, Source, Task
from sincro_operator.planning.overlap import HANDOVER
from sincro_operator.planning.planner import Planner, plan
from sincro_operator.planning.selection import EVERYTHING, GRACE, Selector, parse_selector
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.planning.facts import (
    HOUR,
    NOW,
    SECOND,
    job_of,
    launched,
    running,
    schedule,
    source,
    task,
)

Fact = Source | Schedule | Task | Job
A, B, REST = (parse_selector(text) for text in ("shard=a", "shard=b", "shard notin (a, b)"))


def labelled(name: str, shard: str | None) -> Source:
    return source(name, labels=(("shard", shard),) if shard else ())


@pytest.mark.parametrize(
    ("text", "matching", "others"),
    [
        ("", [{}, {"a": "1"}], []),
        ("a=1", [{"a": "1"}, {"a": "1", "b": "2"}], [{}, {"a": "2"}, {"b": "1"}]),
        ("a == 1", [{"a": "1"}], [{"a": "2"}]),
        ("a=", [{"a": ""}], [{}, {"a": "1"}]),
        ("a!=1", [{}, {"a": "2"}], [{"a": "1"}]),
        ("a in (1, 2)", [{"a": "1"}, {"a": "2"}], [{}, {"a": "3"}]),
        ("a notin (1,2)", [{}, {"a": "3"}], [{"a": "1"}, {"a": "2"}]),
        ("sincro.dev/a", [{"sincro.dev/a": ""}, {"sincro.dev/a": "x"}], [{}, {"a": "x"}]),
        ("!a", [{}, {"b": "1"}], [{"a": ""}]),
        ("a in (1,2),!b, c!=3", [{"a": "2"}, {"a": "1", "c": "4"}], [{}, {"a": "1", "b": ""}, {"a": "1", "c": "3"}]),
    ],
)
def test_selectors(text: str, matching: list[dict[str, str]], others: list[dict[str, str]]) -> None:
    selector = parse_selector(text)
    assert [labels for labels in matching if not selector.matches(labels.items())] == []
    assert [labels for labels in others if selector.matches(labels.items())] == []


@pytest.mark.parametrize(
    "text", [",", "a,", "=1", "a=1=2", "a in 1", "a in (1", "a in (-)", "a > 1", "a b", "!a=1", "a/b/c", "A/b"]
)
def test_what_is_no_selector(text: str) -> None:
    with pytest.raises(ValueError, match="no part of a label selector"):
        parse_selector(text)


def everything() -> list[Fact]:
    facts: list[Fact] = [labelled("one", "a"), labelled("two", "b"), labelled("three", None)]
    for name in ("one", "two", "three", "missing"):
        due = schedule(f"s-{name}", source=name, type="orders", created=NOW - 9 * HOUR)
        facts += [due, task(f"t-{name}", source=name, created=NOW - HOUR)]
        gone = running(task(f"gone-{name}", source=name, type="prices"))
        facts.append(job_of(gone, created=NOW - HOUR))
    return facts


def subjects(selector: Selector) -> set[str]:
    """The sources that a plan acts on."""
    names = set()
    snapshot = Snapshot(everything(), selector)
    for action in plan(snapshot, NOW).actions:
        match action:
            case WriteSource():
                names.add(action.source.name.name)
            case StopJob():
                names.add(action.job.source)
            case CreateTask() | WriteSchedule():
                names.add(action.schedule.source)
            case _:
                names.add(action.task.source)
    return names


def test_each_operator_acts_for_its_own_sources_and_one_for_those_without_labels() -> None:
    assert subjects(EVERYTHING) == {"one", "two", "three", "missing"}
    assert [subjects(selector) for selector in (A, B, REST)] == [{"one"}, {"two"}, {"three", "missing"}]


def test_what_is_counted_and_told_elsewhere_is_ones_own_too() -> None:
    snapshot = Snapshot(everything(), A)
    assert [one.name.name for one in snapshot.sources()] == ["one"]
    assert [one.name.name for one in snapshot.schedules()] == ["s-one"]
    assert [one.name.name for one in snapshot.tasks()] == ["t-one"]
    assert [one.source for one in snapshot.jobs()] == ["one"]
    assert [snapshot.looks_after(Name("n", name)) for name in ("one", "two", "missing", "never")] == [
        True,
        False,
        False,
        False,
    ]


def test_what_was_seen_before_its_source_waits_a_moment() -> None:
    young = task("t1", source="new")
    snapshot = Snapshot([young], REST)
    planner = Planner(snapshot)
    first = planner.plan(NOW)
    assert (first.actions, first.wake_at) == ((), NOW + GRACE)
    snapshot.put(labelled("new", "a"))
    assert planner.plan(NOW + SECOND).actions == ()
    assert planner.plan(NOW + 2 * GRACE).actions == ()
    alone = Planner(Snapshot([young], REST))
    assert alone.plan(NOW).actions == ()
    assert alone.plan(NOW + GRACE).actions != ()


def test_a_source_that_is_deleted_stays_with_its_operator() -> None:
    snapshot = Snapshot([labelled("one", "a"), task("t1", source="one", created=NOW - HOUR)], A)
    snapshot.drop_source(Name("n", "one"))
    assert len(Planner(snapshot).plan(NOW).actions) == 1


def test_a_label_hands_a_source_over_with_what_runs() -> None:
    mine = running(task("t1", source="one"))
    facts: list[Fact] = [labelled("one", "a"), mine, job_of(mine), task("t2", source="one")]
    giver, taker = (Snapshot(facts, selector) for selector in (A, B))
    planners = Planner(giver), Planner(taker)
    assert [bool(planner.plan(NOW).actions) for planner in planners] == [True, False]
    for snapshot in (giver, taker):
        snapshot.put(labelled("one", "b"))
    given, taken = (planner.plan(NOW + SECOND) for planner in planners)
    assert given.actions == ()
    assert taken.actions != ()
    assert launched(taken) == [], "the slot of the sync that runs is taken, whoever made its Job"


@pytest.mark.parametrize(
    ("operator", "age", "stopped"),
    [("x/other", SECOND, False), ("x/other", GRACE, True), ("x/me", SECOND, True), ("", SECOND, True)],
)
def test_anothers_job_is_no_orphan_before_its_task_can_be_known(operator: str, age: timedelta, stopped: bool) -> None:
    job = job_of(running(task("gone")), operator=operator, created=NOW)
    found = plan(Snapshot([source(), job]), NOW + age, Limits(operator="x/me"))
    assert any(isinstance(action, StopJob) for action in found.actions) == stopped
    assert stopped or (found.wake_at is not None and found.wake_at <= NOW + GRACE)


def job_by(operator: str, created: datetime) -> list[Fact]:
    mine = running(task("t1"))
    return [mine, job_of(mine, operator=operator, created=created)]


@pytest.mark.parametrize(
    ("operator", "after", "told"),
    [
        ("x/other", 2 * HANDOVER, True),
        ("x/other", HANDOVER, False),
        ("x/other", -HOUR, False),
        ("x/me", 2 * HANDOVER, False),
        ("", 2 * HANDOVER, False),
    ],
    ids=["another's", "just handed over", "from before", "our own", "nobody says whose"],
)
def test_a_job_of_another_operator_is_told_once(operator: str, after: timedelta, told: bool) -> None:
    snapshot = Snapshot([source()])
    planner = Planner(snapshot, Limits(operator="x/me"))
    planner.plan(NOW)
    for fact in job_by(operator, NOW + after):
        snapshot.put(fact)
    notes = [
        [event for action in planner.plan(now).actions if isinstance(action, WriteSource) for event in action.events]
        for now in (NOW + HOUR, NOW + HOUR + SECOND)
    ]
    assert [[event.reason for event in events] for events in notes] == [["AnotherOperator"] if told else [], []]
    assert not told or "x/other has made the Job" in notes[0][0].message
