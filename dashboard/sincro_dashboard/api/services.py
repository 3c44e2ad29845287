"""What routes work with, and the questions that all of them ask: who is it, what may they see, is it there?

Decided here: that a thing in a namespace that somebody may not read is not there for them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import AfterValidator, BeforeValidator
from starlette.requests import HTTPConnection

from sincro_contract.resources.sync_task import TaskState
from sincro_dashboard.cluster.cache import Cache
from sincro_dashboard.cluster.door import Cluster, Kind, Object
from sincro_dashboard.evidence_bucket import BucketEvidence
from sincro_dashboard.forecast import Forecast
from sincro_dashboard.history import History
from sincro_dashboard.identity.authenticator import Authenticator
from sincro_dashboard.identity.authorizer import Authorizer
from sincro_dashboard.identity.credentials import SESSION_COOKIE, ProxyTrust, Token, credential_of
from sincro_dashboard.identity.csrf import csrf_objection, csrf_token
from sincro_dashboard.identity.model import Action, Identity, Shown
from sincro_dashboard.measurements import Measurements
from sincro_dashboard.problems import Problem, ProblemKind
from sincro_dashboard.rate_limit import RateLimit
from sincro_dashboard.settings import Settings
from sincro_dashboard.views.lists import Filter
from sincro_dashboard.views.resources import name_of, namespace_of

_bearer = HTTPBearer(auto_error=False, description="A token of the cluster, for example of a service account")
_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="The session of the pages")

READ_OF = {
    Kind.TASK: Action.READ_TASKS,
    Kind.SOURCE: Action.READ_SOURCES,
    Kind.SCHEDULE: Action.READ_SCHEDULES,
}


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that routes use; made once, in `application`."""

    settings: Settings
    cluster: Cluster
    cache: Cache
    authenticator: Authenticator
    authorizer: Authorizer
    rate_limit: RateLimit
    history: History | None
    forecast: Forecast | None
    measurements: Measurements
    clock: Callable[[], datetime]
    started: datetime
    bucket: BucketEvidence | None = None

    def namespaces(self) -> frozenset[str]:
        """The namespaces that are shown at all."""
        if self.settings.namespaces:
            return frozenset(self.settings.namespaces)
        seen = {namespace_of(obj) for kind in Kind for obj in self.cache.all(kind)}
        return frozenset(seen | {self.settings.home_namespace})

    async def identify(self, connection: HTTPConnection) -> Identity:
        """Who sends this. Raises Problem 401, TokenRejected, ClusterError."""
        settings = self.settings
        trust = ProxyTrust(settings.trusted_proxies, settings.user_header, settings.groups_header)
        peer = connection.client.host if connection.client else None
        shown = credential_of(connection.headers, connection.cookies, peer, trust)
        if isinstance(shown, Token):
            return await self.authenticator.identify(shown)
        if shown is not None:
            return shown
        if settings.anonymous_user:
            return Identity(settings.anonymous_user, ("system:unauthenticated",), shown=Shown.ANONYMOUS)
        raise Problem(ProblemKind.UNAUTHENTICATED, "Sign in, or send a bearer token of the cluster.")

    async def readable(self, who: Identity, kind: Kind, namespace: str | None) -> frozenset[str]:
        """The namespaces whose objects of a kind may be shown. Raises Forbidden, or Problem 503 while none is known."""
        self.require_known(kind)
        action = READ_OF[kind]
        if namespace is not None:
            await self.authorizer.require(who, action, namespace)
            return frozenset({namespace})
        allowed = await self.authorizer.namespaces(who, action, self.namespaces())
        if not allowed:
            await self.authorizer.require(who, action, self.settings.home_namespace)
        return allowed

    async def find(self, who: Identity, kind: Kind, name: str, namespace: str | None) -> Object:
        """The object of this name: in the given namespace, else in the home one, else in the only one that has it.

        Raises Problem 404 also for what somebody may not read.
        """
        readable = await self.readable(who, kind, namespace)
        found = [obj for obj in self.cache.all(kind, readable) if name_of(obj) == name]
        home = [obj for obj in found if namespace_of(obj) == self.settings.home_namespace]
        if len(found) == 1 or home:
            return (home or found)[0]
        where = f' in the namespace "{namespace}"' if namespace else ""
        more = " Several namespaces have one: name the namespace." if found else ""
        raise Problem(ProblemKind.NOT_FOUND, f'There is no {kind.kind} "{name}"{where}.{more}')

    def require_known(self, *kinds: Kind) -> None:
        """Raise Problem 503 while a kind has never been listed."""
        for kind in kinds:
            feed = self.cache.feed(kind)
            if not feed.synced:
                detail = feed.problem or f"The {kind.value} are being read for the first time."
                raise Problem(ProblemKind.UNAVAILABLE, detail, headers={"Retry-After": "2"})


def services_of(request: HTTPConnection) -> Services:
    """The services of the application that serves this."""
    services: Services = request.app.state.services
    return services


def csrf_secret(connection: HTTPConnection, who: Identity) -> str:
    """What the CSRF token of this browser is made from."""
    return connection.cookies.get(SESSION_COOKIE, "") if who.shown is Shown.COOKIE else f"{who.shown}:{who.user}"


async def identified(
    request: Request,
    _header: Annotated[object, Depends(_bearer)] = None,
    _session: Annotated[object, Depends(_cookie)] = None,
) -> Identity:
    """Who sends the request; a change by a browser's own credentials must come from our own pages."""
    who = await services_of(request).identify(request)
    if who.by_browser:
        objection = csrf_objection(request.method, request.headers, csrf_token(csrf_secret(request, who)))
        if objection:
            raise Problem(ProblemKind.CROSS_SITE, objection)
    return who


_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_NAME = r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$"

Use = Annotated[Services, Depends(services_of)]
Who = Annotated[Identity, Depends(identified)]
Namespace = Annotated[
    str | None,
    Query(description="Only this namespace; default all that you may read", pattern=_NAME, max_length=63),
]


def _written(value: object) -> object:
    """Let only what is written as an instant be read as one: a bare number is a mistake, not seconds since 1970."""
    if isinstance(value, str) and not _INSTANT.match(value):
        raise ValueError("write an instant like 2026-03-10T09:30:00Z")
    return value


Instant = Annotated[datetime, BeforeValidator(_written)]


def _storable(text: str) -> str:
    """Let only texts through that a database can hold: PostgreSQL would take the question for a failure of its own."""
    if "\0" in text:
        raise ValueError("no text of ours has a NUL in it")
    return text


Text = Annotated[str, AfterValidator(_storable)]


def filtered(
    source: Annotated[list[Text] | None, Query(description="Only of these sources", max_length=50)] = None,
    type: Annotated[list[Text] | None, Query(description="Only of these types", max_length=50)] = None,  # noqa: A002
    state: Annotated[list[TaskState] | None, Query(description="Only in these states", max_length=8)] = None,
    user: Annotated[Text, Query(description="Only what this user asked for", max_length=253)] = "",
    since: Annotated[
        Instant | None, Query(description="From this instant on: of creation, in the history of the end")
    ] = None,
    until: Annotated[Instant | None, Query(description="Before this instant")] = None,
    error: Annotated[Text, Query(description="Only with this class of error", max_length=64)] = "",
) -> Filter:
    """The filter that a query states."""
    return Filter(
        sources=frozenset(source or ()),
        types=frozenset(type or ()),
        states=frozenset(state or ()),
        user=user,
        since=_aware(since),
        until=_aware(until),
        error_class=error,
    )


def _aware(instant: datetime | None) -> datetime | None:
    return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant


Filtered = Annotated[Filter, Depends(filtered)]
Limit = Annotated[int, Query(ge=1, le=500, description="How many at most")]
CursorText = Annotated[str | None, Query(max_length=512, description="`next` of the page before")]
