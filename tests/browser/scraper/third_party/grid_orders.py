"""AG Grid and Tabulator in Italian over rows that stand in the page: nothing is fetched, only what is in view is drawn.

python grid_orders.py FOLDER PORT   makes FOLDER/orders.sqlite and serves http://127.0.0.1:PORT/ag-grid and /tabulator
"""

import json
import sqlite3
import sys
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROWS = 412
PACKAGES = ("ag-grid-community@36.2.0", "@ag-grid-community/locale@36.2.0", "tabulator-tables@6.5.3")
COLUMNS = ("codice", "cliente", "importo", "consegna", "pagato", "righe", "stato", "note", "sconto")
_CUSTOMERS = ["D'Angelo & Figli", "Società Però", "Rossi Mario", "Rossi Mario", 'Caffè "Ölmühle"']


def values(i: int) -> tuple[object, ...]:
    """One order; a pure function of its number."""
    return (
        f"P{i:05}",
        _CUSTOMERS[i % 5],
        None if i % 9 == 0 else str(Decimal(i * 123457 - 60000000).scaleb(-2)),
        None if i % 4 == 0 else (date(2026, 1, 31) + timedelta(days=i)).isoformat(),
        i % 3 == 0,
        i * 1371,
        "Aperto" if i % 2 else "Evaso",
        "fragile, «non capovolgere»" if i % 7 == 0 else None,
        str(Decimal(i % 1000).scaleb(-1)),
    )


_FORMATS = """
const amount = new Intl.NumberFormat('it-IT', {minimumFractionDigits: 2, useGrouping: 'always'});
const whole = new Intl.NumberFormat('it-IT', {useGrouping: 'always'});
const rate = new Intl.NumberFormat('it-IT', {minimumFractionDigits: 1});
const show = {
  importo: v => v == null ? '' : amount.format(+v) + ' €',
  consegna: v => v ? v.split('-').reverse().join('/') : '',
  righe: v => whole.format(v),
  sconto: v => rate.format(+v) + '%',
};
const title = {codice: 'Codice', cliente: 'Cliente', importo: 'Importo', consegna: 'Consegna', pagato: 'Pagato',
  righe: 'Righe', stato: 'Stato', note: 'Note', sconto: 'Sconto'};
document.querySelector('p').textContent = '1-25 di ' + whole.format(rows.length);
"""
_AG_GRID = """
const column = name => ({headerName: title[name], field: name, width: 180, pinned: name === 'codice' ? 'left' : null,
  ...(show[name] ? {valueFormatter: p => show[name](p.value)} : {})});
const names = Object.keys(title);
agGrid.createGrid(document.getElementById('grid'), {rowData: rows, localeText: AG_GRID_LOCALE_IT, columnDefs: [
  ...names.slice(0, 2).map(column), {headerName: 'Valori', children: ['importo', 'sconto'].map(column)},
  ...names.slice(3, 8).map(column)]});
"""
_TABULATOR = """
new Tabulator('#grid', {data: rows, height: 500, layout: 'fitColumns', columns: Object.keys(title).map(name => ({
  title: title[name], field: name, ...(name === 'pagato' ? {formatter: 'tickCross'} : {}),
  ...(show[name] ? {formatter: cell => show[name](cell.getValue())} : {})}))});
"""
_SCRIPTS = {
    "/ag-grid": (
        [
            "ag-grid-community/dist/ag-grid-community.min.js",
            "@ag-grid-community/locale/dist/umd/@ag-grid-community/locale.min.js",
        ],
        _AG_GRID,
    ),
    "/tabulator": (["tabulator-tables/dist/js/tabulator.min.js"], _TABULATOR),
}


def page(path: str, rows: str) -> str:
    """One grid's page."""
    files, script = _SCRIPTS[path]
    tags = "".join(f'<script src="/node_modules/{file}"></script>' for file in files)
    style = '<link rel="stylesheet" href="/node_modules/tabulator-tables/dist/css/tabulator.min.css">'
    return (
        f'<!doctype html><html lang="it"><meta charset="utf-8"><title>Ordini</title>{style}{tags}<h1>Ordini</h1><p></p>'
        f'<div id="grid" style="height:600px"></div><script>const rows = {rows};{_FORMATS}{script}</script></html>'
    )


def main() -> None:
    """Fill the database and serve."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    rows = [values(i) for i in range(1, ROWS + 1)]
    with sqlite3.connect(folder / "orders.sqlite") as connection:
        connection.execute(f"CREATE TABLE ordini ({', '.join(COLUMNS)})")
        connection.executemany(f"INSERT INTO ordini VALUES ({', '.join('?' * len(COLUMNS))})", rows)  # noqa: S608
    text = json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows])

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path not in _SCRIPTS:
                super().do_GET()
                return
            data = page(self.path, text).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(folder))).serve_forever()


if __name__ == "__main__":
    main()
