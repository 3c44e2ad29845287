"""A short week: what `make week` shows over a quarter of an hour, for a few minutes of the shared installation."""

from dev.demo.install import Installation
from dev.week.__main__ import Plan, Week
from dev.week.misbehaviour import Spell
from tests.e2e.conftest import next_reader

SPELLS = (
    Spell(10, edits=10),
    Spell(12, (("slow", "1000", None),)),
    Spell(10, (("error500", "50%", None),)),
    Spell(8, edits=10),
    Spell(15, (("maintenance", None, None),)),
    Spell(15, (("logout_after", "1", 4),)),
    Spell(10, (("error503", "60%", None), ("retry_after", "1", None))),
    Spell(8, edits=10),
    Spell(15, (("rows_shift", "insert", 2),)),
)


def test_what_is_scheduled_succeeds_in_the_end_or_says_why(demo: Installation) -> None:
    week = Week(demo, Plan(minutes=2.5, jobs=16, week=SPELLS), "short-week", [next_reader(), next_reader()])
    try:
        verdict = week.run()
        assert verdict.broken == (), verdict.table
        assert week.differences() == []
    finally:
        week.remove()
