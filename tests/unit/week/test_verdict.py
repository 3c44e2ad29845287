"""The week's verdict: it has to be able to fail, for each reason that it knows."""

from dataclasses import replace
from itertools import pairwise

import pytest

from dev.week.misbehaviour import WEEK, Spell, spells
from dev.week.verdict import Sync, judge

GOOD = Sync("t", "erp", "orders", "Succeeded", 1, 1, 4.0, ())
DEAD = replace(
    GOOD,
    name="dead",
    status="DeadLettered",
    failures=("SchemaDrift",),
    error_class="SchemaDrift",
    error_message="the column Città is missing",
    fingerprint="0123",
)


def test_one_dead_letter_of_a_hundred_that_names_its_cause_is_as_promised() -> None:
    verdict = judge([*[GOOD] * 99, DEAD], [], 100)
    assert verdict.broken == ()
    assert (verdict.counted, verdict.succeeded, verdict.jobs) == (100, 99, 100)
    assert "dead letter dead: SchemaDrift: the column Città is missing" in verdict.table


@pytest.mark.parametrize(
    ("syncs", "left", "words"),
    [
        ([*[GOOD] * 98, DEAD, DEAD], [], "98 of 100"),
        ([*[GOOD] * 99, replace(DEAD, fingerprint="")], [], "does not name its cause"),
        ([*[GOOD] * 99, replace(DEAD, error_message="")], [], "does not name its cause"),
        ([GOOD] * 100, ["stuck"], "stuck has not come to an end"),
        ([GOOD] * 99, [], "99 Jobs ran"),
        ([], [], "0 of 0"),
    ],
)
def test_each_way_to_break_the_promise(syncs: list[Sync], left: list[str], words: str) -> None:
    assert any(words in line for line in judge(syncs, left, 100).broken)


def test_what_another_sync_did_for_it_is_neither_good_nor_bad() -> None:
    superseded = replace(GOOD, status="Superseded", jobs=0)
    assert judge([GOOD, superseded], [], 1).counted == 1


def test_the_week_begins_anew_without_what_comes_once() -> None:
    week = [Spell(10), Spell(5, once=True)]
    assert [(at, spell.once) for at, spell in spells(week, 36)] == [(0, False), (10, True), (15, False), (25, False)]


def test_peace_comes_after_every_trouble() -> None:
    assert all(not a.switches or not b.switches for a, b in pairwise(WEEK))
