"""An application of somebody's own, as the profile of the tutorial expects one: a login, a list over pages, a log-out.

A program of the standard library alone: `python own_application.py PORT`.
"""

import html
import secrets
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "reader", "secret"
ROWS = 57
PAGE = 20
SESSIONS: set[str] = set()
LOGIN = """<form method="post"><label>Username <input name="user"></label>
<label>Password <input name="password" type="password"></label><button>Sign in</button></form>"""


def customers(page: int) -> str:
    """The list in Italian: a count, a table, and a link to the next page."""
    numbers = range((page - 1) * PAGE + 1, min(page * PAGE, ROWS) + 1)
    rows = "".join(
        f"<tr><td>C{n:03}</td><td>Cliente {n} &amp; figli</td><td>{n % 28 + 1:02}/0{n % 9 + 1}/2024</td>"
        f"<td>1.{n:03},50</td><td>{'Sì' if n % 2 else 'No'}</td></tr>"
        for n in numbers
    )
    following = f'<a href="/customers?page={page + 1}">Next</a>' if page * PAGE < ROWS else ""
    heads = "".join(f"<th>{name}</th>" for name in ("Code", "Company", "Customer since", "Balance", "Active"))
    return f"<p>{ROWS} customers</p><table><tr>{heads}</tr>{rows}</table>{following}"


class Application(BaseHTTPRequestHandler):
    """Pages for whoever has signed in."""

    def do_GET(self) -> None:
        """A page, or the way to the login."""
        place = urlsplit(self.path)
        if place.path == "/login":
            self._page(LOGIN)
        elif self._session() not in SESSIONS:
            self._go("/login")
        elif place.path == "/logout":
            SESSIONS.discard(self._session())
            self._go("/login")
        else:
            number = int(parse_qs(place.query).get("page", ["1"])[0])
            self._page('<a href="/logout">Log out</a>' + customers(number))

    def do_POST(self) -> None:
        """Sign in."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if (form.get("user"), form.get("password")) == ([USER], [PASSWORD]):
            session = secrets.token_hex(8)
            SESSIONS.add(session)
            self._go("/customers", f"session={session}; Path=/; HttpOnly")
        else:
            self._page(f"<p>{html.escape('wrong user or password')}</p>{LOGIN}")

    def _session(self) -> str:
        return (self.headers["Cookie"] or "").partition("session=")[2].partition(";")[0]

    def _page(self, body: str) -> None:
        text = f'<!doctype html><html lang="it"><meta charset="utf-8"><title>CRM</title>{body}</html>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _go(self, path: str, cookie: str = "") -> None:
        self.send_response(303)
        self.send_header("Location", path)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(sys.argv[1])), Application).serve_forever()
