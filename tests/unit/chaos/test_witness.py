"""What must not have happened, told from tasks and containers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dev.chaos import witness
from dev.chaos.witness import Container, Witness

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def task(name: str, due: float | None = None, state: str = "Succeeded", error: str = "") -> dict[str, Any]:
    spec: dict[str, Any] = {"mode": "Full"}
    if due is not None:
        spec |= {"scheduleRef": "s", "due": at(due).isoformat()}
    status = {"state": state} | ({"lastError": {"message": error}} if error else {})
    return {"metadata": {"name": name}, "spec": spec, "status": status}


def container(pod: str, started: float, ended: float | None, type_: str = "orders") -> Container:
    return Container(pod, "erp", type_, at(started), None if ended is None else at(ended))


def pod(name: str, state: dict[str, Any]) -> dict[str, Any]:
    labels = {"sincro.dev/source": "erp", "sincro.dev/type": "orders"}
    return {"metadata": {"name": name, "labels": labels}, "status": {"containerStatuses": [{"state": state}]}}


@pytest.mark.parametrize(
    ("dues", "skipped", "found"),
    [
        ([0, 1, 2, 3], 0, []),
        ([0, 1, 3], 0, ["s: 1 of 4 runs"]),
        ([0, 1, 3], 1, []),
        ([0, 3], 1, ["s: 1 of 4 runs"]),
        ([], 0, []),
    ],
)
def test_a_run_without_a_task_is_lost_unless_it_was_given_up(dues: list[float], skipped: int, found: list[str]) -> None:
    assert witness.lost([task(f"t{due}", due) for due in dues], MINUTE, {"s": skipped}) == found


def test_a_run_has_one_task() -> None:
    assert witness.doubled([task("a", 0), task("b", 1), task("c"), task("d")]) == []
    assert len(witness.doubled([task("a", 0), task("b", 0)])) == 1


@pytest.mark.parametrize(
    ("spans", "wrong"),
    [
        ([container("a", 0, 1), container("b", 1, 2)], 0),
        ([container("a", 0, 2), container("b", 1, 3)], 1),
        ([container("a", 0, None), container("b", 1, 3)], 1),
        ([container("a", 0, 2), container("b", 1, 3, "prices")], 0),
    ],
)
def test_containers_of_a_source_and_type_follow_each_other(spans: list[Container], wrong: int) -> None:
    assert len(witness.overlapping(spans, at(10))) == wrong


def test_what_has_not_ended_and_what_names_no_cause() -> None:
    tasks = [task("a", state="Running"), task("b", state="DeadLettered"), task("c", state="DeadLettered", error="x")]
    assert witness.unfinished(tasks) == ["a is Running"]
    assert witness.unexplained(tasks) == ["b"]


def test_a_container_that_vanished_has_ended() -> None:
    seen = Witness()
    seen.pod(pod("a", {"running": {"startedAt": at(0).isoformat()}}), at(0))
    seen.pod(pod("b", {"waiting": {}}), at(0))
    assert {c.pod: c.ended for c in seen.containers.values()} == {"a": None}
    seen.only_these_are_left(set(), at(2))
    assert seen.containers["a"].ended == at(2)


def test_the_kubelets_word_comes_before_what_was_seen() -> None:
    seen = Witness()
    ended = {"terminated": {"startedAt": at(0).isoformat(), "finishedAt": at(1).isoformat()}}
    seen.pod(pod("a", ended), at(3), gone=True)
    assert seen.containers["a"].ended == at(1)
