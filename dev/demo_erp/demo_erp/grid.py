"""A view drawn as an old grid component draws it: headings, cells, pager, and the state that it hides in the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from markupsafe import Markup, escape

from demo_erp.fields import ListSpec, Record
from demo_erp.locales import NBSP, Locale, number, parse_moment
from demo_erp.settings import DEFAULT_PAGE_SIZE, PAGE_SIZES
from demo_erp.store import Query
from demo_erp.views import View

FORMATS = ("pdf", "csv", "xlsx")
PAGER_REACH = 3


class FilterError(ValueError):
    """What was typed into the filter is no date in the reader's format."""


@dataclass(frozen=True)
class GridState:
    """Where a reader is in a list. `sort` is a column's member name, "" the list's own order."""

    page: int = 1
    size: int = DEFAULT_PAGE_SIZE
    sort: str = ""
    descending: bool = False
    since: datetime | None = None

    def query(self, spec: ListSpec) -> Query:
        column = spec.by_member(self.sort)
        return Query(column.name, self.descending, self.since) if column else Query(since=self.since)

    def packed(self) -> dict[str, object]:
        since = self.since.isoformat() if self.since else None
        return {"page": self.page, "size": self.size, "sort": self.sort, "descending": self.descending, "since": since}

    @staticmethod
    def unpacked(state: Mapping[str, object]) -> GridState:
        since = state["since"]
        return GridState(
            page=int(str(state["page"])),
            size=int(str(state["size"])),
            sort=str(state["sort"]),
            descending=bool(state["descending"]),
            since=datetime.fromisoformat(str(since)) if since else None,
        )


def state_of_address(parameters: Mapping[str, str], locale: Locale) -> GridState:
    """The state that an address asks for; what makes no sense is ignored, except a filter. FilterError for that."""
    return GridState(
        page=_page(parameters.get("pagina", "")),
        size=_size(parameters.get("righe", "")),
        sort=parameters.get("ordina", ""),
        descending=parameters.get("verso") == "desc",
        since=_since(parameters.get("modificati_dal", ""), locale),
    )


def commanded(state: GridState, command: str, locale: Locale) -> GridState:
    """The state after a callback's command: PAGINA|2, RIGHE|100, ORDINA|Citta, FILTRO|01/12/2026. FilterError."""
    verb, _, argument = command.partition("|")
    if verb == "PAGINA":
        return replace(state, page=_page(argument))
    if verb == "RIGHE":
        return replace(state, page=1, size=_size(argument))
    if verb == "ORDINA":
        return replace(state, page=1, sort=argument, descending=state.sort == argument and not state.descending)
    if verb == "FILTRO":
        return replace(state, page=1, since=_since(argument, locale))
    return state


def address(spec: ListSpec, state: GridState, locale: Locale) -> str:
    """The address of the list in that state."""
    parameters: dict[str, object] = {"pagina": state.page, "righe": state.size}
    if state.sort:
        parameters |= {"ordina": state.sort, "verso": "desc" if state.descending else "asc"}
    if state.since:
        parameters["modificati_dal"] = since_text(state, locale)
    return f"/{spec.page}?{urlencode(parameters)}"


def since_text(state: GridState, locale: Locale) -> str:
    return state.since.strftime(f"{locale.date_pattern} %H:%M:%S") if state.since else ""


def detail_address(spec: ListSpec, record: Record) -> str:
    """The address of a row's detail page, or "" where the list has none."""
    if not spec.detail_page:
        return ""
    key = {spec.field(name).member.lower(): record[name] for name in spec.key}
    return f"/{spec.detail_page}?{urlencode(key)}"


def drawn(view: View, state: GridState, sealed_state: str, ballast: str) -> dict[str, object]:
    """What the template grid.html wants."""
    spec, locale = view.spec, view.locale
    return {
        "id": spec.grid_id,
        "state": sealed_state,
        "ballast": ballast,
        "exports": [(form, _export_address(spec, state, form, locale)) for form in FORMATS],
        "total": view.total_text,
        "has_details": bool(spec.detail_page),
        "headings": [
            {
                "text": column.header,
                "member": column.member,
                "numeric": column.numeric,
                "arrow": _arrow(state, column.member),
                "address": address(spec, commanded(state, f"ORDINA|{column.member}", locale), locale),
            }
            for column in spec.fields
        ],
        "rows": [
            {"address": detail_address(spec, record), "cells": [cell(text) for text in texts]}
            for record, texts in zip(view.rows, view.texts(), strict=True)
        ],
        "no_data": locale.no_data,
        **pager(view, state),
    }


def pager(view: View, state: GridState) -> dict[str, object]:
    """The pager's part of what the templates want: summary and links (without an address: the page shown, or none)."""
    locale, last = view.locale, view.pages
    wording = locale.page_of if view.total is None else locale.pager
    summary = wording.format(page=number(view.page, locale), pages=number(last, locale), total=view.total_text)

    def link(page: int, text: str, css: str) -> dict[str, object]:
        reachable = 1 <= page <= last and page != view.page
        target = address(view.spec, replace(state, page=page), locale) if reachable else ""
        return {"page": page, "text": text, "css": css, "address": target}

    near = range(max(1, view.page - PAGER_REACH), min(last, view.page + PAGER_REACH) + 1)
    numbers = sorted({1, last, *near})
    links = [link(view.page - 1, "«", "dxpButton dxpPrev")]
    links += [link(page, str(page), "dxpCurrent" if page == view.page else "dxpNumber") for page in numbers]
    links.append(link(view.page + 1, "»", "dxpButton dxpNext"))
    return {"summary": summary, "pager": links}


def cell(text: str) -> Markup:
    """A cell's HTML: empty ones hold a non-breaking space, as such grids do, and lines are parted by <br />."""
    return Markup("<br />").join(escape(line) for line in (text or NBSP).split("\n"))


def _arrow(state: GridState, member: str) -> str:
    if state.sort != member:
        return ""
    return " ▼" if state.descending else " ▲"


def _export_address(spec: ListSpec, state: GridState, form: str, locale: Locale) -> str:
    parameters = {"elenco": spec.page.removesuffix(".aspx"), "formato": form}
    if state.sort:
        parameters |= {"ordina": state.sort, "verso": "desc" if state.descending else "asc"}
    if state.since:
        parameters["modificati_dal"] = since_text(state, locale)
    return f"/Esporta.aspx?{urlencode(parameters)}"


def _page(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) < 10 else 1


def _size(text: str) -> int:
    return int(text) if text.isdecimal() and int(text) in PAGE_SIZES else DEFAULT_PAGE_SIZE


def _since(text: str, locale: Locale) -> datetime | None:
    if not text.strip():
        return None
    try:
        return parse_moment(text, locale)
    except ValueError as error:
        raise FilterError(text) from error
