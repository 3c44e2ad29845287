"""The real `Api`: aiohttp on the configuration and credentials of `kubernetes.aio`, past its generic layers.

Decided here: time limits, how an answer becomes an object or an error. Not here: what to do about errors.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import orjson
from kubernetes.aio import client, config
from yarl import URL

from sincro_operator.cluster.api import (
    ApiError,
    Object,
    Page,
    Propagation,
    Resource,
    Uncertain,
    Unreachable,
    WatchEvent,
    error_of,
)
from sincro_operator.planning.model import Name

_IN_CLUSTER = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_CALL = aiohttp.ClientTimeout(total=10, connect=5)
_SERVER_LIMIT = "timeout=8s"
"""Asked of the server for every write: one that we have given up on does not happen later."""
_LIST = aiohttp.ClientTimeout(total=60, connect=5)
SILENCE = 120.0
"""Seconds after which a silent watch is given up: bookmarks come every minute, and a connection that was lost on its
way (a node, a balancer) says nothing at all."""

Observer = Callable[[str, str, str, float], None]
"""Told of every call: verb, resource, status code or error word, seconds."""


def _unobserved(_verb: str, _resource: str, _code: str, _seconds: float) -> None:
    return


async def load_configuration(*, connections: int = 64) -> client.Configuration:
    """Who we are to which API server: the pod's service account, else KUBECONFIG or ~/.kube/config.

    Raises kubernetes.aio.config.ConfigException when there is neither.
    """
    configuration = client.Configuration()
    if _IN_CLUSTER.exists():  # noqa: ASYNC240 - before anything runs
        config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    else:
        await config.load_kube_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    configuration.connection_pool_maxsize = connections
    # aiohttp would look into the environment for proxy and netrc anew with each request, in a thread: twice the CPU.
    if not configuration.proxy:
        configuration.proxy = _environment_proxy(configuration.host)
    configuration.client_session_kwargs = {"trust_env": False}
    return configuration


def _environment_proxy(host: str) -> str | None:
    """The proxy that HTTPS_PROXY and NO_PROXY name for the API server."""
    parts = urlsplit(host)
    if parts.hostname is None or proxy_bypass(parts.hostname):
        return None
    return getproxies().get(parts.scheme)


class Connection:
    """An `Api` over HTTP. Use it as a context manager; calls may run concurrently."""

    def __init__(
        self, configuration: client.Configuration, observe: Observer = _unobserved, silence: float = SILENCE
    ) -> None:
        self.configuration = configuration
        self._client = client.ApiClient(configuration)
        self._host: str = configuration.host.rstrip("/")
        self._observe = observe
        self._silence = silence
        self._session: aiohttp.ClientSession | None = None
        self._options: dict[str, Any] = {}
        if configuration.tls_server_name:
            self._options["server_hostname"] = configuration.tls_server_name
        if configuration.proxy:
            self._options["proxy"] = configuration.proxy

    async def __aenter__(self) -> Self:
        # The session of the client itself: its TLS and proxy settings, its one pool of connections.
        rest = self._client.rest_client
        if rest.pool_manager is None:
            rest.pool_manager = rest._create_pool_manager()
        self._session = rest.pool_manager
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]

    async def list(
        self,
        resource: Resource,
        namespace: str | None,
        *,
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 500,
        next_page: str = "",
    ) -> Page:
        """See Api.list."""
        query = {"limit": str(limit)}
        if label_selector:
            query["labelSelector"] = label_selector
        if field_selector:
            query["fieldSelector"] = field_selector
        if next_page:
            query["continue"] = next_page
        path = resource.path(namespace)
        answer = await self._call("list", resource, path, query=urlencode(query), timeout=_LIST)
        metadata = answer.get("metadata") or {}
        return Page(answer.get("items") or [], metadata.get("resourceVersion") or "", metadata.get("continue") or "")

    async def watch(
        self,
        resource: Resource,
        namespace: str | None,
        *,
        resource_version: str,
        label_selector: str = "",
        timeout_seconds: int = 300,
    ) -> AsyncGenerator[WatchEvent, None]:
        """See Api.watch."""
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(timeout_seconds),
        }
        if label_selector:
            query["labelSelector"] = label_selector
        limit = aiohttp.ClientTimeout(total=None, connect=5, sock_read=self._silence)
        path = resource.path(namespace)
        async with self._request("watch", resource, "GET", path, urlencode(query), None, limit) as response:
            rest = b""
            async for chunk in self._chunks(response):
                *lines, rest = (rest + chunk).split(b"\n") if b"\n" in chunk else (rest + chunk,)
                for line in lines:
                    if line:
                        yield _event_of(line)

    @staticmethod
    async def _chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        try:
            async for chunk in response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Uncertain(f"the watch broke off: {_words(error)}") from error

    async def get(self, resource: Resource, name: Name) -> Object:
        """See Api.get."""
        return await self._call("get", resource, resource.path(name.namespace, name.name))

    async def create(self, resource: Resource, namespace: str, body: Object) -> Object:
        """See Api.create."""
        path = resource.path(namespace)
        return await self._call("create", resource, path, method="POST", query=_SERVER_LIMIT, body=body)

    async def patch(self, resource: Resource, name: Name, body: Object, *, subresource: str | None = None) -> Object:
        """See Api.patch."""
        path = resource.path(name.namespace, name.name, subresource)
        return await self._call("patch", resource, path, method="PATCH", query=_SERVER_LIMIT, body=body)

    async def delete(
        self,
        resource: Resource,
        name: Name,
        *,
        uid: str | None = None,
        version: str | None = None,
        grace_seconds: int | None = None,
        propagation: Propagation = "Background",
    ) -> Object:
        """See Api.delete."""
        options: Object = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        given = {"uid": uid, "resourceVersion": version}
        if conditions := {key: value for key, value in given.items() if value is not None}:
            options["preconditions"] = conditions
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        path = resource.path(name.namespace, name.name)
        return await self._call("delete", resource, path, method="DELETE", query=_SERVER_LIMIT, body=options)

    async def _call(
        self,
        verb: str,
        resource: Resource,
        path: str,
        *,
        method: str = "GET",
        query: str = "",
        body: Object | None = None,
        timeout: aiohttp.ClientTimeout = _CALL,  # noqa: ASYNC109 - aiohttp enforces it itself
    ) -> Object:
        async with self._request(verb, resource, method, path, query, body, timeout) as response:
            try:
                answer: Object = orjson.loads(await response.read())
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise Uncertain(f"{verb} {path}: the answer broke off: {_words(error)}") from error
            return answer

    @asynccontextmanager
    async def _request(
        self,
        verb: str,
        resource: Resource,
        method: str,
        path: str,
        query: str,
        body: Object | None,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request, from its start to the release of its connection; failures become ApiErrors."""
        if self._session is None:
            raise Unreachable("the connection is not open")
        loop = asyncio.get_running_loop()
        began, code = loop.time(), "cancelled"
        try:
            response = await self._session.request(
                method,
                URL(f"{self._host}{path}?{query}" if query else self._host + path, encoded=True),
                data=orjson.dumps(body) if body is not None else None,
                headers=await self._headers(method),
                timeout=timeout,
                allow_redirects=False,
                **self._options,
            )
            code = str(response.status)
            if response.status >= 300:
                raise await _error_of(response, f"{verb} {path}")
        except aiohttp.ClientConnectorError as error:
            code = "unreachable"
            raise Unreachable(f"{verb} {path}: {_words(error)}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            code = "uncertain"
            raise Uncertain(f"{verb} {path}: {_words(error)}") from error
        finally:
            self._observe(verb, resource.plural, code, loop.time() - began)
        async with response:
            yield response

    async def _headers(self, method: str) -> dict[str, str]:
        """What every request says of itself. Reads the service account's token anew when it is due."""
        headers = {"Accept": "application/json", "User-Agent": "sincro-operator"}
        token = await self.configuration.get_api_key_with_prefix("BearerToken")
        if token:
            headers["Authorization"] = token
        elif self.configuration.username:
            headers["Authorization"] = self.configuration.get_basic_auth_token() or ""
        if method != "GET":
            headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        return headers


def _event_of(line: bytes) -> WatchEvent:
    try:
        event = orjson.loads(line)
    except ValueError as error:
        raise Uncertain(f"the watch said something that is not JSON: {error}") from error
    kind = event.get("type")
    subject = event.get("object") or {}
    if kind == "ERROR":
        raise error_of(subject.get("code") or 500, subject.get("reason") or "", subject.get("message") or "")
    if kind not in ("ADDED", "MODIFIED", "DELETED", "BOOKMARK"):
        raise ApiError(f"the watch said {kind!r}")
    return WatchEvent(kind, subject)


async def _error_of(response: aiohttp.ClientResponse, where: str) -> ApiError:
    text = await response.text(errors="replace")
    try:
        status = orjson.loads(text)
    except ValueError:
        status = {}
    if not isinstance(status, dict):
        status = {}
    message = status.get("message") or text[:200]
    asked = response.headers.get("Retry-After", "")
    details = status.get("details") or {}
    seconds = float(asked) if asked.isdigit() else details.get("retryAfterSeconds")
    return error_of(response.status, status.get("reason") or "", f"{where}: {message}", seconds)


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
