"""The preview: the planner itself, in simulated time."""

import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from sincro_contract.resources.sync_schedule import Rollout
from sincro_operator.planning.model import Cadence, Limits, QuietHours, SourceStatus
from sincro_operator.planning.preview import UNKNOWN_TAKES, preview, to_json, to_table
from tests.unit.planning.facts import (
    FULL_KNOWN,
    HOUR,
    MINUTE,
    NOW,
    job_of,
    running,
    schedule,
    scheduled,
    source,
    task,
    utc,
)

ROME = ZoneInfo("Europe/Rome")
KNOWN = SourceStatus(types=tuple(replace(one, average_duration=4 * MINUTE) for one in FULL_KNOWN))


def test_the_runs_of_a_day() -> None:
    shown = preview([source(status=KNOWN), schedule(delta=Cadence(every=6 * HOUR))], NOW, 1)
    assert [run.mode for run in shown.runs] == ["Delta"] * 4
    first, second = shown.runs[:2]
    assert second.due - first.due == 6 * HOUR
    assert (first.start, first.takes) == (first.due, 4 * MINUTE)
    assert first.end == first.due + 4 * MINUTE
    assert shown.skipped == ()


def test_collisions_are_shown_with_who_is_in_the_way() -> None:
    both = [schedule(type_, type=type_, delta=Cadence(cron="0 * * * *")) for type_ in ("customers", "orders")]
    shown = preview([source(status=KNOWN), *both], NOW, 0.1)
    late = [run for run in shown.runs if run.start is not None and run.start - run.due > MINUTE]
    assert late
    assert late[0].waited_for.startswith("SourceBusy: erp allows 1 at a time: ")


def test_quiet_hours_and_the_change_of_the_clock() -> None:
    start = utc(2026, 3, 28, 12)
    night = schedule(created=start, delta=Cadence(cron="30 2 * * *"), quiet_hours=(QuietHours(0, 360),))
    awake = schedule("orders", type="orders", created=start, delta=Cadence(cron="30 2 * * *"))
    shown = preview([source(status=KNOWN, max_concurrent=2, created=start), night, awake], start, 1)
    by_type = {run.type: run for run in shown.runs}
    assert by_type["customers"].start == utc(2026, 3, 29, 4)
    assert "held back for" in by_type["customers"].notes[-1]
    assert by_type["orders"].start is not None
    assert by_type["orders"].start - utc(2026, 3, 29, 1) < MINUTE, "2:30 does not exist that night"
    ((at, zone),) = shown.clock_changes
    assert (at, zone) == (utc(2026, 3, 29, 1), "Europe/Rome")


def test_what_runs_and_waits_now_comes_first() -> None:
    runs = running(task("runs"), since=NOW - MINUTE)
    shown = preview([source(status=KNOWN), runs, job_of(runs), scheduled("waits", type="orders")], NOW, 0.1)
    (run,) = shown.runs
    assert (run.type, run.start) == ("orders", NOW + 3 * MINUTE)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({"paused": True}, 0), ({"streams": None}, 2), ({"problem": ("ProfileInvalid", "line 3")}, 0)],
)
def test_what_is_assumed(changes: dict[str, object], expected: int) -> None:
    shown = preview([source(status=KNOWN, **changes), schedule()], NOW, 0.08)
    assert len(shown.runs) == expected


def test_nothing_is_known_about_how_long_it_takes() -> None:
    shown = preview([source(), schedule()], NOW, 0.01)
    assert shown.runs[0].takes == UNKNOWN_TAKES


def test_shadows_and_skips_are_shown() -> None:
    slow = SourceStatus(types=tuple(replace(one, average_duration=90 * MINUTE) for one in FULL_KNOWN))
    shown = preview([source(status=slow), schedule()], NOW, 0.2)
    assert any("does the same" in why for _, _, why in shown.skipped)
    shadow = preview([source(status=KNOWN), schedule(rollout=Rollout.SHADOW)], NOW, 0.1)
    assert shadow.runs
    assert all(run.start is None for run in shadow.runs)


def test_the_facts_that_it_was_given_are_not_changed() -> None:
    facts = [source(status=KNOWN), schedule()]
    before = list(facts)
    preview(facts, NOW, 0.1, Limits(max_concurrent=1))
    assert facts == before


def test_the_table_and_the_json() -> None:
    shown = preview([source(status=KNOWN), schedule()], NOW, 0.08)
    table = to_table(shown, ROME).splitlines()
    assert table[0].split() == ["START", "SOURCE", "TYPE", "MODE", "TAKES", "LATE", "NOTES"]
    assert table[1].startswith("Mon 01 Jun 12:00:")
    assert table[1].split()[4:] == ["erp", "customers", "Delta", "4m"]
    document = json.loads(to_json(shown))
    assert document["runs"][0]["durationSeconds"] == 240
    assert document["runs"][0]["waitSeconds"] == 0
    assert timedelta(seconds=document["runs"][0]["durationSeconds"]) == shown.runs[0].takes
