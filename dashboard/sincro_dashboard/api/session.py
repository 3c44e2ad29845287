"""Signing in and out of the pages, and what the signed-in user may do.

Decided here: the session is the token itself in a cookie that no script can read, so that it ends when the cluster says
so and every replica knows it. Not here: whose token it is (`identity`).
"""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from pydantic import Field

from sincro_contract.model import Document
from sincro_dashboard.api.services import Services, Use, Who, csrf_secret, services_of
from sincro_dashboard.cluster.door import Kind
from sincro_dashboard.identity.credentials import SESSION_COOKIE, Token
from sincro_dashboard.identity.csrf import csrf_token
from sincro_dashboard.identity.model import Action, Identity, Shown
from sincro_dashboard.problems import Problem, ProblemKind, documented

router = APIRouter(prefix="/api", tags=["session"])

_SHOWN_NAMESPACES = 20
_LONGEST_COOKIE = 4096
"""Of name and value together: browsers drop a longer one without a word."""
_PERMISSIONS = {
    "sync": Action.SYNC,
    "force": Action.FORCE,
    "cancel": Action.CANCEL,
    "pauseSources": Action.PAUSE_SOURCE,
    "pauseSchedules": Action.PAUSE_SCHEDULE,
    "evidence": Action.READ_EVIDENCE,
    "log": Action.READ_LOG,
}


class SignIn(Document):
    """A token of the cluster."""

    token: str = Field(min_length=1, max_length=16384, examples=["eyJhbGciOi..."])


class SessionView(Document):
    """Who you are and what you may do."""

    user: str
    groups: list[str]
    signed_in_by: Shown
    csrf_token: str = Field(description="Send it as X-CSRF-Token with whatever changes something")
    home_namespace: str
    namespaces: list[str] = Field(description="Those whose tasks you may see")
    permissions: dict[str, list[str]] = Field(description="What you may do, by namespace; for at most 20 of them")
    stale: list[str] = Field(description="What the dashboard cannot follow at the moment, in sentences")
    live: bool = Field(description="Whether live progress can be had")
    history: bool = Field(description="Whether there is a history database")


@router.get(
    "/session",
    summary="Who you are and what you may do",
    responses=documented(ProblemKind.UNAUTHENTICATED, ProblemKind.UNAVAILABLE),
)
async def session(request: Request, services: Use, who: Who) -> SessionView:
    """For pages: the CSRF token, the namespaces, and which buttons make sense."""
    return await _view(services, who, csrf_secret(request, who))


@router.post(
    "/session",
    summary="Sign in with a token",
    responses=documented(
        ProblemKind.UNAUTHENTICATED, ProblemKind.CROSS_SITE, ProblemKind.INVALID, ProblemKind.UNAVAILABLE
    ),
)
async def sign_in(request: Request, response: Response, body: Annotated[SignIn, Body()]) -> SessionView:
    """Check the token and keep it in a cookie that scripts cannot read."""
    services = services_of(request)
    if len(f"{SESSION_COOKIE}={body.token.strip()}") > _LONGEST_COOKIE:
        words = "This token is too long for a browser to keep: sign in with one of a service account, or by a proxy."
        raise Problem(ProblemKind.INVALID, words)
    who = await services.authenticator.identify(Token(body.token.strip() if body.token.isascii() else "", Shown.COOKIE))
    response.set_cookie(
        SESSION_COOKIE,
        body.token.strip(),
        path=services.settings.base_path or "/",
        httponly=True,
        secure=services.settings.secure_cookies,
        samesite="strict",
    )
    return await _view(services, who, body.token.strip())


@router.delete("/session", status_code=204, summary="Sign out")
async def sign_out(request: Request, response: Response) -> None:
    """Take the cookie away. The token itself stays valid until the cluster ends it."""
    services = services_of(request)
    response.delete_cookie(
        SESSION_COOKIE,
        path=services.settings.base_path or "/",
        httponly=True,
        secure=services.settings.secure_cookies,
        samesite="strict",
    )


async def _view(services: Services, who: Identity, secret: str) -> SessionView:
    candidates = services.namespaces()
    readable = sorted(await services.authorizer.namespaces(who, Action.READ_TASKS, candidates))
    return SessionView(
        user=who.user,
        groups=list(who.groups),
        signed_in_by=who.shown,
        csrf_token=csrf_token(secret),
        home_namespace=services.settings.home_namespace,
        namespaces=readable,
        permissions={
            namespace: [
                word
                for word, action in _PERMISSIONS.items()
                if await services.authorizer.allowed(who, action, namespace)
            ]
            for namespace in readable[:_SHOWN_NAMESPACES]
        },
        stale=[feed.problem for kind in Kind if (feed := services.cache.feed(kind)).problem],
        live=services.settings.redis_url is not None,
        history=services.history is not None,
    )
