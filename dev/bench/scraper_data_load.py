"""Rows per second of a load (checked, compared, exact counts, state) against a bare COPY of the same rows.

The bare COPY is the fastest that the driver has: binary, into an empty table without an index, committed. Rounds take
turns, medians count. Keys, all as shares of the bare COPY's rows/s: scraper.load_ratio_first (into no table),
_usual (1 % changed, 0.5 % new, 0.5 % gone), _changed (every row changed), _force (a new table, swapped);
scraper.load_ratio is the least of first, usual and changed. scraper.load_rows_s_NAME are the rows/s themselves.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median

import psycopg

from dev.bench.scraper_setup import run
from sincro_contract.run import Mode
from sincro_scraper.load import Column, ColumnType, DeletionGuard, LoadCounts, LoadOptions, Row, TableSpec, open_target
from tests.services import running_postgres

ROWS = 100_000
ROUNDS = 5
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
OPTIONS = LoadOptions(source="bench", stream="customers", now=NOW, guard=DeletionGuard(ratio=1.0))
SPEC = TableSpec(
    "customers",
    (
        Column("code", ColumnType.TEXT),
        Column("name", ColumnType.TEXT),
        Column("vat_number", ColumnType.TEXT),
        Column("address", ColumnType.TEXT),
        Column("city", ColumnType.TEXT),
        Column("credit_limit", ColumnType.MONEY),
        Column("balance", ColumnType.MONEY),
        Column("customer_since", ColumnType.DATE),
        Column("changed_at", ColumnType.DATETIME),
        Column("active", ColumnType.BOOLEAN),
        Column("orders", ColumnType.INTEGER),
    ),
    ("code",),
)
COPY_TYPES = ("text",) * 5 + ("numeric", "numeric", "date", "timestamptz", "bool", "int8")


def rows(first: int, *, changed_every: int = 0) -> list[Row]:
    """ROWS customers from number `first` on; of each `changed_every` of them one has another balance."""
    return list(_rows(first, changed_every))


def _rows(first: int, changed_every: int) -> Iterator[Row]:
    for number in range(first, first + ROWS):
        more = 1 if changed_every and number % changed_every == 0 else 0
        yield (
            f"C{number:07d}",
            f"Società D'Ambrosio n. {number} & Figli S.r.l.",
            f"{number:011d}",
            f"Via Garibaldi {number % 200}\n20100 Milano (MI)",
            "Reggio nell'Emilia",
            Decimal(number % 100_000) / 4,
            Decimal(number * 7 % 1_000_000 + more) / 100,
            date(2000, 1, 1) + timedelta(days=number % 9000),
            NOW + timedelta(seconds=number),
            number % 3 == 0,
            number,
        )


def bench() -> dict[str, float]:
    """See the module."""
    whole, usual, changed = rows(0), rows(ROWS // 200, changed_every=100), rows(0, changed_every=1)
    rates: dict[str, list[float]] = {"bare": [], "first": [], "usual": [], "changed": [], "force": []}
    with running_postgres() as server:
        for _ in range(ROUNDS):
            url = server.create_database()
            rates["bare"].append(_timed(lambda url=url: _bare_copy(url, whole)))  # type: ignore[misc]
            rates["first"].append(_load(url, whole, Mode.FULL, LoadCounts(read=ROWS, created=ROWS, total=ROWS)))
            new = ROWS // 200
            updated = sum(1 for number in range(new, ROWS) if number % 100 == 0)
            counts = LoadCounts(read=ROWS, created=new, updated=updated, deleted=new, total=ROWS)
            rates["usual"].append(_load(url, usual, Mode.FULL, counts))
            _load(url, whole, Mode.FULL, None)
            counts = LoadCounts(read=ROWS, updated=ROWS, total=ROWS)
            rates["changed"].append(_load(url, changed, Mode.FULL, counts))
            counts = LoadCounts(read=ROWS, unchanged=ROWS, total=ROWS, replaced=True)
            rates["force"].append(_load(url, changed, Mode.FORCE, counts))
            server.drop_database(url)
    found = {f"scraper.load_rows_s_{name}": median(values) for name, values in rates.items()}
    bare = found["scraper.load_rows_s_bare"]
    ratios = {name: found[f"scraper.load_rows_s_{name}"] / bare for name in rates if name != "bare"}
    found |= {f"scraper.load_ratio_{name}": ratio for name, ratio in ratios.items()}
    return found | {"scraper.load_ratio": min(ratios["first"], ratios["usual"], ratios["changed"])}


def _load(url: str, read: list[Row], mode: Mode, expected: LoadCounts | None) -> float:
    with open_target(url) as target:
        counts: list[LoadCounts] = []
        rate = _timed(lambda: counts.append(target.load(SPEC, read, mode, OPTIONS)))
    if expected is not None and counts[0] != replace(expected, unchanged=ROWS - expected.created - expected.updated):
        raise AssertionError(f"{counts[0]} instead of {expected}")
    return rate


def _bare_copy(url: str, read: list[Row]) -> None:
    names = ", ".join(column.name for column in SPEC.columns)
    kinds = ", ".join(f"{column.name} {kind}" for column, kind in zip(SPEC.columns, COPY_TYPES, strict=True))
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE TABLE bare ({kinds})")
        with connection.cursor().copy(f"COPY bare ({names}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(COPY_TYPES)
            for row in read:
                copy.write_row(row)


def _timed(work: Callable[[], object]) -> float:
    """Rows per second."""
    started = time.perf_counter()
    work()
    return ROWS / (time.perf_counter() - started)


if __name__ == "__main__":
    run("scraper_data_load", bench)
