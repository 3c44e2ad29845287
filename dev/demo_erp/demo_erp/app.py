"""The addresses of the ERP."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Route

from demo_erp import control
from demo_erp.entrance import login_page, logout_page, menu_page, root
from demo_erp.erp import Erp
from demo_erp.exports import export_page
from demo_erp.fields import LISTS
from demo_erp.gate import LOGIN_PAGE, protected, public
from demo_erp.listpages import ORDERS_SERVICE, detail_page, list_page, orders_service


def application(erp: Erp) -> Starlette:
    """The ASGI application of one ERP."""
    routes = [
        *control.routes(),
        Route("/", root),
        Route(LOGIN_PAGE, public(login_page), methods=["GET", "POST"]),
        Route("/Logout.aspx", public(logout_page)),
        Route("/Menu.aspx", protected(menu_page)),
        Route("/Esporta.aspx", protected(export_page)),
        Route(ORDERS_SERVICE, protected(orders_service)),
    ]
    for spec in LISTS.values():
        routes.append(Route(f"/{spec.page}", protected(list_page(spec)), methods=["GET", "POST"]))
        if spec.detail_page:
            routes.append(Route(f"/{spec.detail_page}", protected(detail_page(spec))))
    app = Starlette(routes=routes)
    app.state.erp = erp
    return app
