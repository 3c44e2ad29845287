"""A person at the demo ERP, for its tests: logs in, reads grids, and takes what it reads back into canonical form."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import httpx
from selectolax.lexbor import LexborHTMLParser, LexborNode

from demo_erp.app import application
from demo_erp.canonical import truth
from demo_erp.control import TOKEN_HEADER
from demo_erp.erp import Erp
from demo_erp.fields import LISTS, Kind, ListName
from demo_erp.records import World
from demo_erp.settings import Settings

ITALIAN, ENGLISH = "it-IT,it;q=0.9,en;q=0.8", "en-US,en;q=0.9"
USER, PASSWORD = "servizio", "Segreta#2024"
SMALL = World(seed=11, customers=130, orders=110, products=60, prices=150)
ROME = ZoneInfo("Europe/Rome")
START = datetime(2026, 3, 2, 9, 30, tzinfo=ROME).timestamp()


def local(*parts: int) -> datetime:
    """A local time without a zone, as the ERP has them."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


@dataclass
class FakeTime:
    """A clock that stands still until it is set, and a sleep that only takes note."""

    now: float = START
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass(frozen=True)
class Grid:
    """What stands in a grid."""

    headers: list[str]
    rows: list[dict[str, str]]
    total: str | None
    summary: str
    next_page: str | None
    state: str
    details: list[str]


def an_erp(world: World = SMALL, **settings: object) -> tuple[Erp, FakeTime]:
    time = FakeTime()
    erp = Erp(Settings(world=world, page_delay_ms=0, **settings), clock=time.clock, sleep=time.sleep)  # type: ignore[arg-type]
    return erp, time


class Reader:
    """A browser without a script, or (by `callback`) with one."""

    def __init__(self, erp: Erp, language: str | None = ITALIAN) -> None:
        headers = {"Accept-Language": language} if language is not None else {}
        self.erp = erp
        # httpx itself sends no Accept-Language
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(application(erp)),
            base_url="http://erp",
            headers=headers,
            follow_redirects=True,
        )

    async def get(self, address: str) -> httpx.Response:
        return await self.http.get(address)

    async def login(self, user: str = USER, password: str = PASSWORD, **changes: str) -> httpx.Response:
        """Fills in the login form; `changes` replace fields of it, "" takes them out."""
        answer = await self.http.get("/Login.aspx")
        form = html(answer).css_first("#aspnetForm")
        assert form is not None
        fields = inputs(form) | {"ctl00$txtUtente": user, "ctl00$txtPassword": password} | changes
        fields = {name: value for name, value in fields.items() if changes.get(name) != ""}
        return await self.http.post(form.attributes["action"] or "", data=fields)

    async def grid(self, address: str) -> Grid:
        answer = await self.http.get(address)
        assert answer.status_code == 200, answer.text
        return grid(answer.text)

    async def callback(self, name: ListName, page: str, command: str, state: str | None = None) -> httpx.Response:
        """A callback from the page with that HTML; `state` is the grid's state if it is not the page's any more."""
        spec = LISTS[name]
        form = html_of(page).css_first("#aspnetForm")
        assert form is not None
        fields = inputs(form) | {"__CALLBACKID": spec.grid_id, "__CALLBACKPARAM": command}
        if state is not None:
            fields[f"{spec.grid_id}$CallbackState"] = state
        return await self.http.post(f"/{spec.page}", data=fields)

    async def control(self, method: str, action: str, body: object = None) -> httpx.Response:
        headers = {TOKEN_HEADER: self.erp.settings.control_token}
        return await self.http.request(method, f"/__control/{action}", json=body, headers=headers)

    async def every_row(self, name: ListName, size: int = 50) -> list[dict[str, str]]:
        """All rows of a list, page after page by its links."""
        rows: list[dict[str, str]] = []
        address: str | None = f"/{LISTS[name].page}?righe={size}"
        while address:
            seen = await self.grid(address)
            rows += seen.rows
            address = seen.next_page
        return rows


def html_of(text: str) -> LexborHTMLParser:
    return LexborHTMLParser(text)


def html(answer: httpx.Response) -> LexborHTMLParser:
    return html_of(answer.text)


def text_at(answer: httpx.Response, selector: str) -> str | None:
    node = html(answer).css_first(selector)
    return node.text() if node else None


def inputs(form: LexborNode) -> dict[str, str]:
    return {node.attributes["name"] or "": node.attributes.get("value") or "" for node in form.css("input[name]")}


def grid(text: str) -> Grid:
    """Reads a page or a callback's answer."""
    tree = html_of(text.replace("<br />", "\n"))
    headers = [node.text(strip=True).rstrip(" ▲▼") for node in tree.css(".dxgvHeader:not(.dxgvCommandColumn)")]
    rows, details = [], []
    for row in tree.css("tr.dxgvDataRow"):
        cells = [node.text() for node in row.css("td.dxgv:not(.dxgvCommandColumn)")]
        rows.append(dict(zip(headers, cells, strict=True)))
        details += [node.attributes["href"] or "" for node in row.css(".dxgvCommandColumn a")]
    total = tree.css_first("#lblTotale")
    following = tree.css_first("a.dxpNext")
    summary = tree.css_first(".dxpSummary")
    state = tree.css_first("input[id$=_CallbackState]")
    assert summary is not None
    assert state is not None
    return Grid(
        headers=headers,
        rows=rows,
        total=total.text() if total else None,
        summary=summary.text(),
        next_page=following.attributes["href"] if following else None,
        state=state.attributes["value"] or "",
        details=details,
    )


def canonical(name: ListName, row: dict[str, str]) -> dict[str, object]:
    """A row as an Italian reader sees it (header to text), in canonical form."""
    spec = LISTS[name]
    return {field.name: _value(row[field.header], field.kind) for field in spec.fields}


def _value(text: str, kind: Kind) -> object:
    text = text.replace("\N{NO-BREAK SPACE}", " ").strip()
    if text == "":
        return None
    if kind is Kind.BOOLEAN:
        return {"Sì": True, "No": False}[text]
    if kind is Kind.DATE:
        return datetime.strptime(text, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 - the pages know local time only
    if kind is Kind.DATETIME:
        return datetime.strptime(text, "%d/%m/%Y %H:%M:%S").replace(tzinfo=ROME).isoformat()
    if kind is Kind.DECIMAL:
        assert "," in text
        return str(Decimal(text.replace(".", "").replace(",", ".")))
    if kind in (Kind.INTEGER, Kind.YEAR):
        return int(text.replace(".", ""))
    return text


def true_rows(erp: Erp, name: ListName, *, details: bool = False) -> list[dict[str, object]]:
    return [json.loads(line) for line in truth(erp.store.tables[name], details=details)]


def keys(erp: Erp, name: ListName) -> list[tuple[object, ...]]:
    return [tuple(row[part] for part in LISTS[name].key) for row in true_rows(erp, name)]


def by_key(name: ListName, rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=lambda row: [str(row[part]) for part in LISTS[name].key])
