"""A known set of edits: rows created, updated and deleted, the same ones for the same seed, state and round."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from demo_erp.canonical import key_of
from demo_erp.fields import CHANGED_AT, ListName, Record, Value
from demo_erp.store import Query, Store, Table

DEFAULT_EDITS = 10

_Editor = Callable[[Value, random.Random], Value]


@dataclass(frozen=True)
class Plan:
    """How many rows of each list are created, updated and deleted."""

    created: int = 0
    updated: int = 0
    deleted: int = 0

    @staticmethod
    def of(edits: int) -> Plan:
        """So many edits of all three kinds: of ten, three creations, five updates and two deletions."""
        created, deleted = edits * 3 // 10, edits // 5
        return Plan(created, edits - created - deleted, deleted)


Keys = dict[str, list[dict[str, object]]]


def mutate(store: Store, plan: Plan, names: Sequence[ListName], now: datetime) -> dict[str, Keys]:
    """Makes the edits in each list, at that local time, and tells the keys: {list: {created, updated, deleted}}.

    No row is touched twice. A list with fewer rows than the plan updates and deletes raises ValueError before any edit.
    """
    for name in names:
        if len(store.tables[name]) < plan.updated + plan.deleted:
            raise ValueError(f"{name} has {len(store.tables[name])} rows, too few for {plan}")
    store.rounds += 1
    return {name.value: _mutate(store, store.tables[name], plan, now) for name in names}


def _mutate(store: Store, table: Table, plan: Plan, now: datetime) -> Keys:
    rng = random.Random(f"{store.world.seed}/{store.rounds}/{table.name}")
    chosen = rng.sample(table.ordinals(Query()), plan.updated + plan.deleted)
    keys: Keys = {"created": [], "updated": [], "deleted": []}
    for ordinal in chosen[: plan.updated]:
        record = edited(table.name, table.record(ordinal), rng, now)
        table.update(ordinal, record)
        keys["updated"].append(key_of(table.spec, record))
    for ordinal in chosen[plan.updated :]:
        keys["deleted"].append(key_of(table.spec, table.delete(ordinal)))
    for _ in range(plan.created):
        keys["created"].append(key_of(table.spec, table.create(table.next_ordinal, now)))
    for edits in keys.values():
        edits.sort(key=lambda key: [str(part) for part in key.values()])
    return keys


def edited(name: ListName, record: Record, rng: random.Random, now: datetime) -> Record:
    """The record with one to all of the list's editable fields changed, each to another value, and the time of it."""
    editors = _EDITORS[name]
    chosen = rng.sample(sorted(editors), rng.randrange(1, len(editors) + 1))
    return {**record, **{field: editors[field](record[field], rng) for field in chosen}, CHANGED_AT: now}


def _next_of(*states: str) -> _Editor:
    return lambda value, _rng: states[(states.index(str(value)) + 1) % len(states)]


def _more(low: int, high: int, scale: int) -> _Editor:
    def edit(value: Value, rng: random.Random) -> Value:
        change = Decimal(rng.randrange(low, high)).scaleb(-scale)
        return change if value is None else value + change if isinstance(value, Decimal) else value

    return edit


def _stocked(value: Value, rng: random.Random) -> Value:
    return int(str(value)) - rng.randrange(1, 300)


def _text(new: str) -> _Editor:
    """A text with a number that goes up, so that it is never the one before."""

    def edit(value: Value, rng: random.Random) -> Value:
        text = new.format(n=rng.randrange(100, 1000))
        return text if text != value else new.format(n=1000)

    return edit


def _gone_or(new: str) -> _Editor:
    return lambda value, rng: new.format(n=rng.randrange(100, 1000)) if value is None else None


def _toggled(value: Value, _rng: random.Random) -> Value:
    return not value


def _later(value: Value, rng: random.Random) -> Value:
    days = timedelta(days=rng.randrange(1, 90))
    return value + days if isinstance(value, date) else date(2026, 10, 1) + days


_EDITORS: Mapping[ListName, Mapping[str, _Editor]] = {
    ListName.CUSTOMERS: {
        "address": _text("Via dell'Età Nuova, {n}\nc/o D'Angelo & C.\n20100 Milano (MI)"),
        "balance": _more(-99_999, -1, 2),
        "email": _gone_or("nuovo.{n}@esempio.example"),
        "status": _next_of("Attivo", "Sospeso", "Cessato"),
    },
    ListName.ORDERS: {
        "delivery_date": _later,
        "paid": _toggled,
        "reference": _gone_or("Sollecito n. {n} <urgente>"),
        "status": _next_of("Aperto", "Evaso parziale", "Evaso", "Annullato"),
    },
    ListName.PRODUCTS: {
        "description": _text('Articolo rinnovato "{n}" - più qualità & città'),
        "stock": _stocked,
        "weight_kg": _more(1, 99_999, 3),
    },
    ListName.PRICES: {
        "promotional": _toggled,
        "unit_price": _more(1, 9_999_999, 4),
        "valid_to": _later,
    },
}
"""How an edit changes a field; each way gives another value than there was."""
