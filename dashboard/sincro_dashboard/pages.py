"""The built pages, served as files with the headers that keep browsers strict.

Decided here: what is cached, which page answers which path, and the content security policy. Assets carry a hash in
their names; every path that is no file is the one page, which finds its way itself.
"""

import html
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from sincro_dashboard.problems import Problem, ProblemKind

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        " connect-src 'self' ws: wss:; manifest-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_FOREVER = "public, max-age=31536000, immutable"
_NO_PAGES = ("api", "assets", "socket.io")
"""Below these, an address that is no file is a mistake and not a page."""
_OPEN_TO_ALL = ("widget.js",)
"""Files that pages of others load: they may do so from anywhere, and get no cookie by it."""


class Pages:
    """An ASGI application over the folder that `npm run build` makes."""

    def __init__(self, folder: Path, base_path: str) -> None:
        self._folder = folder.resolve()
        self._base = f"{base_path}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file or the page."""
        request = Request(scope)
        response = await self._answer(request)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response(status_code=405, headers={"Allow": "GET, HEAD"})
        path = request.url.path.removeprefix(self._base).lstrip("/")
        target = self._file(path)
        if target is None and path.split("/")[0] in _NO_PAGES:
            return Problem(ProblemKind.NOT_FOUND, "There is nothing at this address.").response()
        if target is None:
            return self._page()
        name = target.relative_to(self._folder).as_posix()
        response = FileResponse(target)
        response.headers["Cache-Control"] = _FOREVER if name.startswith("assets/") else "no-cache"
        if name in _OPEN_TO_ALL:
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    def _file(self, path: str) -> Path | None:
        if not path or path == "index.html" or "\0" in path:
            return None
        try:
            target = (self._folder / path).resolve()
        except (OSError, ValueError):
            return None
        return target if target.is_relative_to(self._folder) and target.is_file() else None

    def _page(self) -> Response:
        text = (self._folder / "index.html").read_text(encoding="utf-8")
        text = text.replace('<base href="/"', f'<base href="{html.escape(self._base, quote=True)}"', 1)
        return HTMLResponse(text, headers={"Cache-Control": "no-cache"})
