from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sincro_kubectl.fields import Document
from sincro_kubectl.palette import PLAIN, Palette, width_of
from sincro_kubectl.resources import Task, task_of
from sincro_kubectl.views.bar import Pace, bar, left, live_line, live_lines, pace_of
from tests.unit.plugin.documents import NOW, QUEUED, RUNNING, task


def at_work(
    current: int = 540, total: int = 1200, phase: str = "read", name: str = "customers-now-x7k2p", **more: object
) -> Task:
    progress = {"phase": phase, "current": current, "total": total, "percentage": 0}
    return task_of(task(name, status=RUNNING | {"progress": progress, **more}))


@pytest.mark.parametrize(
    ("share", "unicode", "drawn"),
    [
        (0.0, True, "        "),
        (0.5, True, "████    "),
        (0.52, True, "████▏   "),
        (1.0, True, "████████"),
        (7.0, True, "████████"),
        (0.5, False, "####...."),
        (1.0, False, "########"),
    ],
)
def test_bar(share: float, unicode: bool, drawn: str) -> None:
    assert bar(share, 8, unicode=unicode) == drawn


@pytest.mark.parametrize(
    ("document", "width", "line"),
    [
        (task(), 79, "customers-now-x7k2p  queued 1m  waits for the operator"),
        (
            task(status=QUEUED),
            79,
            "customers-now-x7k2p  queued 1m  1st in the queue, starts in about 4m: The sour…",
        ),
        (task(status=RUNNING, spec={"cancel": True}), 79, "customers-now-x7k2p  stopping  3m"),
        (task(status=RUNNING | {"progress": None}), 79, "customers-now-x7k2p  starting  3m"),
        (
            task(status=RUNNING | {"progress": {"phase": "read", "current": 540, "total": 0}}),
            79,
            "customers-now-x7k2p  read  540  3m",
        ),
        (
            task(status=RUNNING | {"progress": None, "waitingFor": {"message": "No node has room."}}),
            79,
            "customers-now-x7k2p  No node has room.  3m",
        ),
        (
            task(status=RUNNING),
            120,
            "customers-now-x7k2p  read  [##########..............]   45%  540 of 1,200  3m",
        ),
        (task(status=RUNNING), 79, "customers-now-x7k2p  read  [###.....]   45%  540 of 1,200  3m"),
        (task(status=RUNNING), 50, "customers-now-x7k2p  read 45%  540 of 1,200  3m"),
        (task(status=RUNNING), 30, "customers-now-x7k2p  read 45%…"),
    ],
)
def test_a_line(document: Document, width: int, line: str) -> None:
    assert live_line(task_of(document), None, NOW, width, PLAIN, unicode=False) == line


def test_what_is_left() -> None:
    started = NOW - timedelta(seconds=30)
    pace = pace_of(None, at_work(120), started)
    assert pace == Pace("read", started, 0.1)
    assert pace_of(pace, at_work(540), NOW) == pace
    assert left(pace, at_work(540), NOW) == pytest.approx(timedelta(seconds=30 * 0.55 / 0.35), abs=timedelta(seconds=1))
    line = live_line(at_work(540), pace, NOW, 79, PLAIN, unicode=False)
    assert line == "customers-now-x7k2p  read  [###.....]   45%  540 of 1,200  3m  about 47s left"


@pytest.mark.parametrize(
    ("pace", "one"),
    [
        (None, at_work()),
        (Pace("read", NOW, 0.1), at_work()),  # two looks at the same instant
        (Pace("read", NOW - timedelta(minutes=1), 0.45), at_work()),  # no progress
        (Pace("read", NOW - timedelta(minutes=1), 0.1), at_work(total=0)),
    ],
)
def test_nothing_is_guessed_from_too_little(pace: Pace | None, one: Task) -> None:
    assert left(pace, one, NOW) is None


def test_a_new_phase_or_attempt_has_a_new_pace() -> None:
    pace = Pace("read", NOW - timedelta(minutes=1), 0.5)
    assert pace_of(pace, at_work(phase="load"), NOW) == Pace("load", NOW, 0.45)
    assert pace_of(pace, at_work(12), NOW) == Pace("read", NOW, 0.01)
    assert pace_of(pace, at_work(total=0), NOW) is None
    assert pace_of(pace, task_of(task(status=QUEUED)), NOW) is None


@given(
    st.integers(0, 2_000_000), st.integers(0, 2_000_000), st.integers(20, 200), st.integers(1, 60), st.integers(0, 12)
)
def test_the_lines_always_fit(current: int, total: int, columns: int, rows: int, several: int) -> None:
    tasks = [at_work(current, total, name=f"customers-now-{n:05}") for n in range(several)]
    paces = {one.name: Pace("read", NOW - timedelta(seconds=30), 0.0) for one in tasks}
    found = live_lines(tasks, paces, NOW, (columns, rows), Palette(enabled=True), unicode=True)
    assert len(found) <= max(1, rows - 2)
    assert all(width_of(line) < max(columns, 21) for line in found)


def test_what_has_no_room_is_counted() -> None:
    tasks = [at_work(name=f"t-{n}") for n in range(5)]
    assert live_lines(tasks, {}, NOW, (80, 5), PLAIN, unicode=False)[-1] == "... and 3 more"
