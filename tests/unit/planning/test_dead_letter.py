"""What makes two dead letters the same, and which still want somebody to look."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.dead_letter import fingerprint, open_letters
from sincro_operator.planning.model import Task, TaskStatus, TypeStatistics
from tests.unit.planning.facts import (
    HOUR,
    NOW,
    job_of,
    plan_of,
    pod_done,
    running,
    said_error,
    source,
    task,
    written,
)

DRIFT = ErrorClass.SCHEMA_DRIFT


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("column Prezzo is gone on page 3", "column Prezzo is gone on page 17", True),
        ("timeout after 30.5s at 10:00:01", "timeout after 31s at 11:22:33", True),
        ("GET https://erp/a?id=1 failed", "GET https://erp/b?id=2 failed", True),
        ("task 0b4f2f3e-1111-2222-3333-444455556666 lost", "task 1c5f2f3e-9999-2222-3333-444455556666 lost", True),
        ("two   words", "Two words", True),
        ("column Prezzo is gone", "column Nome is gone", False),
    ],
)
def test_numbers_times_and_addresses_do_not_tell_them_apart(one: str, other: str, same: bool) -> None:
    assert (fingerprint(DRIFT, "", one) == fingerprint(DRIFT, "", other)) is same


def test_class_and_code_do() -> None:
    assert fingerprint(DRIFT, "", "x") != fingerprint(ErrorClass.GUARD_TRIPPED, "", "x")
    assert fingerprint(DRIFT, "HeaderRenamed", "x") != fingerprint(DRIFT, "HeaderGone", "x")


@pytest.mark.parametrize(("given", "expected"), [("f00d", "f00d"), ("", fingerprint(DRIFT, "", "gone"))])
def test_the_scrapers_own_fingerprint_holds(given: str, expected: str) -> None:
    failed = running(task())
    message = said_error(DRIFT, "gone", fingerprint=given, artifacts=["evidence/1.png"])
    status = written(plan_of(source(), failed, job_of(failed, (pod_done(message, 23),))))
    assert status.last_error is not None
    assert status.last_error.fingerprint == expected
    assert status.last_error.artifacts == ("evidence/1.png",)


def ended(name: str, state: TaskState, at: datetime, **changes: Any) -> Task:
    return task(name, status=TaskStatus(state=state, completed_at=at), **changes)


DEAD = ended("dead", TaskState.DEAD_LETTERED, NOW)


@pytest.mark.parametrize(
    ("others", "is_open"),
    [
        ((), True),
        ((ended("before", TaskState.SUCCEEDED, NOW - HOUR),), True),
        ((ended("after", TaskState.SUCCEEDED, NOW + HOUR),), False),
        ((ended("after", TaskState.CANCELLED, NOW + HOUR),), True),
        ((ended("after", TaskState.SUCCEEDED, NOW + HOUR, type="orders"),), True),
        ((ended("after", TaskState.SUCCEEDED, NOW + HOUR, source="other"),), True),
        ((task("again", retry_of="dead"),), False),
        ((task("again", retry_of="another"),), True),
    ],
)
def test_a_dead_letter_is_open_until_it_is_retried_or_one_of_its_kind_succeeds(
    others: tuple[Task, ...], is_open: bool
) -> None:
    silent = replace(source(), status=replace(source().status, types=()))
    assert list(open_letters((DEAD, *others), (silent,))) == [DEAD] * is_open


@pytest.mark.parametrize(("at", "is_open"), [(NOW - HOUR, True), (NOW + HOUR, False)])
def test_a_success_whose_task_is_pruned_counts_too(at: datetime, is_open: bool) -> None:
    known = replace(source().status, types=(TypeStatistics("customers", last_success=at),))
    assert list(open_letters((DEAD,), (source(status=known),))) == [DEAD] * is_open
