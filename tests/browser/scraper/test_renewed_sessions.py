"""An application that ends a session whenever it renews it: with each page that the browser opens.

What is read without the browser has the newest session.
"""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.scraper.test_pages import read

SIZE, COUNT = 5, 13
SCRIPT = "<script>fetch('/api?page=1')</script>"
LOGIN = "login:\n  steps: [{ goto: /login }]\n  success: text=Benvenuto\n"
COLUMNS = "key: code\ncolumns: { code: Codice, amount: { header: Importo, type: decimal } }\n"


class Server(ThreadingHTTPServer):
    """Knows the one session that holds."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = Lock()
        self.session = 0


class Handler(BaseHTTPRequestHandler):
    """GET only. /list and /login begin the session anew; everything else needs the one that holds."""

    server: Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        number = int(parse_qs(parts.query).get("page", ["1"])[0])
        rows = [(f"{n:03}", n) for n in range((number - 1) * SIZE, min(number * SIZE, COUNT))]
        if parts.path == "/login":
            self._answer(200, "<p>Benvenuto", renew=True)
        elif f"session={self.server.session}" not in (self.headers["Cookie"] or ""):
            self._answer(401, "no")
        elif parts.path in ("/spa", "/list"):
            drawn = "".join(f"<tr><td>{code}<td>{amount}" for code, amount in rows)
            script = SCRIPT if parts.path == "/spa" else ""
            self._answer(200, f"<table><tr><th>Codice<th>Importo{drawn}</table>{script}", renew=self._opened)
        else:
            self._answer(
                200, json.dumps([{"code": code, "amount": amount} for code, amount in rows]), "application/json"
            )

    @property
    def _opened(self) -> bool:
        """Whether a browser opens a page with this request."""
        return self.headers["Sec-Fetch-Dest"] == "document"

    def _answer(self, status: int, text: str, kind: str = "text/html", *, renew: bool = False) -> None:
        data = text.encode()
        self.send_response(status)
        if renew:
            with self.server.lock:
                self.server.session += 1
                self.send_header("Set-Cookie", f"session={self.server.session}; Path=/")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def renewing() -> Iterator[str]:
    with Server() as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


STREAMS = {
    "JSON": "open: /spa\ntransport: xhr\nresponse: { url: /api }\npaging: { by: page }\nkey: code\n"
    "columns: { code: code, amount: { field: amount, type: decimal } }\n",
    "pages over HTTP": "open: /list\ntransport: http\npaging: { by: page }\n" + COLUMNS,
    "pages in the browser": "open: /list\npaging: { by: page }\n" + COLUMNS,
}


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
async def test_the_newest_session_is_used(renewing: str, stream: str) -> None:
    rows = await read(renewing, stream, LOGIN)
    assert [row[0] for row in rows] == [f"{n:03}" for n in range(COUNT)]  # type: ignore[index]
