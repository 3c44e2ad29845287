"""The invented rows: always the same ones, in the order of their keys, and full of what breaks naive readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from demo_erp.fields import CHANGED_AT, LISTS, Kind, ListName, Record
from demo_erp.records import World, changed_at, make
from tests.unit.demo_erp.reader import local

WORLD = World(seed=7, customers=300, orders=400, products=300, prices=600)
BIG = World(customers=100_000, orders=100_000, products=100_000, prices=100_000)
SAMPLE: Record = {
    "product_code": "0010001-JS",
    "price_list": "L01",
    "description": "Vite testa esagonale M8×40 - acciaio inox A2",
    "unit_price": Decimal("318.2721"),
    "currency": "EUR",
    "discount_percent": Decimal("12.94"),
    "min_quantity": 6,
    "valid_from": date(2024, 10, 23),
    "valid_to": None,
    "promotional": False,
    "changed_at": local(2023, 3, 5, 9, 16, 5),
}
ALL = {name: [make(WORLD, name, ordinal) for ordinal in range(WORLD.rows(name))] for name in ListName}


@pytest.mark.parametrize("name", ListName)
def test_the_same_seed_gives_the_same_row_in_any_order(name: ListName) -> None:
    backwards = [make(WORLD, name, ordinal) for ordinal in reversed(range(50))]
    assert backwards[::-1] == ALL[name][:50]


@pytest.mark.parametrize("name", ListName)
def test_another_seed_gives_other_rows(name: ListName) -> None:
    other = World(seed=8, customers=300, orders=400, products=300, prices=600)
    same = [ordinal for ordinal in range(100) if make(other, name, ordinal) == ALL[name][ordinal]]
    assert same == []


def test_one_row_is_known_in_full() -> None:
    """Whoever changes how rows are made changes the data of everybody's tests: let it be on purpose."""
    assert make(WORLD, ListName.PRICES, 0) == SAMPLE


@pytest.mark.parametrize("world", [WORLD, BIG, World(customers=10, orders=10, products=10, prices=10)], ids=str)
@pytest.mark.parametrize("name", ListName)
def test_keys_are_unique_and_rise_with_the_ordinal(world: World, name: ListName) -> None:
    end = world.rows(name)
    ordinals = [*range(-300, min(end, 300)), *range(max(300, end - 300), end + 300)]
    keys = [tuple(map(str, LISTS[name].key_of(make(world, name, ordinal)))) for ordinal in ordinals]
    assert keys == sorted(set(keys))


@pytest.mark.parametrize("name", ListName)
def test_every_field_of_the_list_is_there_and_no_other(name: ListName) -> None:
    names = {field.name for field in LISTS[name].all_fields}
    assert all(set(record) == names for record in ALL[name])


@pytest.mark.parametrize("name", ListName)
def test_the_last_change_is_known_without_making_the_row(name: ListName) -> None:
    assert [changed_at(WORLD, name, ordinal) for ordinal in range(100)] == [r[CHANGED_AT] for r in ALL[name][:100]]


@pytest.mark.parametrize("name", ListName)
def test_texts_are_fit_for_an_old_erp(name: ListName) -> None:
    for record in ALL[name]:
        for field in LISTS[name].all_fields:
            value = record[field.name]
            if isinstance(value, str):
                value.encode("cp1252")
                assert value, field.name
                assert "  " not in value
                assert all(line == line.strip() and line for line in value.split("\n"))
                assert "\n" not in value or field.kind is Kind.MULTILINE


def _some(name: ListName, condition: Callable[[Record], object]) -> bool:
    return any(condition(record) for record in ALL[name])


TRAPS: list[tuple[str, ListName, Callable[[Record], object]]] = [
    ("an accent", ListName.CUSTOMERS, lambda r: "Età" in str(r["name"])),
    ("an apostrophe", ListName.CUSTOMERS, lambda r: "D'Angelo" in str(r["name"])),
    ("ampersand", ListName.CUSTOMERS, lambda r: "&" in str(r["name"])),
    ("angle brackets", ListName.CUSTOMERS, lambda r: "<Export>" in str(r["name"])),
    ("quotes", ListName.CUSTOMERS, lambda r: '"' in str(r["name"])),
    ("a very long name", ListName.CUSTOMERS, lambda r: len(str(r["name"])) > 150),
    ("a leading zero", ListName.CUSTOMERS, lambda r: str(r["code"]).startswith("0")),
    ("an address of three lines", ListName.CUSTOMERS, lambda r: str(r["address"]).count("\n") >= 2),
    ("no address", ListName.CUSTOMERS, lambda r: r["address"] is None),
    ("no VAT number", ListName.CUSTOMERS, lambda r: r["vat_number"] is None),
    ("a negative balance", ListName.CUSTOMERS, lambda r: isinstance(r["balance"], Decimal) and r["balance"] < 0),
    ("a balance of zero", ListName.CUSTOMERS, lambda r: r["balance"] == 0),
    (
        "a balance over a million",
        ListName.CUSTOMERS,
        lambda r: isinstance(r["balance"], Decimal) and r["balance"] > 10**6,
    ),
    ("a credit limit of zero", ListName.CUSTOMERS, lambda r: r["credit_limit"] == 0),
    ("no credit limit", ListName.CUSTOMERS, lambda r: r["credit_limit"] is None),
    ("both truths", ListName.CUSTOMERS, lambda r: r["e_invoice"] is False),
    ("a closed customer", ListName.CUSTOMERS, lambda r: r["status"] == "Cessato"),
    ("a credit note", ListName.ORDERS, lambda r: isinstance(r["total"], Decimal) and r["total"] < 0),
    ("an order of nothing", ListName.ORDERS, lambda r: r["total"] == 0),
    ("an order of thousands of lines", ListName.ORDERS, lambda r: int(str(r["line_count"])) >= 1000),
    ("no delivery date", ListName.ORDERS, lambda r: r["delivery_date"] is None),
    ("a very long description", ListName.PRODUCTS, lambda r: len(str(r["description"])) > 250),
    ("a negative stock", ListName.PRODUCTS, lambda r: int(str(r["stock"])) < 0),
    ("an EAN with a leading zero", ListName.PRODUCTS, lambda r: str(r["barcode"]).startswith("0")),
    ("no category", ListName.PRODUCTS, lambda r: r["category"] is None),
    ("a price of zero", ListName.PRICES, lambda r: r["unit_price"] == 0),
    ("a negative price", ListName.PRICES, lambda r: isinstance(r["unit_price"], Decimal) and r["unit_price"] < 0),
    ("no end", ListName.PRICES, lambda r: r["valid_to"] is None),
]


@pytest.mark.parametrize(("what", "name", "condition"), TRAPS, ids=[trap[0] for trap in TRAPS])
def test_the_data_have(what: str, name: ListName, condition: Callable[[Record], object]) -> None:
    assert _some(name, condition)


def test_names_are_duplicated_with_different_keys() -> None:
    names = Counter(str(record["name"]) for record in ALL[ListName.CUSTOMERS])
    assert {"Bar Centrale", "Rossi Mario"} <= {name for name, count in names.items() if count > 1}


def test_order_numbers_start_again_each_year() -> None:
    years = {record["year"] for record in ALL[ListName.ORDERS] if record["number"] == "000001"}
    assert years == {2022, 2023, 2024, 2025}
