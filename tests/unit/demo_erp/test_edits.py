"""Edits: exactly the rows that were told, and nothing else."""

from __future__ import annotations

import random

import pytest

from demo_erp.edits import Plan, edited, mutate
from demo_erp.fields import CHANGED_AT, LISTS, ListName
from demo_erp.records import make
from demo_erp.store import Store
from tests.unit.demo_erp.reader import SMALL, local

NOW = local(2026, 3, 2, 9, 30)
LATER = local(2026, 3, 2, 10, 0)


def _rows(store: Store, name: ListName) -> dict[str, dict[str, object]]:
    table = store.tables[name]
    return {str(table.spec.key_of(record)): dict(record) for record in table.in_key_order()}


def _named(name: ListName, keys: list[dict[str, object]]) -> set[str]:
    return {str(tuple(key[part] for part in LISTS[name].key)) for key in keys}


@pytest.mark.parametrize(
    ("edits", "plan"),
    [(10, Plan(3, 5, 2)), (0, Plan(0, 0, 0)), (1, Plan(0, 1, 0)), (4, Plan(1, 3, 0)), (100, Plan(30, 50, 20))],
)
def test_edits_are_shared_out(edits: int, plan: Plan) -> None:
    assert Plan.of(edits) == plan


@pytest.mark.parametrize("name", ListName)
def test_exactly_the_rows_that_are_told_change(name: ListName) -> None:
    store = Store(SMALL)
    for moment in (NOW, LATER, LATER):
        before = _rows(store, name)
        told = mutate(store, Plan.of(10), [name], moment)[name]
        after = _rows(store, name)
        assert after.keys() - before.keys() == _named(name, told["created"])
        assert before.keys() - after.keys() == _named(name, told["deleted"])
        changed = {key for key in before.keys() & after.keys() if before[key] != after[key]}
        assert changed == _named(name, told["updated"])
        assert {what: len(keys) for what, keys in told.items()} == {"created": 3, "updated": 5, "deleted": 2}
        for key in changed | (after.keys() - before.keys()):
            assert after[key][CHANGED_AT] == moment
        for key in changed:
            assert {**before[key], CHANGED_AT: moment} != after[key]


def test_edits_leave_other_lists_alone() -> None:
    store = Store(SMALL)
    before = {name: _rows(store, name) for name in ListName}
    assert mutate(store, Plan.of(10), [ListName.PRICES], NOW).keys() == {"prices"}
    assert [name for name in ListName if _rows(store, name) != before[name]] == [ListName.PRICES]


def test_the_same_rounds_make_the_same_edits() -> None:
    first, second = Store(SMALL), Store(SMALL)
    rounds = [[mutate(store, Plan.of(10), list(ListName), NOW) for _ in range(3)] for store in (first, second)]
    assert rounds[0] == rounds[1]
    assert rounds[0][0] != rounds[0][1]
    assert all(_rows(first, name) == _rows(second, name) for name in ListName)


def test_too_few_rows_are_refused_before_any_edit() -> None:
    store = Store(SMALL)
    before = _rows(store, ListName.CUSTOMERS)
    with pytest.raises(ValueError, match="products has 60 rows, too few"):
        mutate(store, Plan(0, 0, 61), [ListName.CUSTOMERS, ListName.PRODUCTS], NOW)
    assert _rows(store, ListName.CUSTOMERS) == before


def test_all_rows_can_be_deleted() -> None:
    store = Store(SMALL)
    mutate(store, Plan(0, 0, 60), [ListName.PRODUCTS], NOW)
    assert _rows(store, ListName.PRODUCTS) == {}


@pytest.mark.parametrize("name", ListName)
def test_an_edit_always_changes_a_column_besides_the_moment(name: ListName) -> None:
    rng = random.Random(3)
    for ordinal in range(60):
        record = make(SMALL, name, ordinal)
        for _ in range(20):
            after = edited(name, record, rng, NOW)
            assert [field for field in record if field != CHANGED_AT and after[field] != record[field]]
            assert LISTS[name].key_of(after) == LISTS[name].key_of(record)
            record = after
