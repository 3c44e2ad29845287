"""Load spread over sources."""

from sincro_operator.planning.model import Limits
from tests.unit.planning.facts import HOUR, MINUTE, NOW, job_of, launched, plan_of, running, scheduled, source

BUSY = source("busy", max_concurrent=9)
RUNS = running(scheduled("runs", source="busy", type="prices"))
TWO = Limits(max_concurrent=2)


def test_within_a_point_of_priority_the_less_loaded_source_goes_first() -> None:
    early = scheduled("early", source="busy", created=NOW - 2 * MINUTE)
    late = scheduled("late", source="idle", created=NOW - MINUTE)
    assert launched(plan_of(BUSY, source("idle"), RUNS, job_of(RUNS), early, late, limits=TWO)) == ["late"]
    assert launched(plan_of(BUSY, source("idle"), early, late, limits=Limits(max_concurrent=1))) == ["early"]


def test_a_point_of_priority_counts_more_than_load() -> None:
    urgent = scheduled("urgent", source="busy", priority=82)
    late = scheduled("late", source="idle", priority=80)
    assert launched(plan_of(BUSY, source("idle"), RUNS, job_of(RUNS), urgent, late, limits=TWO)) == ["urgent"]
    older = scheduled("older", source="busy", created=NOW - HOUR)
    assert launched(plan_of(BUSY, source("idle"), RUNS, job_of(RUNS), older, late, limits=TWO)) == ["older"]


def test_slots_given_out_in_one_plan_count_too() -> None:
    many = [
        scheduled(f"many-{type_}", source="busy", type=type_, priority=50)
        for type_ in ("customers", "orders", "products", "prices")
    ]
    one = scheduled("one", source="idle", priority=50)
    started = launched(plan_of(BUSY, source("idle"), *many, one, limits=TWO))
    assert "one" in started
    assert len(started) == 2
