"""What happens to every request before its page does: waiting, failing, maintenance, and the session check."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from demo_erp.erp import Erp
from demo_erp.misbehaviour import Switch
from demo_erp.rendering import render
from demo_erp.sessions import Ending, Session

AUTH_COOKIE = ".GESTAUTH"
LOGIN_PAGE = "/Login.aspx"

PublicPage = Callable[[Erp, Request], Awaitable[Response]]
ProtectedPage = Callable[[Erp, Request, Session], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def public(page: PublicPage) -> Endpoint:
    """A page that needs no session."""

    async def endpoint(request: Request) -> Response:
        erp: Erp = request.app.state.erp
        return await _obstacle(erp, request) or await page(erp, request)

    return endpoint


def protected(page: ProtectedPage) -> Endpoint:
    """A page that sends whoever has no session to the login page, which says why."""

    async def endpoint(request: Request) -> Response:
        erp: Erp = request.app.state.erp
        obstacle = await _obstacle(erp, request)
        if obstacle is not None:
            return obstacle
        session = erp.sessions.touch(request.cookies.get(AUTH_COOKIE), erp.clock(), erp.session_seconds)
        if isinstance(session, Ending):
            return to_login(request, session)
        return await page(erp, request, session)

    return endpoint


def to_login(request: Request, ending: Ending) -> Response:
    """To the login page, and from there back to the page that was wanted; but not to what only scripts fetch."""
    address = f"{LOGIN_PAGE}?motivo={ending}"
    if request.url.path.endswith(".aspx") and request.method == "GET":
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        address += f"&ReturnUrl={quote(wanted, safe='')}"
    return RedirectResponse(address, status_code=302)


async def posted(request: Request) -> dict[str, str]:
    """The fields of a posted form."""
    body = (await request.body()).decode("utf-8", "replace")
    return dict(parse_qsl(body, keep_blank_values=True))


async def _obstacle(erp: Erp, request: Request) -> Response | None:
    erp.requests[request.url.path.rpartition("/")[2] or "/"] += 1
    slow = erp.misbehaviour.fires(Switch.SLOW)
    await erp.sleep((erp.settings.page_delay_ms + int(slow or 0)) / 1000)
    if erp.misbehaviour.fires(Switch.ERROR_503) is not None:
        seconds = erp.misbehaviour.value(Switch.RETRY_AFTER) or "5"
        page = render("message.html", title="Servizio non disponibile", text="Server occupato. Riprovare più tardi.")
        return HTMLResponse(page, status_code=503, headers={"Retry-After": seconds})
    if erp.misbehaviour.fires(Switch.ERROR_500) is not None:
        page = render(
            "message.html",
            title="Errore server nell'applicazione '/'.",
            text="System.Data.SqlClient.SqlException: Timeout scaduto prima del completamento dell'operazione.",
        )
        return HTMLResponse(page, status_code=500)
    if erp.misbehaviour.fires(Switch.MAINTENANCE) is not None:
        text = "Il sistema sarà nuovamente disponibile al termine dell'intervento. Ci scusiamo per il disagio."
        return HTMLResponse(render("message.html", title="Sistema in manutenzione", text=text))
    return None
