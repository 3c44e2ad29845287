"""The life of a release on the real cluster: installed, tried, upgraded and rolled back under a sync, taken away."""

import pytest

from tests.e2e.chart.conftest import RELEASE, Release, run, wait_for

SCRAPER = {"app.kubernetes.io/component": "scraper", "app.kubernetes.io/managed-by": "sincro-operator"}
_TRY_FOR_A_WHILE = """
import sys, time
def first(attempt, errors):
    # a pod's address is known to the servers' network policies a moment after it has started
    for _ in range(60):
        try:
            return attempt()
        except errors:
            time.sleep(0.25)
    return attempt()
"""


def test_everything_is_ready_in_a_restricted_namespace(release: Release) -> None:
    pods = release.get("pods", "-l", "app.kubernetes.io/part-of=sincro")["items"]
    ready = {
        pod["metadata"]["labels"]["app.kubernetes.io/component"]
        for pod in pods
        if any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"]["conditions"])
    }
    assert ready == {"operator", "dashboard", "postgresql", "redis", "demo-erp"}


def test_the_example_ends_well(release: Release) -> None:
    status = release.outcome("demo-customers-now")
    assert (status["state"], status["result"]["created"], status["result"]["read"]) == ("Succeeded", 500, 500)


def test_helm_test(release: Release) -> None:
    output = run("helm", "test", RELEASE, "-n", release.namespace, "--logs", "--timeout", "4m", seconds=270)
    assert '"state": "Succeeded"' in output
    assert '"unchanged": 500' in output


def test_an_upgrade_and_a_rollback_leave_a_running_sync_alone(release: Release) -> None:
    before = release.get("secret", "sincro-postgresql")["data"]
    release.sync("through-upgrade", mode="Full")
    wait_for("it runs", lambda: release.task("through-upgrade").get("state") == "Running")
    release.upgrade(operator={"replicas": 2, "logLevel": "debug"})
    release.sync("through-rollback", mode="Full")
    run("helm", "rollback", RELEASE, "-n", release.namespace, "--wait", "--timeout", "3m", seconds=200)
    for name in ("through-upgrade", "through-rollback"):
        wait_for(f"{name} has ended", lambda name=name: release.task(name).get("completedAt"), 240)
        status = release.task(name)
        assert (status["state"], status["result"]["unchanged"]) == ("Succeeded", 500), status
        jobs = release.get("jobs", "-l", "app.kubernetes.io/component=scraper")["items"]
        mine = [job for job in jobs if job["metadata"]["annotations"]["sincro.dev/task"] == name]
        assert len(mine) == status["launches"]
    assert release.get("secret", "sincro-postgresql")["data"] == before


def test_an_upgrade_applies_the_definitions(release: Release) -> None:
    release.upgrade()
    managers = run(
        "kubectl",
        "get",
        "crd",
        "synctasks.sincro.dev",
        "--show-managed-fields",
        "-o",
        "jsonpath={.metadata.managedFields[*].manager}",
    )
    assert "sincro-crd-upgrade" in managers.split()


def test_what_a_scraper_may_do_in_redis(release: Release) -> None:
    code = (
        _TRY_FOR_A_WHILE
        + """
import os, redis
server = redis.from_url(os.environ["URL"])
first(lambda: server.xadd("sincro:progress", {"event": "{}"}, maxlen=1000, approximate=True), redis.ConnectionError)
for name, attempt in {
    "read": lambda: server.xread({"sincro:progress": 0}),
    "another key": lambda: server.xadd("other", {"a": 1}),
    "publish": lambda: server.publish("socketio", "x"),
    "flush": lambda: server.flushall(),
}.items():
    try:
        attempt()
        print(name, "allowed")
    except redis.exceptions.NoPermissionError:
        print(name, "refused")
"""
    )
    url = {"name": "URL", "valueFrom": {"secretKeyRef": {"name": "sincro-redis", "key": "scraper-url"}}}
    assert release.pod(code, SCRAPER, [url]).splitlines() == [
        "read refused",
        "another key refused",
        "publish refused",
        "flush refused",
    ]


@pytest.mark.parametrize(
    ("host", "port", "reached"),
    [
        ("sincro-demo-erp", 8080, True),
        ("sincro-postgresql", 5432, True),
        ("sincro-redis", 6379, True),
        ("sincro-dashboard", 80, False),
        ("sincro-operator", 9090, False),
        ("kubernetes.default.svc", 443, False),
    ],
)
def test_what_a_scraper_reaches(release: Release, host: str, port: int, reached: bool) -> None:
    # What is closed has to stay closed while what is open opens: so the open one is asked first.
    code = (
        _TRY_FOR_A_WHILE
        + f"""
import socket
first(lambda: socket.create_connection(("sincro-demo-erp", 8080), timeout=2).close(), OSError)
first(lambda: socket.create_connection(("sincro-postgresql", 5432), timeout=2).close(), OSError)
time.sleep(2)
try:
    first(lambda: socket.create_connection(({host!r}, {port}), timeout=2).close(), OSError) if {reached} else \\
        socket.create_connection(({host!r}, {port}), timeout=4).close()
    print("reached")
except OSError:
    print("not reached")
"""
    )
    assert release.pod(code, SCRAPER).strip() == ("reached" if reached else "not reached")


def test_strangers_do_not_reach_the_databases(release: Release) -> None:
    code = """
import socket, time
time.sleep(3)
for host, port in (("sincro-postgresql", 5432), ("sincro-redis", 6379)):
    try:
        socket.create_connection((host, port), timeout=4).close()
        print(host, "reached")
    except OSError:
        print(host, "not reached")
"""
    output = release.pod(code, {"app": "stranger"}).splitlines()
    assert output == ["sincro-postgresql not reached", "sincro-redis not reached"]


def test_an_uninstall_leaves_what_people_made(release: Release) -> None:
    """Last of all: the release is gone after it."""
    run("helm", "uninstall", RELEASE, "-n", release.namespace, "--wait", seconds=180)
    assert release.get("syncsource", "demo-erp")["spec"]["baseUrl"]
    assert len(release.get("syncschedules")["items"]) == 4
    assert release.get("deployments")["items"] == []
