"""The four lists over HTTP: pages with a grid, the grid's callbacks, the orders' JSON service, the detail pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from demo_erp import grid
from demo_erp.erp import Erp
from demo_erp.fields import LISTS, ORDERS, ListSpec
from demo_erp.gate import ProtectedPage, posted, to_login
from demo_erp.grid import FilterError, GridState
from demo_erp.locales import Locale, negotiate, show
from demo_erp.misbehaviour import Switch
from demo_erp.rendering import render
from demo_erp.sessions import Ending, Session
from demo_erp.settings import PAGE_SIZES
from demo_erp.views import View, page_of
from demo_erp.viewstate import GENERATOR, StateError

ORDERS_SERVICE = "/Servizi/Ordini.ashx"
BAD_FILTER = "Data non valida nel filtro «Modificati dal»."


def list_page(spec: ListSpec) -> ProtectedPage:
    """GET draws the whole page in the state of the address; POST answers a callback of its grid with the grid alone."""

    async def page(erp: Erp, request: Request, session: Session) -> Response:
        locale = negotiate(request.headers.get("accept-language"))
        if _loses_session(erp, session):
            return to_login(request, Ending.DROPPED)
        if request.method == "POST":
            return await _callback(erp, request, session, spec, locale)
        erp.requests[f"page:{spec.name}"] += 1
        error = ""
        try:
            state = grid.state_of_address(request.query_params, locale)
        except FilterError:
            state, error = GridState(), BAD_FILTER
        view, state = _read(erp, spec, state, locale)
        viewstate = erp.sealer.seal(spec.page, session.id, {})
        html = render(
            "list.html",
            title=spec.title,
            page=spec.page,
            user=session.user,
            since=grid.since_text(state, locale),
            sizes=PAGE_SIZES,
            current_size=state.size,
            error=error,
            viewstate=viewstate,
            generator=GENERATOR,
            validation=erp.sealer.validation(viewstate),
            service=ORDERS_SERVICE if spec is ORDERS else "",
            grid=grid.drawn(view, state, _sealed(erp, spec, session, state), _ballast(erp)),
        )
        return HTMLResponse(html)

    return page


def detail_page(spec: ListSpec) -> ProtectedPage:
    """One row with the fields that the list does not show."""

    async def page(erp: Erp, request: Request, session: Session) -> Response:
        erp.requests[f"detail:{spec.name}"] += 1
        locale = negotiate(request.headers.get("accept-language"))
        key = [request.query_params.get(spec.field(name).member.lower(), "") for name in spec.key]
        record = erp.store.tables[spec.name].find(key)
        if record is None:
            return HTMLResponse(
                render("message.html", title="Record non trovato", text="Il record è stato eliminato."), status_code=404
            )
        lines = [
            (field.header, field.member, grid.cell(show(record[field.name], field, locale)))
            for field in spec.all_fields
        ]
        return HTMLResponse(
            render("detail.html", title=f"{spec.title} - scheda", page=spec.page, lines=lines, user=session.user)
        )

    return page


async def orders_service(erp: Erp, request: Request, session: Session) -> Response:
    """A page of the orders as JSON, which the orders page fetches when its reader turns a page."""
    locale = negotiate(request.headers.get("accept-language"))
    if _loses_session(erp, session):
        return to_login(request, Ending.DROPPED)
    erp.requests[f"service:{ORDERS.name}"] += 1
    try:
        state = _service_state(erp, request, session, locale)
    except FilterError:
        return JSONResponse({"errore": BAD_FILTER}, status_code=400)
    except StateError:
        return JSONResponse({"errore": STATE_REJECTED}, status_code=400)
    view, state = _read(erp, ORDERS, state, locale)
    columns = view.spec.fields
    rows = [
        {
            **{column.member: text for column, text in zip(columns, texts, strict=True)},
            "Scheda": grid.detail_address(view.spec, record),
        }
        for record, texts in zip(view.rows, view.texts(), strict=True)
    ]
    return JSONResponse(
        {
            "pagina": view.page,
            "pagine": view.pages,
            "totale": view.total,
            "totale_testo": view.total_text,
            "colonne": [
                {"campo": column.member, "titolo": column.header, "numerico": column.numeric} for column in columns
            ],
            "righe": rows,
            "pager": render("pager.html", grid=grid.pager(view, state)),
            "stato": _sealed(erp, ORDERS, session, state),
        }
    )


STATE_REJECTED = "Stato della vista non valido o scaduto. Ricaricare la pagina."


def state_rejected() -> Response:
    """The answer to a post whose hidden state is missing, altered or another page's."""
    return HTMLResponse(render("message.html", title="Richiesta non valida", text=STATE_REJECTED), status_code=400)


async def _callback(erp: Erp, request: Request, session: Session, spec: ListSpec, locale: Locale) -> Response:
    form = await posted(request)
    viewstate = form.get("__VIEWSTATE", "")
    try:
        erp.sealer.open(spec.page, session.id, viewstate)
        erp.sealer.check_validation(viewstate, form.get("__EVENTVALIDATION", ""))
        packed = erp.sealer.open(spec.grid_id, session.id, form.get(f"{spec.grid_id}$CallbackState", ""))
    except StateError:
        return state_rejected()
    if form.get("__CALLBACKID") != spec.grid_id:
        return state_rejected()
    erp.requests[f"callback:{spec.name}"] += 1
    try:
        state = grid.commanded(GridState.unpacked(packed), form.get("__CALLBACKPARAM", ""), locale)
    except FilterError:
        return HTMLResponse(BAD_FILTER, status_code=400)
    view, state = _read(erp, spec, state, locale)
    drawn = grid.drawn(view, state, _sealed(erp, spec, session, state), _ballast(erp))
    return HTMLResponse(render("grid.html", grid=drawn), headers={"Cache-Control": "private"})


def _service_state(erp: Erp, request: Request, session: Session, locale: Locale) -> GridState:
    sealed = request.query_params.get("stato")
    if sealed is None:
        return grid.state_of_address(request.query_params, locale)
    state = GridState.unpacked(erp.sealer.open(ORDERS.grid_id, session.id, sealed))
    return grid.commanded(state, f"PAGINA|{request.query_params.get('pagina', '1')}", locale)


def _read(erp: Erp, spec: ListSpec, state: GridState, locale: Locale) -> tuple[View, GridState]:
    view = page_of(
        erp.store,
        spec.name,
        locale,
        state.query(LISTS[spec.name]),
        page=state.page,
        size=state.size,
        misbehaviour=erp.misbehaviour,
        now=erp.now(),
    )
    return view, GridState(view.page, state.size, state.sort, state.descending, state.since)


def _sealed(erp: Erp, spec: ListSpec, session: Session, state: GridState) -> str:
    return erp.sealer.seal(spec.grid_id, session.id, state.packed())


def _loses_session(erp: Erp, session: Session) -> bool:
    """Counts a page of a list; whether the session ends instead of the page being shown."""
    session.list_pages += 1
    after = erp.misbehaviour.number(Switch.LOGOUT_AFTER)
    if after is None or session.list_pages <= after:
        return False
    erp.misbehaviour.fires(Switch.LOGOUT_AFTER)
    erp.sessions.drop(session.id)
    return True


def _ballast(erp: Erp) -> str:
    megabytes = erp.misbehaviour.fires(Switch.HUGE_PAGE)
    return "" if megabytes is None else "/wEPDwUK" * (int(megabytes) << 17)
