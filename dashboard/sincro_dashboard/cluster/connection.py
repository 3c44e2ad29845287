"""The real `Cluster`: aiohttp on the configuration and credentials of `kubernetes.aio`, past its generic layers.

Decided here: time limits, how an answer becomes an object or an error. Not here: what to do about errors.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
from kubernetes.aio import client, config

from sincro_dashboard.cluster.door import ClusterError, Kind, Object, Page, Unreachable, WatchEvent, error_of

_IN_CLUSTER = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_CALL = aiohttp.ClientTimeout(total=10, connect=5)
_LIST = aiohttp.ClientTimeout(total=60, connect=5)
_LOG = aiohttp.ClientTimeout(total=None, connect=5, sock_read=300)
_SILENCE = 30.0
"""Seconds beyond a watch's own time limit after which a silent connection is given up."""


async def load_configuration() -> client.Configuration:
    """Who we are to which API server: the pod's service account, else KUBECONFIG or ~/.kube/config.

    Raises kubernetes.aio.config.ConfigException when there is neither.
    """
    configuration = client.Configuration()
    if _IN_CLUSTER.exists():  # noqa: ASYNC240 - once, before anything is served
        config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    else:
        await config.load_kube_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    return configuration


class Connection:
    """A `Cluster` over HTTP. Use it as a context manager; calls may run concurrently."""

    def __init__(self, configuration: client.Configuration) -> None:
        self._configuration = configuration
        self._client = client.ApiClient(configuration)
        self._host: str = configuration.host.rstrip("/")
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

    async def list_page(self, kind: Kind, namespace: str | None, *, limit: int = 500, next_page: str = "") -> Page:
        """See Cluster.list_page."""
        query = {"limit": str(limit)} | ({"continue": next_page} if next_page else {})
        answer = await self._call("GET", kind.path(namespace), query=query, timeout=_LIST)
        metadata = answer.get("metadata") or {}
        return Page(answer.get("items") or [], metadata.get("resourceVersion") or "", metadata.get("continue") or "")

    async def watch(
        self, kind: Kind, namespace: str | None, *, resource_version: str, timeout_seconds: int
    ) -> AsyncIterator[WatchEvent]:
        """See Cluster.watch."""
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(timeout_seconds),
        }
        limit = aiohttp.ClientTimeout(total=None, connect=5, sock_read=timeout_seconds + _SILENCE)
        async with self._request("GET", kind.path(namespace), query, None, limit) as response:
            rest = b""
            async for chunk in self._chunks(response):
                *lines, rest = (rest + chunk).split(b"\n") if b"\n" in chunk else (rest + chunk,)
                for line in lines:
                    if line:
                        yield _event_of(line)

    async def create(self, kind: Kind, namespace: str, body: Object) -> Object:
        """See Cluster.create."""
        return await self._call("POST", kind.path(namespace), body=body)

    async def patch(self, kind: Kind, namespace: str, name: str, body: Object) -> Object:
        """See Cluster.patch."""
        return await self._call("PATCH", kind.path(namespace, quote(name, safe="")), body=body)

    async def review_token(self, token: str, audiences: tuple[str, ...]) -> Object:
        """See Cluster.review_token."""
        spec: Object = {"token": token} | ({"audiences": list(audiences)} if audiences else {})
        return await self._review("authentication.k8s.io", "TokenReview", "tokenreviews", spec)

    async def review_access(self, spec: Object) -> Object:
        """See Cluster.review_access."""
        return await self._review("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews", spec)

    async def job_pods(self, namespace: str, job: str) -> list[Object]:
        """See Cluster.job_pods."""
        query = {"labelSelector": f"batch.kubernetes.io/job-name={job}", "limit": "10"}
        answer = await self._call("GET", f"/api/v1/namespaces/{quote(namespace, safe='')}/pods", query=query)
        return answer.get("items") or []

    async def pod_log(self, namespace: str, pod: str, *, follow: bool, tail_lines: int) -> AsyncIterator[bytes]:
        """See Cluster.pod_log."""
        path = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{quote(pod, safe='')}/log"
        query = {"follow": str(follow).lower(), "tailLines": str(tail_lines), "timestamps": "false"}
        async with self._request("GET", path, query, None, _LOG) as response:
            async for chunk in self._chunks(response):
                yield chunk

    async def _review(self, group: str, kind: str, plural: str, spec: Object) -> Object:
        body = {"apiVersion": f"{group}/v1", "kind": kind, "spec": spec}
        answer = await self._call("POST", f"/apis/{group}/v1/{plural}", body=body)
        return answer.get("status") or {}

    @staticmethod
    async def _chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        try:
            async for chunk in response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"the connection broke off: {_words(error)}") from error

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: Object | None = None,
        timeout: aiohttp.ClientTimeout = _CALL,  # noqa: ASYNC109 - aiohttp enforces it itself
    ) -> Object:
        async with self._request(method, path, query, body, timeout) as response:
            try:
                answer: Object = json.loads(await response.read())
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                raise Unreachable(f"{method} {path}: the answer broke off: {_words(error)}") from error
            return answer

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        path: str,
        query: dict[str, str] | None,
        body: Object | None,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request, from its start to the release of its connection; failures become ClusterErrors."""
        if self._session is None:
            raise Unreachable("the connection is not open")
        try:
            response = await self._session.request(
                method,
                self._host + path,
                params=query,
                data=json.dumps(body) if body is not None else None,
                headers=await self._headers(method),
                timeout=timeout,
                allow_redirects=False,
                **self._options,
            )
            if response.status >= 300:
                raise await _error_of(response, f"{method} {path}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"{method} {path}: {_words(error)}") from error
        async with response:
            yield response

    async def _headers(self, method: str) -> dict[str, str]:
        """What every request says of itself. Reads the service account's token anew when it is due."""
        headers = {"Accept": "application/json", "User-Agent": "sincro-dashboard"}
        token = await self._configuration.get_api_key_with_prefix("BearerToken")
        if token:
            headers["Authorization"] = token
        elif self._configuration.username:
            headers["Authorization"] = self._configuration.get_basic_auth_token() or ""
        if method != "GET":
            headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        return headers


def _event_of(line: bytes) -> WatchEvent:
    try:
        event = json.loads(line)
    except ValueError as error:
        raise Unreachable(f"the watch said something that is not JSON: {error}") from error
    kind, subject = event.get("type"), event.get("object") or {}
    if kind == "ERROR":
        raise error_of(subject.get("code") or 500, subject.get("reason") or "", subject.get("message") or "")
    if kind not in ("ADDED", "MODIFIED", "DELETED", "BOOKMARK"):
        raise ClusterError(f"the watch said {kind!r}")
    return WatchEvent(kind, subject)


async def _error_of(response: aiohttp.ClientResponse, where: str) -> ClusterError:
    text = await response.text(errors="replace")
    try:
        status = json.loads(text)
    except ValueError:
        status = {}
    if not isinstance(status, dict):
        status = {}
    asked = response.headers.get("Retry-After", "")
    message = status.get("message") or f"{where}: {text[:200]}"
    return error_of(response.status, status.get("reason") or "", message, float(asked) if asked.isdigit() else None)


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
