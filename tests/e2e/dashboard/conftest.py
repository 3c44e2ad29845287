"""The chart with two replicas of the dashboard behind its Service, a slow ERP, people with rights, and a real browser.

The dashboard is reached as from outside the cluster: by its Service's port on a node.
"""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dev.demo.install import ROOT, Installation
from dev.demo.kube import CommandFailed, apply, get, kubectl, run
from tests.browser.dashboard.conftest import CHROMIUM

NAMESPACE = "dash-e2e"
SOURCE = "demo-erp"
SLOTS = 2
"""Syncs that the operator lets run at once."""
PAGE_MILLISECONDS = 400
"""What the ERP takes longer for each page: twenty pages of customers are a bar that can be seen to move."""
LITTLE = {"requests": {"cpu": "10m"}}
SECONDS = 180_000
"""Milliseconds that a page gets to show something: a scraper's pod has to start meanwhile."""


@dataclass(frozen=True)
class Site:
    """Somebody else's web site: its origin, and the folder that it serves."""

    origin: str
    folder: Path


@dataclass(frozen=True)
class Company:
    """The installation as people see it."""

    installation: Installation
    url: str
    """Of the dashboard."""
    site: Site
    """A site whose pages may ask the dashboard."""

    @property
    def namespace(self) -> str:
        """Where everything is."""
        return self.installation.namespace

    def token(self, person: str) -> str:
        """A token of alice (who may do everything) or of bruno (who may look)."""
        return kubectl("-n", self.namespace, "create", "token", person, "--duration", "1h").strip()

    def user(self, person: str) -> str:
        """The person's name as the cluster knows it."""
        return f"system:serviceaccount:{self.namespace}:{person}"

    def call(self, path: str, token: str, *, method: str = "GET", body: object = None) -> Any:
        """What the dashboard's API answers. Raises URLError (an OSError)."""
        request = urllib.request.Request(  # noqa: S310 - http to a node of the cluster
            f"{self.url}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def pods(self) -> list[str]:
        """The dashboard's pods that are ready."""
        found = json.loads(
            kubectl("-n", self.namespace, "get", "pods", "-l", "app.kubernetes.io/component=dashboard", "-o", "json")
        )
        return [
            pod["metadata"]["name"]
            for pod in found["items"]
            if "deletionTimestamp" not in pod["metadata"]
            and any(
                each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", [])
            )
        ]

    def clients(self, pod: str) -> int:
        """How many Socket.IO clients a replica serves."""
        text = kubectl("get", "--raw", f"/api/v1/namespaces/{self.namespace}/pods/{pod}:8000/proxy/metrics")
        line = next(line for line in text.splitlines() if line.startswith("sincro_dashboard_socket_clients "))
        return round(float(line.split()[1]))

    @contextmanager
    def slow(self, milliseconds: int = PAGE_MILLISECONDS) -> Iterator[None]:
        """The ERP takes so much longer for each page."""
        with self.installation.erp() as erp:
            erp.misbehave("slow", str(milliseconds))
        try:
            yield
        finally:
            with self.installation.erp() as erp:
                erp.behave()

    def quieten(self) -> None:
        """Cancel what is not over, and wait until it is."""
        for name in self._open():
            with suppress(CommandFailed):
                kubectl("-n", self.namespace, "patch", "stask", name, "--type=merge", "-p", '{"spec":{"cancel":true}}')
        wait_for("everything is over", lambda: not self._open(), 90)

    def _open(self) -> list[str]:
        tasks = json.loads(kubectl("-n", self.namespace, "get", "synctasks", "-o", "json"))["items"]
        return [
            task["metadata"]["name"]
            for task in tasks
            if task.get("status", {}).get("state") in (None, "Queued", "Running", "Retrying")
        ]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web server on this machine."""
    folder = tmp_path_factory.mktemp("intranet")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://localhost:{server.server_address[1]}", folder)
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture(scope="session")
def company(site: Site) -> Iterator[Company]:
    """Everything installed, with the example's profile and source; schedules are made by the tests that need them."""
    installation = Installation(namespace=NAMESPACE)
    remove()
    installation.install(
        more={
            # The node need not set much aside: what this installation has to be is there, not fast.
            "operator": {"maxConcurrentJobs": SLOTS, "resources": LITTLE},
            "scraper": {"resources": LITTLE},
            "postgresql": {"resources": LITTLE},
            "redis": {"resources": LITTLE},
            "dashboard": {
                "resources": LITTLE,
                "replicas": 2,
                "service": {"type": "NodePort"},
                "settings": {"allowed_origins": [site.origin]},
            },
            "demoErp": {"resources": LITTLE, "rows": "customers=4000,orders=1000,products=600,prices=600"},
        }
    )
    for part in ("10-credentials.yaml", "20-profile.yaml", "30-source.yaml"):
        kubectl("apply", "-n", NAMESPACE, "-f", str(ROOT / "examples" / part))
    bind("alice", "admin")
    bind("bruno", "viewer")
    service = get("service", "sincro-dashboard", NAMESPACE)
    yield Company(installation, f"http://{node_address()}:{service['spec']['ports'][0]['nodePort']}", site)
    remove()


def bind(person: str, role: str) -> None:
    """Give a service account one of the chart's roles for people."""
    kubectl("-n", NAMESPACE, "create", "serviceaccount", person)
    kubectl(
        "-n", NAMESPACE, "create", "rolebinding", person,
        f"--clusterrole={NAMESPACE}-sincro-{role}", f"--serviceaccount={NAMESPACE}:{person}",
    )  # fmt: skip


def node_address() -> str:
    """The address of a node that runs pods."""
    nodes = json.loads(kubectl("get", "nodes", "-o", "json"))["items"]
    addresses: list[str] = [
        address["address"]
        for node in nodes
        if not node["spec"].get("taints")
        for address in node["status"]["addresses"]
        if address["type"] == "InternalIP"
    ]
    return addresses[0]


def remove() -> None:
    """Nothing of it is left."""
    with suppress(CommandFailed):
        run("helm", "uninstall", "sincro", "-n", NAMESPACE, "--wait", "--timeout", "60s")
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait", "--timeout=120s")


def wait_for(what: str, true: Callable[[], object], seconds: float = 60) -> None:
    """Until it is true. Raises AssertionError after the deadline."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.3)


@pytest.fixture(autouse=True)
def nothing_goes_on(company: Company) -> Iterator[None]:
    """What a test leaves running is no other test's business."""
    yield
    company.quieten()


@pytest.fixture
def source(company: Company) -> Iterator[Callable[[str], str]]:
    """Make another SyncSource like the example's; it is deleted after the test, with what was asked of it."""
    made: list[str] = []

    def make(name: str) -> str:
        spec = get("syncsource", SOURCE, company.namespace)["spec"]
        apply(
            {"apiVersion": "sincro.dev/v1alpha1", "kind": "SyncSource", "metadata": {"name": name}, "spec": spec},
            company.namespace,
        )
        made.append(name)
        return name

    yield make
    company.quieten()
    for name in made:
        kubectl("delete", "syncsource", name, "-n", company.namespace, "--wait=false")


def kill_the_busy_one(company: Company) -> str:
    """Kill the replica that serves the most clients, without any grace; its name."""
    busy = max(company.pods(), key=company.clients)
    assert company.clients(busy) > 0
    kubectl("-n", company.namespace, "delete", "pod", busy, "--grace-period=0", "--force", "--wait=false")
    return busy


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM or None, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window. An error of our scripts fails the test."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Rome")
    context.set_default_timeout(SECONDS)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert wrong == []


def sign_in(page: Page, company: Company, person: str) -> None:
    """As the person does it: by pasting a token."""
    page.goto(company.url)
    page.get_by_label("Token").fill(company.token(person))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", level=1, name="Overview").wait_for()
