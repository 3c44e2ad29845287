"""A namespace of a real API server with three people in it, and the dashboard's API over that server."""

import asyncio
import json
import secrets
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sincro_dashboard.api.services import Services
from sincro_dashboard.application import create_api
from sincro_dashboard.cluster.cache import Cache
from sincro_dashboard.cluster.connection import Connection, load_configuration
from sincro_dashboard.cluster.door import Kind
from sincro_dashboard.cluster.reflector import Reflector
from sincro_dashboard.identity.authenticator import Authenticator
from sincro_dashboard.identity.authorizer import Authorizer
from sincro_dashboard.measurements import Measurements
from sincro_dashboard.rate_limit import RateLimit
from sincro_dashboard.settings import Settings
from tests.transports import none_open

ROOT = Path(__file__).parents[3]
SINCRO = "sincro.dev"
RIGHTS = {
    "viewer": [{"apiGroups": [SINCRO], "resources": ["syncsources", "syncschedules", "synctasks"], "verbs": ["list"]}],
    "user": [
        {"apiGroups": [SINCRO], "resources": ["syncsources", "syncschedules", "synctasks"], "verbs": ["list", "patch"]},
        {"apiGroups": [SINCRO], "resources": ["synctasks"], "verbs": ["create"]},
    ],
    "nobody": [],
}


def kubectl(*words: str, text: str | None = None) -> str:
    """What kubectl prints. Raises AssertionError with its complaints."""
    done = subprocess.run(["kubectl", *words], input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Place:
    """A namespace with the service accounts of RIGHTS."""

    namespace: str

    def token(self, account: str, *more: str) -> str:
        """A token of the account."""
        return kubectl("-n", self.namespace, "create", "token", account, *more).strip()

    def apply(self, *documents: dict[str, Any]) -> None:
        """Create or change objects."""
        kubectl(
            "-n",
            self.namespace,
            "apply",
            "-f",
            "-",
            text=json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}),
        )

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """An object as it stands there."""
        found: dict[str, Any] = json.loads(kubectl("-n", self.namespace, "get", kind, name, "-o", "json"))
        return found


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """The namespace; gone when the tests are over."""
    kubectl("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))
    namespace = f"dashboard-{secrets.token_hex(3)}"
    kubectl("create", "namespace", namespace)
    there = Place(namespace)
    try:
        for account, rules in RIGHTS.items():
            there.apply(
                {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}},
                {
                    "apiVersion": "rbac.authorization.k8s.io/v1",
                    "kind": "Role",
                    "metadata": {"name": account},
                    "rules": rules,
                },
                {
                    "apiVersion": "rbac.authorization.k8s.io/v1",
                    "kind": "RoleBinding",
                    "metadata": {"name": account},
                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account},
                    "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
                },
            )
        yield there
    finally:
        kubectl("delete", "namespace", namespace, "--wait=false")


@dataclass(frozen=True)
class Running:
    """The dashboard's API, whose reflectors run."""

    services: Services
    transport: httpx.ASGITransport

    def as_(self, token: str) -> httpx.AsyncClient:
        """A client that sends this token."""
        return httpx.AsyncClient(
            transport=self.transport, base_url="http://sincro.test", headers={"Authorization": f"Bearer {token}"}
        )


@asynccontextmanager
async def dashboard(place: Place, **settings: Any) -> AsyncIterator[Running]:
    """The dashboard of one namespace, over the real connection."""
    chosen = Settings.model_validate({"namespaces": [place.namespace], "review_seconds": 0} | settings)
    async with Connection(await load_configuration()) as cluster:
        services = Services(
            settings=chosen,
            cluster=cluster,
            cache=Cache(),
            authenticator=Authenticator(cluster, chosen.token_audiences, 0, time.monotonic),
            authorizer=Authorizer(cluster, 0, time.monotonic),
            rate_limit=RateLimit(1000, time.monotonic),
            history=None,
            forecast=None,
            measurements=Measurements(),
            clock=lambda: datetime.now(UTC),
            started=datetime.now(UTC),
        )
        reflectors = [Reflector(cluster, services.cache, kind, place.namespace, services.clock) for kind in Kind]
        running = [asyncio.create_task(reflector.run()) for reflector in reflectors]
        try:
            async with asyncio.timeout(60):
                for reflector in reflectors:
                    await reflector.tried.wait()
            yield Running(services, httpx.ASGITransport(create_api(services), raise_app_exceptions=False))
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
    await none_open()
