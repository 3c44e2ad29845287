"""Order, filter and change of a list."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest

from demo_erp.fields import CHANGED_AT, ListName
from demo_erp.records import World
from demo_erp.store import Query, Store, Table
from tests.unit.demo_erp.reader import SMALL, local

NOW = local(2026, 3, 2, 9, 30)


def _column(table: Table, query: Query, field: str) -> list[object]:
    return [table.record(ordinal)[field] for ordinal in table.ordinals(query)]


@pytest.mark.parametrize("name", ListName)
@pytest.mark.parametrize("descending", [False, True])
def test_every_column_sorts_with_empty_cells_first(name: ListName, descending: bool) -> None:
    table = Table(SMALL, name)
    for field in table.spec.fields:
        values = _column(table, Query(field.name, descending), field.name)
        assert len(values) == len(table)
        if descending:
            values.reverse()
        filled = [value for value in values if value is not None]
        assert values == [None] * (len(values) - len(filled)) + filled
        folded = [value.casefold() if isinstance(value, str) else value for value in filled]
        assert all(one <= other for one, other in pairwise(folded))  # type: ignore[operator]


@pytest.mark.parametrize("name", ListName)
def test_only_rows_changed_since_are_kept(name: ListName) -> None:
    table = Table(SMALL, name)
    moments = sorted(str(moment) for moment in _column(table, Query(), CHANGED_AT))
    since = datetime.fromisoformat(moments[len(moments) // 2])
    kept = [str(moment) for moment in _column(table, Query(since=since), CHANGED_AT)]
    assert sorted(kept) == [moment for moment in moments if moment >= str(since)]
    assert str(since) in kept


def test_orders_stand_newest_first_and_truth_by_key() -> None:
    table = Table(SMALL, ListName.ORDERS)
    shown = [table.spec.key_of(table.record(ordinal)) for ordinal in table.ordinals(Query())]
    assert shown == [table.spec.key_of(record) for record in table.in_key_order()][::-1]


@pytest.mark.parametrize("name", ListName)
def test_every_row_is_found_by_its_key(name: ListName) -> None:
    table = Table(SMALL, name)
    for record in table.in_key_order():
        assert table.find([str(part) for part in table.spec.key_of(record)]) == record
    assert table.find(["none"] * len(table.spec.key)) is None


def test_changes_are_seen_by_every_query() -> None:
    table = Table(SMALL, ListName.CUSTOMERS)
    query = Query("name")
    before = list(table.ordinals(query))
    table.delete(before[0])
    created = table.create(table.next_ordinal, NOW)
    table.update(before[1], {**table.record(before[1]), "name": "zzz", CHANGED_AT: NOW})
    after = list(table.ordinals(query))
    assert len(after) == len(before)
    assert before[0] not in after
    assert after[-1] == before[1]
    assert [table.record(ordinal)["code"] for ordinal in table.ordinals(Query(since=NOW))] == [
        table.record(before[1])["code"],
        created["code"],
    ]


def test_a_row_that_is_gone_cannot_be_deleted_again() -> None:
    table = Table(SMALL, ListName.CUSTOMERS)
    table.delete(5)
    with pytest.raises(KeyError):
        table.delete(5)
    assert table.find(["010006"]) is None


def test_ordinals_are_never_used_twice() -> None:
    table = Table(SMALL, ListName.CUSTOMERS)
    first = table.create(table.next_ordinal, NOW)
    table.delete(table.next_ordinal - 1)
    second = table.create(table.next_ordinal, NOW)
    assert (first["code"], second["code"]) == ("010131", "010132")


def test_a_hundred_thousand_rows_a_list() -> None:
    store = Store(World(customers=100_000, orders=100_000, products=100_000, prices=100_000))
    last = {name: table.spec.key_of(table.record(table.ordinals(Query())[-1])) for name, table in store.tables.items()}
    assert last[ListName.CUSTOMERS] == ("110000",)
    assert last[ListName.ORDERS] == (2022, "000001")
    assert str(last[ListName.PRODUCTS][0]).startswith("0110000-")
    assert str(last[ListName.PRICES][0]).startswith("0043334-")
