"""What a scraper that somebody took over can do on the real cluster: from the pod that the operator itself makes, and
from a page in the browser inside it. Open ways are tried along with closed ones: silence alone proves nothing.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.chart.conftest import Document, Release, run

SCRAPER = {"app.kubernetes.io/component": "scraper", "app.kubernetes.io/managed-by": "sincro-operator"}

REACH = """
import json, os, socket, time
found = {}
def reach(host, port):
    try:
        socket.create_connection((host, port), timeout=4).close()
        return "reached"
    except OSError:
        return "not reached"
def first(host, port):
    # a pod's address is known to the policies of other pods a moment after it has started
    deadline = time.monotonic() + 30
    while reach(host, port) != "reached" and time.monotonic() < deadline:
        time.sleep(0.3)
"""

PRELUDE = """
first("sincro-demo-erp", 8080); first("sincro-postgresql", 5432); first("sincro-redis", 6379)
def attempt(name, action):
    try:
        action()
        found[name] = "done"
    except Exception as error:
        found[name] = type(error).__name__
"""

FROM_THE_SHELL = """
attempt("write the root file system", lambda: open("/opt/x", "w"))
attempt("become root", lambda: os.setuid(0))
attempt("open a raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
attempt("scratch", lambda: open("/tmp/x", "w"))
found["token"] = os.path.exists("/var/run/secrets/kubernetes.io")
found["files"] = sorted(
    os.path.join(folder, name) for folder, _, names in os.walk("/etc/sincro") for name in names if ".." not in folder
)
for host, port in TARGETS:
    found[host] = reach(host, port)

import psycopg, redis
url = open("/etc/sincro/database/url").read().strip()
def query(text, address=url):
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(text)
attempt("own database", lambda: query("SELECT 1"))
attempt("the history's database", lambda: query("SELECT 1", url.rpartition("/")[0] + "/sincro"))
attempt("passwords of the database server", lambda: query("SELECT * FROM pg_authid"))
attempt("programs of the database server", lambda: query("COPY (SELECT 1) TO PROGRAM 'true'"))
attempt("files of the database server", lambda: query("SELECT pg_read_file('/etc/passwd')"))
server = redis.Redis.from_url(os.environ["SINCRO_REDIS_URL"])
attempt("append progress", lambda: server.xadd("sincro:progress", {"event": "{}"}))
attempt("read progress", lambda: server.xrange("sincro:progress"))
attempt("disconnect others", lambda: server.client_kill_filter(_type="normal"))
print(json.dumps(found))
"""

FROM_A_PAGE = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=os.environ["SINCRO_CHROMIUM"], args=["--no-sandbox"])
    page = browser.new_page()
    page.goto("http://sincro-demo-erp:8080/Login.aspx")
    for address in ADDRESSES:
        found[address] = page.evaluate(
            '''address => fetch(address, {mode: "no-cors", signal: AbortSignal.timeout(5000)})
                 .then(() => "reached", () => "not reached")''', address)
    browser.close()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def job(release: Release) -> Document:
    """The pod template of a scraper that the operator has made."""
    release.outcome("demo-customers-now")
    job, *_ = release.get("jobs", "-l", "app.kubernetes.io/component=scraper")["items"]
    template: Document = job["spec"]["template"]
    return template


@pytest.fixture(scope="module")
def elsewhere(release: Release, job: Document) -> Iterator[str]:
    """A web server of somebody else's, in another namespace; its name."""
    namespace = f"{release.namespace}-other"
    container = {
        "name": "web",
        "image": job["spec"]["containers"][0]["image"],
        "command": ["python", "-m", "http.server", "8000", "--directory", "/tmp"],
    }
    documents: list[Document] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web", "namespace": namespace, "labels": {"app": "web"}},
            "spec": {"containers": [container], "terminationGracePeriodSeconds": 0},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web", "namespace": namespace},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8000}]},
        },
    ]
    for document in documents:
        run("kubectl", "apply", "-f", "-", text=json.dumps(document))
    run("kubectl", "wait", "--for=condition=Ready", "pod/web", "-n", namespace, "--timeout=90s", seconds=100)
    yield f"web.{namespace}.svc"
    run("kubectl", "delete", "namespace", namespace, "--wait=false")


def stolen(release: Release, job: Document, code: str) -> dict[str, Any]:
    """What the code finds in a pod like the operator's own, but for the program that runs in it."""
    container = job["spec"]["containers"][0] | {"command": ["python", "-c", REACH + PRELUDE + code], "args": []}
    spec = job["spec"] | {"containers": [container]}
    output = release.pod_of(spec, SCRAPER, job["metadata"]["annotations"])
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def test_a_stolen_scraper(release: Release, job: Document, elsewhere: str) -> None:
    targets = [
        ("sincro-demo-erp", 8080),
        ("sincro-dashboard", 80),
        ("sincro-operator", 9090),
        ("kubernetes.default.svc", 443),
        (elsewhere, 80),
    ]
    assert stolen(release, job, FROM_THE_SHELL.replace("TARGETS", repr(targets))) == {
        "write the root file system": "OSError",
        "become root": "PermissionError",
        "open a raw socket": "PermissionError",
        "scratch": "done",
        "token": False,
        "files": [
            "/etc/sincro/credentials/password",
            "/etc/sincro/credentials/username",
            "/etc/sincro/database/url",
            "/etc/sincro/profile/profile.yaml",
            "/etc/sincro/run/run.json",
        ],
        "sincro-demo-erp": "reached",
        "sincro-dashboard": "not reached",
        "sincro-operator": "not reached",
        "kubernetes.default.svc": "not reached",
        elsewhere: "not reached",
        "own database": "done",
        "the history's database": "OperationalError",
        "passwords of the database server": "InsufficientPrivilege",
        "programs of the database server": "InsufficientPrivilege",
        "files of the database server": "InsufficientPrivilege",
        "append progress": "done",
        "read progress": "NoPermissionError",
        "disconnect others": "NoPermissionError",
    }


def test_a_hostile_page(release: Release, job: Document, elsewhere: str) -> None:
    expected = {
        "http://sincro-demo-erp:8080/Login.aspx": "reached",
        "http://sincro-dashboard/api/status": "not reached",
        "http://sincro-operator:9090/metrics": "not reached",
        "https://kubernetes.default.svc/api": "not reached",
        f"http://{elsewhere}/": "not reached",
        "file:///etc/sincro/database/url": "not reached",
    }
    assert stolen(release, job, FROM_A_PAGE.replace("ADDRESSES", repr(list(expected)))) == expected


def test_others_do_reach_that_web_server(release: Release, elsewhere: str) -> None:
    """Without this, the two above would pass where nothing is reached by anybody."""
    code = REACH + f"first({elsewhere!r}, 80); print(reach({elsewhere!r}, 80))"
    assert release.pod(code, {"app": "stranger"}).strip() == "reached"
