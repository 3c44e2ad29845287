"""Some minutes of schedules: cadences, the learned interval, probes, quiet hours, rollout, freshness.

The shortest interval is a minute, so all of them are made at once, and each test waits for its own.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from dev.demo.documents import Document
from dev.demo.erp import DemoErp
from dev.demo.kube import kubectl
from tests.e2e.features.conftest import MakePlace
from tests.e2e.features.place import Place, condition, eventually, instant, started, state

ROME = ZoneInfo("Europe/Rome")
MINUTE = timedelta(minutes=1)
PATIENCE = 230
"""Seconds; three intervals of a minute, and what three syncs at once may take."""


@dataclass(frozen=True)
class Schedules:
    """Sources with the schedules that are watched; `name` of a schedule is its source's and its type's."""

    steady: Place
    learning: Place
    rollout: Place
    old: Place


def around_now(hours: int) -> Document:
    """Quiet hours from so many hours ago until in so many, in Rome."""
    now = datetime.now(ROME)
    start, end = (now - timedelta(hours=hours)), (now + timedelta(hours=hours))
    return {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}


@pytest.fixture(scope="module")
def schedules(make_place: MakePlace) -> Schedules:
    """All of them, begun at once."""
    steady, learning = make_place("steady"), make_place("learning")
    rollout, old = make_place("rollout"), make_place("old")
    for place, types in (
        (steady, ["customers", "prices"]),
        (learning, ["customers", "products"]),
        (rollout, ["customers"]),
        (old, ["prices"]),
    ):
        place.warm(*types)
    # What the first read found is no news: it is to be forgotten before anything is learned from what syncs find.
    for task in learning.tasks():
        kubectl("delete", "synctask", task["metadata"]["name"], "-n", learning.demo.namespace)
    with learning.demo.erp() as erp:
        erp.mutate(40, "customers")
    steady.schedule("customers", full={"every": "2m"}, delta={"every": "1m"}, probe=False)
    steady.schedule("prices", delta={"every": "1m"}, probe=True)
    learning.schedule("customers", delta={"every": "2m"}, adaptive={"min": "1m", "max": "10m"}, probe=False)
    learning.schedule("products", delta={"every": "1m"}, adaptive={"min": "1m", "max": "10m"}, probe=False)
    for type_ in ("customers", "orders"):
        rollout.schedule(type_, delta={"every": "1m"}, rollout="Shadow", probe=False)
    old.schedule("prices", full={"every": "20m"}, freshnessObjective="1m")
    return Schedules(steady, learning, rollout, old)


def succeeded(place: Place, schedule: str, at_least: int) -> Callable[[], list[Document]]:
    """A look at the tasks of a schedule: those that have succeeded once there are enough of them, else none."""

    def look() -> list[Document]:
        good = [task for task in place.tasks(schedule) if state(task) == "Succeeded"]
        return good if len(good) >= at_least else []

    return look


def test_a_quiet_hour_holds_what_is_scheduled_and_nobody_who_asks(schedules: Schedules) -> None:
    place = schedules.old
    quiet = [around_now(2)]
    name = place.schedule("products", full={"every": "24h"}, quietHours=quiet)

    def quiet_end() -> str:
        found: str = place.status_of(name).get("next", {}).get("full", "")
        return found

    until = instant(eventually(quiet_end, "the schedule says when it runs next")).astimezone(ROME)
    assert f"{until:%H:%M}" == quiet[0]["end"]
    assert place.tasks(name) == []
    ended = place.end(place.ask("products"))
    assert state(ended) == "Succeeded"
    assert place.tasks(name) == []
    place.schedule("products", full={"every": "24h"}, quietHours=[])
    task = eventually(succeeded(place, name, 1), "without quiet hours the run that was due is made")[0]
    assert task["spec"]["triggeredBy"] == "Scheduler"


def test_shadow_then_active_one_type_at_a_time_with_one_field(schedules: Schedules) -> None:
    place = schedules.rollout
    customers, orders = "rollout-customers", "rollout-orders"

    def shadows(name: str) -> list[Document]:
        return [task for task in place.tasks(name) if state(task) == "Shadowed"]

    eventually(lambda: shadows(customers) and shadows(orders), "both have left a record of what would have run")
    assert {state(task) for name in (customers, orders) for task in place.tasks(name)} == {"Shadowed"}
    one_field = json.dumps({"spec": {"rollout": "Active"}})
    kubectl("patch", "syncschedule", customers, "-n", place.demo.namespace, "--type=merge", "-p", one_field)
    eventually(succeeded(place, customers, 1), "customers are synced", PATIENCE)
    eventually(lambda: len(shadows(orders)) >= 2, "orders are still recorded only", PATIENCE)
    assert {state(task) for task in place.tasks(orders)} == {"Shadowed"}
    assert place.jobs("orders") == []


def test_data_older_than_its_objective_is_not_fresh_until_a_sync_succeeds(schedules: Schedules) -> None:
    place, name = schedules.old, "old-prices"

    def fresh() -> Document:
        return condition(place.status_of(name), "Fresh")

    eventually(succeeded(place, name, 1), "prices have been read", PATIENCE)
    eventually(lambda: fresh().get("status") == "False", "the data have become stale", PATIENCE)
    assert fresh()["reason"] == "Stale"
    assert "1m" in fresh()["message"]
    last = instant(place.status_of(name)["lastSuccessTime"])
    assert instant(fresh()["lastTransitionTime"]) >= last + MINUTE - timedelta(seconds=1)
    place.schedule("prices", full={"every": "20m"}, freshnessObjective="30m")
    eventually(lambda: fresh().get("status") == "True", "a wider objective is met", 30)


def test_full_and_delta_each_by_its_own_cadence(schedules: Schedules) -> None:
    place, name = schedules.steady, "steady-customers"
    tasks = eventually(succeeded(place, name, 4), "four runs", PATIENCE)[:4]
    assert [t["spec"]["mode"] for t in tasks] == ["Full", "Delta", "Full", "Delta"]
    dues = [instant(t["spec"]["due"]) for t in tasks]
    assert [after - before for before, after in pairwise(dues)] == [MINUTE] * 3
    assert all(started(t) >= instant(t["spec"]["due"]) - timedelta(seconds=1) for t in tasks)
    assert tasks[0]["status"]["result"]["mode"] == "Full"
    assert tasks[1]["status"]["result"]["mode"] == "Delta"


def test_a_probe_that_finds_nothing_is_a_recorded_run(schedules: Schedules, erp: DemoErp) -> None:
    place, name = schedules.steady, "steady-prices"
    task = eventually(lambda: skipped(place, name), "a probe saw what it saw at the last read", PATIENCE)[-1]
    result = task["status"]["result"]
    assert result["read"] == result["created"] == result["updated"] == 0
    keys = erp.mutate(10, "prices")

    def read() -> list[Document]:
        return [t for t in place.tasks(name) if t.get("status", {}).get("result", {}).get("updated", 0)]

    found = eventually(read, "a later probe sees the change, and the rows are read", PATIENCE)[0]["status"]["result"]
    assert (found["created"], found["updated"]) == (len(keys["created"]), len(keys["updated"]))


def test_the_interval_moves_to_how_often_the_data_change(schedules: Schedules) -> None:
    place = schedules.learning

    def interval(type_: str) -> Document:
        found: Document = place.status_of(f"learning-{type_}").get("effectiveInterval", {})
        return found

    eventually(lambda: interval("products").get("interval") == "10m", "what never changes is read rarely", PATIENCE)
    assert "0 changes" in interval("products")["reason"]
    products = place.status_of("learning-products")
    assert instant(products["next"]["delta"]) - instant(products["lastDue"]["delta"]) == 10 * MINUTE
    eventually(lambda: interval("customers").get("interval") == "1m", "what changes is read often", PATIENCE)
    assert "changes an hour" in interval("customers")["reason"]
    assert float(interval("customers")["changesPerHour"]) > 40
    runs = eventually(succeeded(place, "learning-customers", 2), "it is read again", PATIENCE)
    dues = [instant(t["spec"]["due"]) for t in runs]
    assert dues[1] - dues[0] == MINUTE


def skipped(place: Place, schedule: str) -> list[Document]:
    """The tasks of a schedule whose probe has found nothing."""
    return [t for t in place.tasks(schedule) if t.get("status", {}).get("result", {}).get("skipped")]
