"""Every slot is busy with scheduled syncs, and more wait: who clicks goes first, and what was stopped for it waits."""

from collections.abc import Callable, Iterator

import pytest

from dev.demo.kube import apply, follow, get, kubectl
from tests.e2e.dashboard.conftest import SLOTS, SOURCE, Company, wait_for

pytestmark = pytest.mark.timeout(900)
"""Real pods on a machine that may be busy with other things."""


@pytest.fixture
def busy(company: Company, source: Callable[[str], str]) -> Iterator[list[str]]:
    """Scheduled syncs of more sources than there are slots; the names of their schedules."""
    names = [source(f"busy-{number}") for number in range(SLOTS + 2)]
    for name in names:
        spec = {"sourceRef": {"name": name}, "type": "customers", "full": {"every": "24h"}, "quietHours": []}
        document = {
            "apiVersion": "sincro.dev/v1alpha1",
            "kind": "SyncSchedule",
            "metadata": {"name": name},
            "spec": spec,
        }
        apply(document, company.namespace)
    yield names
    for name in names:
        kubectl("-n", company.namespace, "delete", "syncschedule", name, "--ignore-not-found")


def test_a_click_goes_before_everything_that_is_scheduled(company: Company, busy: list[str]) -> None:
    token = company.token("alice")

    def queue() -> dict[str, list[dict[str, str]]]:
        found: dict[str, list[dict[str, str]]] = company.call("api/queue", token)
        return found

    def all_busy() -> bool:
        found = queue()
        return len(found["running"]) == SLOTS and len(found["queued"]) == len(busy) - SLOTS

    # The ERP ends a user's first session at the second login: this test is about slots, so nothing has to succeed.
    with company.slow(60_000):
        wait_for("all slots are taken by scheduled syncs, and others wait", all_busy, 120)
        before = {task["id"] for task in queue()["running"]}
        waiting = {task["id"] for task in queue()["queued"]}
        asked = company.call(f"api/prices/sync?source={SOURCE}", token, method="POST", body={})["taskId"]
        wait_for("it runs", lambda: asked in {task["id"] for task in queue()["running"]}, 120)
        found = queue()
        assert waiting.isdisjoint(task["id"] for task in found["running"])
        stopped = before - {task["id"] for task in found["running"]}
        assert len(stopped) == 1
        victim = get("synctask", stopped.pop(), company.namespace)["status"]
        assert victim["state"] in ("Queued", "Retrying")
        assert [attempt["class"] for attempt in victim["attempts"]] == ["Preempted"]
        company.quieten()
    assert follow(asked, company.namespace, timeout=10)["status"]["state"] == "Cancelled"
