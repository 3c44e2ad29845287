"""Small pages that behave as applications do, served from this process: what a profile may have to cope with."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

ROWS = 45
SIZE = 10

TABLE = "<table id=t><thead><tr><th>Codice<th>Importo</thead><tbody></tbody></table>"
DRAW = """
const rows = Array.from({length: 45}, (_, i) => [String(i + 1).padStart(3, '0'), (1000 + i) + ',50']);
const body = document.querySelector('.body tbody, tbody');
function add(list) {
  for (const row of list) { const tr = body.insertRow(); for (const text of row) tr.insertCell().textContent = text; }
}
"""


def page(content: str, script: str = "") -> str:
    return f"<!DOCTYPE html><meta charset=utf-8><title>x</title>{content}<script>{script}</script>"


def rows(start: int, count: int) -> str:
    cells = (f"<tr><td>{i + 1:03}<td>{1000 + i},50" for i in range(start, min(start + count, ROWS)))
    return TABLE.replace("<tbody>", "<tbody>" + "".join(cells))


PAGES: dict[str, Callable[[dict[str, str]], str]] = {
    # a button under the list loads more, slowly, and goes away at the end
    "/more": lambda _: page(
        f"{TABLE}<p>45 righe</p><button onclick='more()'>Carica altri</button>",
        f"{DRAW} let at = 0; function more() {{ setTimeout(() => {{ add(rows.slice(at, at += 10)); "
        "if (at >= 45) document.querySelector('button').remove(); }, 120); } more();",
    ),
    # rows are added while the list is scrolled down
    "/scroll": lambda _: page(
        f"<div id=box style='height:120px;overflow:auto'>{TABLE}</div>",
        f"{DRAW} let at = 0, busy = false; function more() {{ if (busy || at >= 45) return; busy = true; "
        "setTimeout(() => { add(rows.slice(at, at += 10)); busy = false; }, 80); } more(); "
        "const box = document.querySelector('#box'); "
        "box.onscroll = () => { if (box.scrollTop + box.clientHeight > box.scrollHeight - 5) more(); };",
    ),
    # a pager in the page, as DataTables has it: no request, a class says what is disabled, headings in another table
    "/datatables": lambda _: page(
        "<label>Mostra <select onchange='choose(+this.value)'><option>10<option value=25>25 righe</select></label>"
        "<div class=head><table><thead><tr><th>Codice ▲<th>Importo</thead></table></div>"
        "<div class=body><table><thead style='height:0'><tr><th>Codice<th>Importo</thead><tbody></tbody></table></div>"
        "<div class=info></div><ul><li class='paginate_button next'><a href='#' onclick='show(at + 1); return false'>"
        "Successivo</a></li></ul>",
        f"{DRAW} let at = 0, size = 10; "
        "function choose(n) { size = n; show(0); } "
        "function show(n) { if (n * size >= 45) return; at = n; body.replaceChildren(); "
        "add(rows.slice(n * size, (n + 1) * size)); document.querySelector('.info').textContent = "
        "`Vista da ${n * size + 1} a ${Math.min(45, (n + 1) * size)} di 45 elementi`; "
        "document.querySelector('li').classList.toggle('disabled', (n + 1) * size >= 45); } show(0);",
    ),
    # rows that come after the page, some at first and some later
    "/late": lambda _: page(
        "<p class=tot>Totale: 45</p>" + TABLE,
        f"{DRAW} setTimeout(() => add(rows.slice(0, 20)), 300); setTimeout(() => add(rows.slice(20)), 900);",
    ),
    "/frame": lambda _: page("<iframe name=inner src='/inner'></iframe>"),
    "/inner": lambda _: page(
        "<button onclick='show()'>Mostra</button>" + TABLE, f"{DRAW} function show() {{ add(rows); }}"
    ),
    # a list of pages by address; behind the last one, the last one again
    "/pages": lambda q: page(
        rows(min(int(q.get("p", "1")) - 1, 4) * SIZE, SIZE) + "".join(f"<a href='?p={n}'>{n}</a> " for n in range(1, 6))
    ),
    # a grid of another element's making, inside shadow roots
    "/shadow": lambda _: page(
        "<my-grid></my-grid>",
        "customElements.define('my-grid', class extends HTMLElement { connectedCallback() { "
        "const root = this.attachShadow({mode: 'open'}); root.innerHTML = '<div role=grid>"
        "<div role=row><span role=columnheader>Codice</span><span role=columnheader>Importo</span></div></div>'; "
        "for (let i = 0; i < 45; i++) { const row = document.createElement('div'); row.setAttribute('role', 'row'); "
        "row.innerHTML = `<span role=gridcell>${String(i + 1).padStart(3, '0')}</span>"
        "<span role=gridcell><slot-cell></slot-cell></span>`; "
        "root.firstChild.append(row); row.querySelector('slot-cell').textContent = (1000 + i) + ',50'; } } });",
    ),
    # fields that a person can edit: what counts is what stands in them now
    "/fields": lambda _: page(
        TABLE,
        "const body = document.querySelector('tbody'); for (let i = 0; i < 45; i++) { const tr = body.insertRow(); "
        "tr.insertCell().textContent = String(i + 1).padStart(3, '0'); const input = document.createElement('input'); "
        "tr.insertCell().append(input); input.value = (1000 + i) + ',50'; }",
    ),
    # a login over two pages with a one-time code, a cookie banner in the way
    "/login": lambda _: page(
        "<div id=banner>Cookie? <button onclick='this.parentNode.remove()'>Accetta</button></div>"
        "<label>Utente <input id=u></label><button onclick=\"location = '/code?u=' + u.value\">Avanti</button>"
    ),
    "/code": lambda _: page(
        "<label>Password <input id=p type=password></label><label>Codice <input id=c></label>"
        "<button onclick=\"location = '/in?c=' + c.value + '&p=' + p.value\">Entra</button>"
    ),
    "/in": lambda q: page(f"<h1>Benvenuto</h1><p id=code>{q.get('c', '')}</p>"),
    # a short list by JSON, and the page of a row that a script fills
    "/few": lambda _: page("<div id=list></div>", "fetch('/api/items?cursor=40');"),
    "/shown": lambda _: page(
        "<dl></dl>",
        "setTimeout(() => { const code = location.hash.slice(1); "
        "document.querySelector('dl').innerHTML = `<dt>Codice</dt><dd>${code}</dd>`; }, 50);",
    ),
    # JSON in pages by cursor, by scrolling, by POST
    "/spa": lambda _: page(
        "<div id=list></div><button onclick='load()'>Altri</button>",
        "let next = '/api/items?cursor=0'; async function load() { const answer = await (await fetch(next)).json(); "
        "list.append(answer.data.items.length + ' '); next = answer.next; "
        "if (!next) document.querySelector('button').disabled = true; } load(); fetch('/api/items/count');",
    ),
    # a grid that draws only the rows in view, with a fixed column in a container of its own, rows in any order
    "/virtual": lambda _: page(
        "<p>45 righe</p><div role=grid aria-colcount=2><div role=row aria-rowindex=1>"
        "<b role=columnheader aria-colindex=2>Importo</b></div><div role=row aria-rowindex=1>"
        "<b role=columnheader aria-colindex=1>Codice</b></div>"
        "<div id=box style='height:100px;overflow-y:auto'><div id=all style='position:relative'></div></div></div>",
        "all.style.height = 45 * 20 + 'px'; const row = (i, column, text) => `<div role=row aria-rowindex=${i + 2} "
        "style='position:absolute;top:${i * 20}px;left:${column * 90}px'><i role=gridcell aria-colindex=${column}>"
        "${text}</i></div>`; function draw() { const first = Math.max(0, Math.floor(box.scrollTop / 20) - 1); "
        "const shown = []; for (let i = first; i < Math.min(45, first + 8); i++) shown.unshift("
        "row(i, 2, (1000 + i) + ',50') + row(i, 1, String(i + 1).padStart(3, '0'))); "
        "all.innerHTML = shown.join(''); } draw(); box.onscroll = () => setTimeout(draw, 20);",
    ),
    # a page that asks whether to leave it
    "/asks": lambda _: page("<button>Modifica</button>", "onbeforeunload = event => event.preventDefault();"),
    # a button that loads as soon as it comes into view, and is another one then
    "/more-in-view": lambda _: page(
        "<div style='height:3000px'></div><table><tr><th>Codice<th>Importo</table>",
        "const table = document.querySelector('table'); let shown = 0; function add() { for (const end = shown + 15; "
        "shown < end; shown++) table.insertAdjacentHTML('beforeend', `<tr><td>${String(shown + 1).padStart(3, '0')}"
        "<td>${1000 + shown},50`); document.querySelector('tr.more')?.remove(); if (shown >= 45) return; "
        "table.insertAdjacentHTML('beforeend', '<tr class=more><td colspan=2><button>Altri</button>'); "
        "new IntersectionObserver(seen => { if (seen[0].isIntersecting) add(); })"
        ".observe(document.querySelector('tr.more')); } add();",
    ),
    # one address for everything: the list is told from other answers by what is asked
    "/graphql": lambda _: page(
        "<div id=list></div>",
        "const ask = (name, page) => fetch('/api/graphql', {method: 'POST', headers: {'X-Token': 'abc'}, "
        "body: JSON.stringify({operation: name, paging: {page}})}).then(r => r.json()); "
        "ask('Menu', 3).then(() => setTimeout(() => ask('Items', 1).then(a => { list.append(a.data.items.length); "
        "ask('Other', 2); }), 400));",
    ),
    "/spa-post": lambda _: page(
        "<div id=list></div>",
        "fetch('/api/search', {method: 'POST', headers: {'Content-Type': 'application/json', 'X-Token': 'abc'}, "
        "body: JSON.stringify({paging: {page: 1, size: 10}})})"
        ".then(r => r.json()).then(a => list.append(a.data.items.length));",
    ),
}


def items(start: int) -> list[dict[str, object]]:
    return [{"code": f"{i + 1:03}", "amount": 1000.5 + i} for i in range(start, min(start + SIZE, ROWS))]


class Handler(BaseHTTPRequestHandler):
    """Serves PAGES and a little JSON."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/api/items":
            start = int(query["cursor"])
            following = f"/api/items?cursor={start + SIZE}" if start + SIZE < ROWS else None
            self._send(json.dumps({"data": {"items": items(start)}, "next": following}), "application/json")
        elif parts.path == "/api/items/count":
            self._send('{"count": 45}', "application/json")
        elif parts.path in PAGES:
            self._send(PAGES[parts.path](query), "text/html; charset=utf-8")
        else:
            self._send("nothing here", "text/html", 404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("X-Token") != "abc":
            self._send("{}", "application/json", 401)
            return
        start = (body["paging"]["page"] - 1) * SIZE
        if body.get("operation") == "Menu":
            self._send('{"data": {"menu": []}}', "application/json")
            return
        self._send(json.dumps({"data": {"items": items(start), "total": ROWS}}), "application/json")

    def _send(self, text: str, content_type: str, status: int = 200) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Silence."""


@contextmanager
def serving_pages() -> Iterator[str]:
    """The base URL until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
