"""The files that a list can be taken away in: which list, which form, and in whose format."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from demo_erp import grid, tables
from demo_erp.erp import Erp
from demo_erp.fields import LISTS
from demo_erp.grid import FORMATS, FilterError
from demo_erp.listpages import BAD_FILTER
from demo_erp.locales import negotiate
from demo_erp.misbehaviour import Switch
from demo_erp.pdf import document
from demo_erp.rendering import render
from demo_erp.sessions import Session
from demo_erp.views import View, whole

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def export_page(erp: Erp, request: Request, session: Session) -> Response:
    """`?elenco=Clienti&formato=pdf`, with the filter and order of the list's own address; all rows, no pages."""
    del session
    form = request.query_params.get("formato", "").lower()
    wanted = request.query_params.get("elenco", "").lower()
    spec = next((spec for spec in LISTS.values() if spec.page.lower() == f"{wanted}.aspx"), None)
    locale = negotiate(request.headers.get("accept-language"))
    if spec is None or form not in FORMATS:
        return _refused("Elenco o formato non previsto.")
    try:
        state = grid.state_of_address(request.query_params, locale)
    except FilterError:
        return _refused(BAD_FILTER)
    erp.requests[f"{form}:{spec.name}"] += 1
    view = whole(erp.store, spec.name, locale, state.query(spec), erp.misbehaviour)
    content = await run_in_threadpool(_written, erp, view, form)
    if form == "pdf":
        kept = erp.misbehaviour.fires(Switch.TRUNCATED_PDF)
        content = content if kept is None else content[: len(content) * int(kept) // 100]
    name = f"{spec.page.removesuffix('.aspx')}_{erp.now():%Y%m%d}.{form}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private"}
    return Response(content, media_type=MEDIA_TYPES[form], headers=disposition)


def _written(erp: Erp, view: View, form: str) -> bytes:
    if form == "pdf":
        return document(view, erp.now())
    return tables.comma_separated(view) if form == "csv" else tables.workbook(view)


def _refused(text: str) -> Response:
    return HTMLResponse(render("message.html", title="Esportazione non riuscita", text=text), status_code=400)
