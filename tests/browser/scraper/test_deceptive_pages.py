"""Pages that would give a wrong list without an error: what they show is whole, or the run says that it is not.

None of them declares a total, for a total would give them away.
"""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from urllib.parse import parse_qs, urlsplit

import pytest

from sincro_scraper.errors import ScraperError
from tests.browser.scraper.test_pages import read

SIZE, PAGES = 10, 4
CODES = [f"{number:03}" for number in range(1, SIZE * PAGES + 1)]
HEAD = "<tr><th>Codice<th>Importo"
PASSWORD = "<form action=/in><input name=u><input type=password name=p><button>Entra</button></form>"
LOGIN = """login:
  steps: [{ goto: /login }, { click: button=Entra }]
  success: text=Benvenuto
"""
COLUMNS = "columns: { code: Codice, amount: { header: Importo, type: decimal } }\nkey: code\n"
JSON = "transport: xhr\ncolumns: { code: code, amount: { field: amount, type: decimal } }\nkey: code\n"

Query = dict[str, str]
Answer = tuple[int, str, bytes]


def html(text: str) -> Answer:
    return 200, "text/html; charset=utf-8", f"<!DOCTYPE html><title>x</title>{text}".encode()


def codes_from(start: int, count: int = SIZE) -> list[str]:
    return CODES[max(0, start) : max(0, start) + count]


def table(codes: list[str], foot: str = "") -> str:
    rows = "".join(f"<tr><td>{code}<td>{1000 + int(code)},50" for code in codes)
    return f"<table><thead>{HEAD}</thead><tbody>{rows}</tbody><tfoot>{foot}</tfoot></table>"


class Application:
    """What the server remembers between requests; one a test."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}

    def times(self, what: str) -> int:
        """How often this was asked for, this time included."""
        self.seen[what] = self.seen.get(what, 0) + 1
        return self.seen[what]

    def answer(self, path: str, query: Query) -> Answer:
        page = getattr(self, "page_" + path.strip("/").replace("-", "_").replace("/", "_"), None)
        return page(query) if page else (404, "text/html", b"nothing here")

    def page_login(self, _: Query) -> Answer:
        return html(PASSWORD)

    def page_in(self, _: Query) -> Answer:
        return html("Benvenuto")

    # JSON, by number of the page

    def page_api(self, query: Query) -> Answer:
        number = int(query["n"])
        if query.get("slow") and number == 3:
            sleep(2.6)
        if query.get("fails") and self.times(f"api{number}") == 1 and number == 2:
            return 500, "text/plain", b"no"
        codes = codes_from((number - 1) * SIZE)
        found = [{"code": code, "amount": 1000.5 + int(code)} for code in codes]
        following = codes[-1] if codes and codes[-1] != CODES[-1] else None
        text = json.dumps({"items": found, "next": following}, ensure_ascii=False)
        return 200, "application/json", text.encode()

    def page_after(self, query: Query) -> Answer:
        """By cursor: what comes after a code."""
        start = CODES.index(query["after"]) + 1 if query.get("after") else 0
        codes = codes_from(start)
        if not start and self.times("after") > 2:
            codes = [*codes[1:], CODES[SIZE]]  # a row of the first page is gone meanwhile
        found = [{"code": code, "amount": 1000.5 + int(code)} for code in codes]
        following = codes[-1] if codes[-1] != CODES[-1] else None
        return 200, "application/json", json.dumps({"items": found, "next": following}).encode()

    def page_cursor(self, _: Query) -> Answer:
        return html("<p id=list></p><script>fetch('/after?after=').then(() => list.append('x'))</script>")

    def page_two_at_once(self, _: Query) -> Answer:
        return html(
            "<div style='height:3000px'></div><p id=list></p><script>let n = 0, busy = false;"
            "async function one() { n += 1; if (n > 4) return; const a = await (await fetch('/api?n=' + n)).json();"
            "list.append(a.items.length + ' '); }"
            "async function two() { if (busy) return; busy = true; await one(); await one(); busy = false; }"
            "two(); onscroll = two;</script>"
        )

    def page_slow(self, query: Query) -> Answer:
        return html(
            "<div style='height:3000px'></div><p id=list></p><script>let n = 0, busy = false;"
            "async function one() { if (busy || n == 4) return; busy = true; n += 1;"
            "const a = await (await fetch('/api?slow=1&n=' + n)).json();"
            "list.append(a.items.length + ' '); scrollTo(0, 0); busy = false; }"
            "one(); onscroll = one;</script>"
        )

    # pages that a script draws

    def page_fails_once(self, _: Query) -> Answer:
        return self._drawn("/api?fails=1&n=")

    def page_pager_first(self, _: Query) -> Answer:
        return self._drawn(
            "/api?n=",
            "document.querySelector('tfoot td').textContent = 'Pagina ' + n;"
            "await new Promise(done => setTimeout(done, 400));",
        )

    def page_flash(self, _: Query) -> Answer:
        """A list that is empty until its rows have come."""
        return html(
            f"<table><thead>{HEAD}</thead><tbody><tr><td colspan=2>Nessun risultato</tbody></table><script>"
            "fetch('/api?slow=1&n=3').then(r => r.json()).then(a => { document.querySelector('tbody').innerHTML ="
            "a.items.map(i => `<tr><td>${i.code}<td>1,50`).join(''); });</script>"
        )

    def _drawn(self, api: str, first: str = "") -> Answer:
        return html(
            f"<table><thead>{HEAD}</thead><tbody></tbody><tfoot><tr><td><td></tfoot></table>"
            "<button onclick='turn()'>Avanti</button><script>let n = 0; const body = document.querySelector('tbody');"
            f"async function turn() {{ n += 1; {first} const answer = await fetch('{api}' + n);"
            "if (!answer.ok) return; const a = await answer.json();"
            "body.innerHTML = a.items.map(i => `<tr><td>${i.code}<td>${i.amount - 0.5},50`).join('');"
            "document.querySelector('button').disabled = n == 4; } turn();</script>"
        )

    # pages of a server

    def page_subtotals(self, query: Query) -> Answer:
        """Ten lines a page, of which some are subtotals."""
        lines = [*CODES[:10], *CODES[10:14], "sum", *CODES[14:23], "sum", *CODES[23:]]
        start = (int(query.get("p", "1")) - 1) * SIZE
        rows = "".join(
            "<tr class=sum><td>Parziale<td>1,00" if code == "sum" else f"<tr><td>{code}<td>{1000 + int(code)},50"
            for code in lines[start : start + SIZE]
        )
        return html(f"<table>{HEAD}{rows}</table>")

    def page_offset(self, query: Query) -> Answer:
        return html(table(codes_from(int(query.get("start", "0")))))

    def page_from_zero(self, query: Query) -> Answer:
        return html(table(codes_from(int(query.get("p", "0")) * SIZE)))

    def page_breaks_off(self, query: Query) -> Answer:
        """An old server that ends its answers by closing, and twice in the middle: after a row, and in one."""
        number = int(query.get("p", "1"))
        whole = f"<html>{table(codes_from((number - 1) * SIZE))}</html>"
        if number == 2 and (time := self.times("breaks")) < 3:
            whole = whole[: whole.index("<tr><td>014") + (0 if time == 1 else len("<tr><td>014"))]
        return html(whole)

    def page_expires(self, query: Query) -> Answer:
        number = int(query.get("p", "1"))
        if number == 3 and self.times("expires") == 1:
            return html(PASSWORD + table([]))
        return html(table(codes_from((number - 1) * SIZE)) + f"<a href='?p={number + 1}'>Avanti</a>" * (number < PAGES))

    def page_helpful(self, query: Query) -> Answer:
        number = int(query.get("p", "1"))
        more = f"<a href='?p={number + 1}'>Avanti</a>" if number < PAGES else "<a href='#' class=disabled>Avanti</a>"
        return html("<a href='?p=4'>Avanti tutta</a>" + table(codes_from((number - 1) * SIZE)) + more)

    def page_cards(self, _: Query) -> Answer:
        rows = "".join(f"<tr><td><a href='/card?c={code}'>{code}</a><td>{1000 + int(code)},50" for code in CODES)
        return html(f"<table>{HEAD}{rows}</table>")

    def page_card(self, query: Query) -> Answer:
        if self.times("card") == 6:
            return html(PASSWORD)
        return html(f"<p id=note>nota {query['c']}</p>")

    def page_scripted(self, _: Query) -> Answer:
        links = "".join(f"<tr><td><a href='/filled?c={code}'>{code}</a><td>{1000 + int(code)},50" for code in CODES[:6])
        return html(f"<table>{HEAD}{links}</table>")

    def page_filled(self, query: Query) -> Answer:
        """A page that a script fills, where there is anything to fill in: the first row has no note."""
        note = "" if query["c"] == "001" else "nota " + query["c"]
        return html(
            f"<p id=code>{query['c']}</p><p id=note></p>"
            f"<script>setTimeout(() => document.querySelector('#note').append('{note}'), 1)</script>"
        )

    def page_renewed(self, _: Query) -> Answer:
        """What was kept of the list shows at once; what it holds now comes later."""
        return html(
            f"{table(CODES[:5])}<script>fetch('/api?slow=1&n=3').then(r => r.json()).then(a => {{"
            "document.querySelector('tbody').innerHTML ="
            "a.items.map(i => `<tr><td>${i.code}<td>1,50`).join(''); });</script>"
        )

    def page_none(self, _: Query) -> Answer:
        return html("<p>Nessun risultato</p>")

    def page_blank(self, _: Query) -> Answer:
        return html(table([]))


@pytest.fixture
def application() -> Iterator[str]:
    """The base URL of a server that remembers only this test."""
    state = Application()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, content_type, data = state.answer(parts.path, query)
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            if parts.path == "/breaks-off":
                self.send_header("Connection", "close")
            else:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


RESPONSE = "response: { url: /api, rows: items }\n"
STREAMS = {
    "JSON whose pages come two at once": "open: /two-at-once\npaging: scroll\n" + RESPONSE + JSON,
    "JSON that takes its time": "open: /slow\npaging: scroll\n" + RESPONSE + JSON,
    "JSON by a cursor while a row goes": "open: /cursor\nresponse: { url: /after, rows: items }\n"
    "paging: { by: cursor, field: next, parameter: after }\n" + JSON,
    "a page that fails after its number was counted": "open: /fails-once\npaging: { by: next, click: button=Avanti }\n"
    + COLUMNS,
    "a pager in the table that is faster than the rows": "open: /pager-first\n"
    "paging: { by: next, click: button=Avanti }\n" + COLUMNS,
    "pages that are short by subtotals": "open: /subtotals\nskip: tr.sum\npaging: { by: page, parameter: p }\n"
    + COLUMNS,
    "the same over HTTP": "open: /subtotals\ntransport: http\nskip: tr.sum\npaging: { by: page, parameter: p }\n"
    + COLUMNS,
    "pages that are smaller than the profile says": "open: /offset\ntransport: http\n"
    "paging: { by: offset, parameter: start, size: 20 }\n" + COLUMNS,
    "a session that ends as an empty list": "open: /expires\npaging: { by: page, parameter: p }\n" + COLUMNS,
    "the same by links": "open: /expires\npaging: { by: next, click: link=Avanti }\n" + COLUMNS,
    "the same by number over HTTP": "open: /expires\ntransport: http\npaging: { by: page, parameter: p }\n" + COLUMNS,
    "the same by links over HTTP": "open: /expires\ntransport: http\npaging: { by: next, click: link=Avanti }\n"
    + COLUMNS,
    "an answer that breaks off": "open: /breaks-off\ntransport: http\npaging: { by: page, parameter: p }\n" + COLUMNS,
    "another link with the same word": "open: /helpful\ntransport: http\npaging: { by: next, click: link=Avanti }\n"
    + COLUMNS,
}


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())
async def test_every_row_is_read(application: str, stream: str) -> None:
    rows = await read(application, stream, LOGIN)
    assert [row[0] for row in rows] == CODES  # type: ignore[index]


async def test_a_session_that_ends_on_the_pages_of_rows(application: str) -> None:
    detail = "detail: { link: a, columns: { note: { at: '#note' } } }\n"
    rows = await read(application, "open: /cards\n" + COLUMNS + detail, LOGIN)
    assert [row[2] for row in rows] == [f"nota {code}" for code in CODES]  # type: ignore[index]


async def test_pages_of_rows_that_a_script_fills_where_the_first_one_is_empty(application: str) -> None:
    detail = "detail: { link: a, columns: { shown: { at: '#code' }, note: { at: '#note' } } }\n"
    rows = await read(application, "open: /scripted\n" + COLUMNS + detail)
    assert [row[3] for row in rows] == [None, *(f"nota {code}" for code in CODES[1:6])]  # type: ignore[index]


async def test_a_list_that_is_renewed_by_what_the_page_has_asked_for(application: str) -> None:
    rows = await read(application, "open: /renewed\n" + COLUMNS)
    assert [row[0] for row in rows] == CODES[20:30]  # type: ignore[index]


@pytest.mark.parametrize("transport", ["dom", "http"])
async def test_pages_that_are_counted_from_another_number(application: str, transport: str) -> None:
    stream = f"open: /from-zero?p=0\ntransport: {transport}\npaging: {{ by: page, parameter: p }}\n" + COLUMNS
    with pytest.raises(ScraperError, match="first: 0") as caught:
        await read(application, stream)
    assert caught.value.place == ("paging",)
    assert len(await read(application, stream.replace("parameter: p", "parameter: p, first: 0"))) == len(CODES)


async def test_an_empty_list_that_says_so_without_a_table(application: str) -> None:
    assert await read(application, "open: /none\nempty: text=Nessun risultato\n" + COLUMNS) == []


async def test_an_empty_list_that_does_not_say_so(application: str) -> None:
    with pytest.raises(ScraperError) as caught:
        await read(application, "open: /blank\nempty: text=Nessun risultato\n" + COLUMNS)
    assert caught.value.code == "EmptyUnproven"


async def test_a_list_that_says_that_it_is_empty_until_its_rows_have_come(application: str) -> None:
    rows = await read(application, "open: /flash\nempty: text=Nessun risultato\n" + COLUMNS)
    assert [row[0] for row in rows] == CODES[20:30]  # type: ignore[index]
