"""Coming in and going out: the login form with its hidden state, the menu, logging out."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from demo_erp.erp import Erp
from demo_erp.gate import AUTH_COOKIE, LOGIN_PAGE, posted
from demo_erp.listpages import state_rejected
from demo_erp.rendering import render
from demo_erp.sessions import ENDING_TEXTS, Ending, Refusal, Session
from demo_erp.viewstate import GENERATOR, StateError

FORM_COOKIE = "ASP.NET_SessionId"
_PAGE = LOGIN_PAGE.removeprefix("/")


async def login_page(erp: Erp, request: Request) -> Response:
    """GET shows the form; POST wants its hidden state back, and the form's own cookie, besides name and password."""
    if request.method == "POST":
        return await _login(erp, request)
    return _form(erp, request)


async def menu_page(_erp: Erp, _request: Request, session: Session) -> Response:
    return HTMLResponse(render("menu.html", user=session.user))


async def logout_page(erp: Erp, request: Request) -> Response:
    erp.sessions.logout(request.cookies.get(AUTH_COOKIE))
    response = RedirectResponse(f"{LOGIN_PAGE}?motivo={Ending.LOGGED_OUT}", status_code=302)
    response.delete_cookie(AUTH_COOKIE)
    return response


async def root(_request: Request) -> Response:
    return RedirectResponse("/Menu.aspx", status_code=302)


async def _login(erp: Erp, request: Request) -> Response:
    form = await posted(request)
    visitor = request.cookies.get(FORM_COOKIE, "")
    viewstate = form.get("__VIEWSTATE", "")
    try:
        erp.sealer.open(_PAGE, visitor, viewstate)
        erp.sealer.check_validation(viewstate, form.get("__EVENTVALIDATION", ""))
        erp.sealer.open("token", visitor, form.get("__RequestVerificationToken", ""))
    except StateError:
        return state_rejected()
    user = form.get("ctl00$txtUtente", "")
    session = erp.sessions.login(
        user,
        form.get("ctl00$txtPassword", ""),
        erp.clock(),
        lifetime=erp.session_seconds,
        wrong_passwords=erp.wrong_passwords,
        limit=erp.session_limit,
    )
    if isinstance(session, Refusal):
        return _form(erp, request, user=user, error=session)
    response = RedirectResponse(_safe(request.query_params.get("ReturnUrl", "")), status_code=302)
    response.set_cookie(AUTH_COOKIE, session.id, httponly=True, samesite="lax")
    return response


def _form(erp: Erp, request: Request, user: str = "", error: str = "") -> Response:
    visitor = request.cookies.get(FORM_COOKIE) or secrets.token_hex(12)
    viewstate = erp.sealer.seal(_PAGE, visitor, {"n": secrets.token_hex(8)})
    reason = request.query_params.get("motivo", "")
    notice = ENDING_TEXTS[Ending(reason)] if reason in list(Ending) and not error else ""
    query = f"?{request.url.query}" if request.url.query else ""
    html = render(
        "login.html",
        action=LOGIN_PAGE + query,
        viewstate=viewstate,
        generator=GENERATOR,
        validation=erp.sealer.validation(viewstate),
        token=erp.sealer.seal("token", visitor, {}),
        notice=notice,
        error=error,
        user=user,
    )
    response = HTMLResponse(html, headers={"Cache-Control": "no-store"})
    response.set_cookie(FORM_COOKIE, visitor, httponly=True, samesite="lax")
    return response


def _safe(wanted: str) -> str:
    """Where to go after the login: a page of this server, never another one."""
    if wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not wanted.startswith(LOGIN_PAGE):
        return wanted
    return "/Menu.aspx"
