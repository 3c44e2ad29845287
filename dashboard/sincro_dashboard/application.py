"""Puts the application together: routes, problems, headers, pages, Socket.IO. No rule stands here."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import socketio
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from starlette.exceptions import HTTPException
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from sincro_dashboard.api import overview, session, steering, sync, system, tasks
from sincro_dashboard.api.services import Services
from sincro_dashboard.cluster.door import Busy, ClusterError, Conflict, Denied, NotFound, Refused
from sincro_dashboard.identity.authenticator import TokenRejected
from sincro_dashboard.identity.authorizer import Forbidden
from sincro_dashboard.identity.csrf import CSRF_HEADER
from sincro_dashboard.live.hub import Hub
from sincro_dashboard.pages import SECURITY_HEADERS, Pages
from sincro_dashboard.problems import InvalidPart, Problem, ProblemDetails, ProblemKind, documented
from sincro_dashboard.rate_limit import TooMany

logger = logging.getLogger(__name__)

VERSION = "0.1.0"
_DESCRIPTION = """
Sincro keeps a company's own database in step with an ERP that has no API. This API shows what it does and steers it.

Sign in with a bearer token of the cluster; every action is checked against the cluster's own rights. Errors are problem
details (RFC 9457). Live progress comes as the Socket.IO event `sync:progress`.
"""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def _nothing(_app: FastAPI) -> AsyncIterator[None]:
    yield


def create_api(services: Services, lifespan: Lifespan = _nothing) -> FastAPI:
    """The REST API, with the pages behind it when the settings name a folder."""
    app = FastAPI(
        title="Sincro",
        version=VERSION,
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        separate_input_output_schemas=False,
        responses=documented(ProblemKind.UNEXPECTED),
    )
    app.state.services = services
    for module in (sync, tasks, overview, steering, session, system):
        app.include_router(module.router)
    _answer_problems(app)
    _observe(app, services)
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    if services.settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(services.settings.allowed_origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", CSRF_HEADER],
            expose_headers=["Location", "X-Sincro-Stale"],
            max_age=600,
        )
    app.add_middleware(_Below, base_path=services.settings.base_path)
    if services.settings.web_folder is not None:
        app.mount("/", Pages(services.settings.web_folder, services.settings.base_path))
    _describe_problems(app)
    return app


def create_application(services: Services, hub: Hub, lifespan: Lifespan = _nothing) -> Any:
    """The ASGI application: Socket.IO in front of the API."""
    application = socketio.ASGIApp(hub.server, create_api(services, lifespan), socketio_path="socket.io")
    base = services.settings.base_path
    # An ingress may take the path away that it mounts the dashboard at, or leave it.
    return socketio.ASGIApp(hub.server, application, socketio_path=f"{base}/socket.io") if base else application


class _Below:
    """Tells what is within at which path an ingress mounts the dashboard; without that path it is answered as well."""

    def __init__(self, app: ASGIApp, base_path: str) -> None:
        self._app = app
        self._base_path = base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["root_path"] = self._base_path
        await self._app(scope, receive, send)


def _describe_problems(app: FastAPI) -> None:
    """Have the problem document among the schemas, and the 422 of FastAPI's own making replaced by it."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = generate()
            schemas = schema["components"]["schemas"]
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas["ProblemDetails"] = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
            for operations in schema["paths"].values():
                for operation in operations.values():
                    invalid = operation["responses"].get("422")
                    if invalid and "application/json" in invalid.get("content", {}):
                        operation["responses"]["422"] = documented(ProblemKind.INVALID)[422]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _answer_problems(app: FastAPI) -> None:
    """Every error as a problem document."""
    base = app.state.services.settings.base_path

    async def problem(request: Request, error: Exception) -> Response:
        found = problem_of(error)
        if found.kind is ProblemKind.METHOD_NOT_ALLOWED:
            found.headers["Allow"] = ", ".join(_methods(app, request.url.path.removeprefix(base))) or "GET"
        return found.response()

    for kind in (Problem, TokenRejected, Forbidden, TooMany, ClusterError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, problem)
    app.add_exception_handler(Exception, problem)


def _methods(app: FastAPI, path: str) -> list[str]:
    """What an address allows: each route by itself knows only its own methods."""
    return sorted(
        {
            method.upper()
            for template, operations in app.openapi()["paths"].items()
            if compile_path(template)[0].match(path)
            for method in operations
        }
    )


def problem_of(error: Exception) -> Problem:
    """The problem that an error of any layer is for the caller."""
    match error:
        case Problem():
            return error
        case TokenRejected():
            return Problem(ProblemKind.UNAUTHENTICATED, str(error), headers={"WWW-Authenticate": "Bearer"})
        case Forbidden():
            return Problem(ProblemKind.FORBIDDEN, str(error), right=error.action.words)
        case TooMany():
            return Problem(ProblemKind.TOO_MANY, str(error), headers={"Retry-After": str(error.retry_after)})
        case ClusterError():
            return _cluster_problem(error)
        case RequestValidationError():
            return _invalid(error)
        case HTTPException():
            return _http_problem(error)
        case _:
            return Problem(ProblemKind.UNEXPECTED, "The server failed; its log says how.")


def _cluster_problem(error: ClusterError) -> Problem:
    match error:
        case NotFound():
            return Problem(ProblemKind.NOT_FOUND, f"The cluster does not have it: {error}")
        case Conflict():
            return Problem(ProblemKind.WRONG_STATE, f"The cluster has changed in the meantime: {error}")
        case Refused():
            return Problem(ProblemKind.REFUSED, f"The cluster refused it: {error}")
        case Denied() if error.status == 403:
            return Problem(ProblemKind.REFUSED, f"The cluster does not let the dashboard do this: {error}")
        case Busy():
            seconds = str(max(1, round(error.retry_after or 1)))
            return Problem(ProblemKind.UNAVAILABLE, "The cluster is busy.", headers={"Retry-After": seconds})
        case _:
            return Problem(
                ProblemKind.UNAVAILABLE, f"The cluster cannot be asked: {error}", headers={"Retry-After": "2"}
            )


def _invalid(error: RequestValidationError) -> Problem:
    parts = [
        InvalidPart(where=".".join(str(part) for part in found["loc"]), message=str(found["msg"]))
        for found in error.errors()
    ]
    detail = "; ".join(f"{part.where}: {part.message}" for part in parts[:5])
    return Problem(ProblemKind.INVALID, detail, errors=[part.model_dump() for part in parts[:20]])


def _http_problem(error: HTTPException) -> Problem:
    headers = dict(error.headers or {})
    by_status = {
        401: ProblemKind.UNAUTHENTICATED,
        403: ProblemKind.FORBIDDEN,
        404: ProblemKind.NOT_FOUND,
        405: ProblemKind.METHOD_NOT_ALLOWED,
        413: ProblemKind.TOO_LARGE,
    }
    kind = by_status.get(error.status_code, ProblemKind.INVALID if error.status_code < 500 else ProblemKind.UNEXPECTED)
    return Problem(kind, f"{error.detail}.", headers=headers)


def _observe(app: FastAPI, services: Services) -> None:
    """Measure each request, and have every answer of the API say what browsers must not do with it."""

    @app.middleware("http")
    async def observe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        began = time.perf_counter()
        try:
            response = await call_next(request)
        except Exception as error:
            logger.exception("request_failed", extra={"method": request.method, "path": request.url.path})
            response = problem_of(error).response()
        route = getattr(request.scope.get("route"), "path", "pages")
        measured = services.measurements
        measured.requests.labels(route=route, method=request.method, status=str(response.status_code)).inc()
        measured.request_seconds.labels(route=route, method=request.method).observe(time.perf_counter() - began)
        if route != "pages":
            for name, value in SECURITY_HEADERS.items():
                response.headers.setdefault(name, value)
            response.headers.setdefault("Cache-Control", "no-store")
            stale = [feed.since for feed in services.cache.feeds.values() if feed.problem and feed.since]
            if stale:
                response.headers["X-Sincro-Stale"] = min(stale).isoformat()
        return response
