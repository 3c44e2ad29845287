"""How many writes a sync costs."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from sincro_operator.planning.actions import Action, LaunchJob
from sincro_operator.planning.model import Cadence, SourceStatus
from sincro_operator.planning.rehearsal import Rehearsal, succeed
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.planning.facts import FULL_KNOWN, HOUR, MINUTE, NOW, SECOND, schedule, source, task

KNOWN = SourceStatus(types=FULL_KNOWN, observed_generation=1)


class Ledger:
    """Counts actions, and the calls they cost: a launch is two (the Job, the status)."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.events = 0

    def seen(self, _now: datetime, action: Action) -> None:
        """One action."""
        self.kinds[type(action).__name__] += 1
        self.events += len(getattr(action, "events", ())) + (getattr(action, "event", None) is not None)

    @property
    def calls(self) -> int:
        """API writes, Events included."""
        return self.kinds.total() + self.kinds["LaunchJob"] + self.events


def play(takes: timedelta, hours: int, types: tuple[str, ...] = ("customers",), **changes: object) -> Ledger:
    """Hourly syncs of these types of one source for so many hours, after the first hour."""
    snapshot = Snapshot([source(status=KNOWN, **changes)])
    for type_ in types:
        snapshot.put(schedule(type_, type=type_, delta=Cadence(every=HOUR), keep_succeeded=50))
    ledger = Ledger()
    rehearsal = Rehearsal(snapshot, NOW, lambda launch: succeed(launch, takes))
    rehearsal.run(NOW + 30 * MINUTE)
    rehearsal.seen = ledger.seen
    rehearsal.run(NOW + 30 * MINUTE + hours * HOUR)
    return ledger


def test_a_short_scheduled_sync_costs_six() -> None:
    ledger = play(10 * SECOND, 10)
    assert ledger.kinds == {
        "CreateTask": 10,
        "LaunchJob": 10,
        "WriteTask": 10,
        "WriteSchedule": 10,
        "WriteSource": 10,
    }
    assert ledger.events == 0
    assert ledger.calls == 60


def test_a_long_one_says_meanwhile_that_it_runs() -> None:
    ledger = play(5 * MINUTE, 10)
    assert ledger.kinds["WriteSchedule"] == 20
    assert ledger.kinds["WriteSource"] == 20
    assert ledger.calls == 80


def test_four_types_that_share_one_session_wait_at_little_cost() -> None:
    ledger = play(5 * SECOND, 10, ("customers", "orders", "products", "prices"))
    assert ledger.kinds["LaunchJob"] == 40
    assert ledger.calls <= 40 * 6


@pytest.mark.parametrize("takes", [SECOND, 5 * MINUTE])
def test_a_persons_sync_says_more(takes: timedelta) -> None:
    ledger = Ledger()
    snapshot = Snapshot([source(status=KNOWN), task()])
    Rehearsal(snapshot, NOW, lambda launch: succeed(launch, takes), seen=ledger.seen).run(NOW + HOUR)
    assert ledger.kinds["LaunchJob"] == 1
    assert ledger.kinds["WriteTask"] == 1
    assert ledger.events == 2


def test_nothing_is_written_while_nothing_happens() -> None:
    ledger = Ledger()
    snapshot = Snapshot([source(status=KNOWN), *(schedule(f"s{n}", suspend=True) for n in range(5))])
    rehearsal = Rehearsal(snapshot, NOW, lambda launch: succeed(launch, SECOND))
    rehearsal.run(NOW + MINUTE)
    rehearsal.seen = ledger.seen
    rehearsal.run(NOW + 48 * HOUR)
    assert ledger.kinds == {}


def test_a_launch_carries_the_status_that_would_be_written_anyway() -> None:
    launches: list[LaunchJob] = []

    def seen(_now: datetime, action: Action) -> None:
        if isinstance(action, LaunchJob):
            launches.append(action)

    snapshot = Snapshot([source(status=KNOWN), task()])
    Rehearsal(snapshot, NOW, lambda launch: succeed(launch, SECOND), seen=seen).run(NOW)
    (launch,) = launches
    assert (launch.status.queued_at, launch.status.source_revision) == (NOW, "1-p1")
