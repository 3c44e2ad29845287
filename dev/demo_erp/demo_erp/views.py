"""What a reader gets of a list, page by page or as a whole, before it becomes HTML, JSON or a file.

Decides paging and what the misbehaviour switches do to columns, rows and totals. How it is drawn is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import overload

from demo_erp.fields import Field, Kind, ListName, ListSpec, Record
from demo_erp.locales import ENGLISH, ITALIAN, Locale, number, show
from demo_erp.misbehaviour import Misbehaviour, Switch, column_of, without_list
from demo_erp.store import Query, Store, Table

FOREIGN_ROW = 2
"""The row, counted from 0, whose number is foreign; the last one in shorter lists."""


@dataclass(frozen=True)
class Rows(Sequence[Record]):
    """Records that are made when they are looked at."""

    table: Table
    ordinals: Sequence[int]

    def __len__(self) -> int:
        return len(self.ordinals)

    @overload
    def __getitem__(self, place: int) -> Record: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Record]: ...

    def __getitem__(self, place: int | slice) -> Record | Sequence[Record]:
        if isinstance(place, slice):
            return Rows(self.table, self.ordinals[place])
        return self.table.record(self.ordinals[place])

    def __iter__(self) -> Iterator[Record]:
        return map(self.table.record, self.ordinals)


@dataclass(frozen=True)
class View:
    """Rows of a list with their heading. `total` is what the page declares; None means that it declares nothing."""

    spec: ListSpec
    locale: Locale
    rows: Sequence[Record]
    total: int | None
    query: Query = field(default_factory=Query)
    page: int = 1
    pages: int = 1
    size: int = 0
    foreign: tuple[int, str] | None = None
    """The cell (row of this view, field) that is written in the other language's format."""

    def text(self, place: int, record: Record, column: Field) -> str:
        """The text of a cell of row `place`."""
        if self.foreign == (place, column.name):
            return show(record[column.name], column, ENGLISH if self.locale is ITALIAN else ITALIAN)
        return show(record[column.name], column, self.locale)

    def texts(self) -> Iterator[list[str]]:
        """All rows as the reader sees them, one list of cells a row."""
        for place, record in enumerate(self.rows):
            yield [self.text(place, record, column) for column in self.spec.fields]

    @property
    def total_text(self) -> str | None:
        return None if self.total is None else number(self.total, self.locale)


def page_of(
    store: Store,
    name: ListName,
    locale: Locale,
    query: Query,
    *,
    page: int,
    size: int,
    misbehaviour: Misbehaviour,
    now: datetime,
) -> View:
    """One page of a list; pages outside the list become the nearest one. `now` is local time, for rows that slip in."""
    table = store.tables[name]
    if page > 1:
        shift = misbehaviour.fires(Switch.ROWS_SHIFT, name)
        if shift is not None:
            shift_rows(table, without_list(shift), now)
    ordinals = table.ordinals(query)
    pages = max(1, -(-len(ordinals) // size))
    endless = misbehaviour.fires(Switch.ENDLESS_PAGES, name) is not None
    shown = min(max(1, page), pages)
    rows = Rows(table, ordinals[(shown - 1) * size : shown * size])
    view = View(table.spec, locale, rows, len(ordinals), query, shown, pages, size)
    if endless:
        view = replace(view, page=max(1, page), pages=max(pages, page + 1))
    return distorted(view, misbehaviour)


def whole(store: Store, name: ListName, locale: Locale, query: Query, misbehaviour: Misbehaviour) -> View:
    """All of a list, for a file."""
    table = store.tables[name]
    ordinals = table.ordinals(query)
    view = View(table.spec, locale, Rows(table, ordinals), len(ordinals), query, size=len(ordinals))
    return distorted(view, misbehaviour)


def shift_rows(table: Table, how: str, now: datetime) -> None:
    """One row more, or one less, before all others, so that those after it stand one place further on."""
    front = table.ordinals(Query())
    if how == "delete":
        if front:
            table.delete(front[0])
    elif table.spec.newest_first:
        table.create(table.next_ordinal, now)
    else:
        table.create(table.front_ordinal, now)


def distorted(view: View, misbehaviour: Misbehaviour) -> View:
    """The view as the switches that are on make it."""
    name = view.spec.name
    empty = misbehaviour.fires(Switch.EMPTY_LIST, name)
    if empty is not None:
        total = 0 if without_list(empty) == "zero" else None
        view = replace(view, rows=(), total=total, page=1, pages=1)
    change = misbehaviour.fires(Switch.WRONG_TOTAL, name)
    if change is not None and view.total is not None:
        view = replace(view, total=max(0, view.total + int(without_list(change))))
    if view.page == 1:
        view = _spoilt_cells(view, misbehaviour)
    renamed = misbehaviour.fires(Switch.COLUMN_RENAMED, name)
    if renamed is not None:
        column, header = column_of(renamed, name)
        view = replace(view, spec=view.spec.renamed(column, header or f"{view.spec.field(column).header} (nuovo)"))
    missing = misbehaviour.fires(Switch.COLUMN_MISSING, name)
    if missing is not None:
        view = replace(view, spec=view.spec.without(column_of(missing, name)[0]))
    return view


def _spoilt_cells(view: View, misbehaviour: Misbehaviour) -> View:
    name = view.spec.name
    if len(view.rows) > 1 and misbehaviour.fires(Switch.DUPLICATE_KEY, name) is not None:
        first, second = view.rows[0], view.rows[1]
        twin = {**second, **{part: first[part] for part in view.spec.key}}
        view = replace(view, rows=_Patched(view.rows, 1, twin))
    foreign = misbehaviour.fires(Switch.FOREIGN_NUMBER, name) if view.rows else None
    if foreign is not None:
        decimals = [column.name for column in view.spec.fields if column.kind is Kind.DECIMAL]
        column = column_of(foreign, name)[0]
        place = min(FOREIGN_ROW, len(view.rows) - 1)
        view = replace(view, foreign=(place, column if column in decimals else decimals[0]))
    return view


@dataclass(frozen=True)
class _Patched(Sequence[Record]):
    """Rows of which one is another."""

    rows: Sequence[Record]
    place: int
    record: Record

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Record: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Record]: ...

    def __getitem__(self, place: int | slice) -> Record | Sequence[Record]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        return self.record if place == self.place else self.rows[place]

    def __iter__(self) -> Iterator[Record]:
        return (self.record if place == self.place else row for place, row in enumerate(self.rows))
