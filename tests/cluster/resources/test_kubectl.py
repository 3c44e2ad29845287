"""The first user interface: what kubectl shows of resources in the middle of their lives."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.cluster.resources.conftest import Document, Resources
from tests.cluster.resources.documents import SCHEDULE, SOURCE, TASK, changed

Kubectl = Callable[..., str]
NOW = "2026-11-24T08:00:00Z"
READY = {"type": "Ready", "status": "True", "reason": "Ready", "message": "all is well", "lastTransitionTime": NOW}

STATUS: dict[str, Document] = {
    "SyncSource": {
        "conditions": [READY],
        "running": 1,
        "queued": 2,
        "retrying": 3,
        "deadLettered": 4,
        "circuit": {"state": "Closed"},
        "lastError": {"message": "the ERP said no", "time": NOW, "type": "orders", "class": "SourceUnavailable"},
    },
    "SyncSchedule": {
        "conditions": [READY, READY | {"type": "Fresh", "status": "False"}],
        "next": {"delta": "2026-11-24T09:00:00Z", "full": "2026-11-25T06:00:00Z"},
        "lastSuccessTime": NOW,
        "successRate": "99.2%",
        "averageDuration": "41s",
        "activeTask": "customers-29f3c",
        "effectiveInterval": {"interval": "45m", "reason": "the data changes often"},
        "skipped": 7,
    },
    "SyncTask": {
        "state": "Queued",
        "waitingFor": {"reason": "SourceBusy", "message": "orders-1 holds the one session", "since": NOW},
        "queuePosition": 2,
        "estimatedStart": "2026-11-24T08:10:00Z",
        "attempt": 2,
        "progress": {"phase": "read", "current": 50, "total": 200, "percentage": 25},
        "job": "customers-now-2",
        "lastError": {"class": "SourceUnavailable", "message": "503 for 30 seconds"},
        "result": {"mode": "Full", "created": 11, "updated": 12, "unchanged": 13, "deleted": 14, "durationMs": 41000},
    },
}
FIRST = {
    "SyncSource": {
        "NAME": "erp",
        "URL": "https://erp.example.com",
        "READY": "True",
        "PAUSED": "false",
        "CIRCUIT": "Closed",
        "RUNNING": "1",
        "QUEUED": "2",
        "DEAD": "4",
    },
    "SyncSchedule": {
        "NAME": "customers",
        "SOURCE": "erp",
        "TYPE": "customers",
        "READY": "True",
        "FRESH": "False",
        "SUSPENDED": "false",
        "NEXT-DELTA": "2026-11-24T09:00:00Z",
        "NEXT-FULL": "2026-11-25T06:00:00Z",
        "RATE": "99.2%",
        "ACTIVE": "customers-29f3c",
    },
    "SyncTask": {
        "NAME": "now",
        "SOURCE": "erp",
        "TYPE": "customers",
        "MODE": "Delta",
        "STATE": "Queued",
        "WAITING-FOR": "SourceBusy",
        "%": "25",
        "CREATED": "11",
        "UPDATED": "12",
        "DELETED": "14",
        "ERROR": "SourceUnavailable",
    },
}
WIDE = {
    "SyncSource": {
        "WHY": "all is well",
        "RETRYING": "3",
        "SESSIONS": "1",
        "PAUSE-REASON": "Inventory",
        "LAST-ERROR": "the ERP said no",
    },
    "SyncSchedule": {
        "ROLLOUT": "Active",
        "PRIORITY": "80",
        "INTERVAL": "45m",
        "AVERAGE": "41s",
        "LAST-FAILURE": "",
        "SKIPPED": "7",
        "WHY": "all is well",
    },
    "SyncTask": {
        "PRIORITY": "100",
        "BY": "anna",
        "QUEUE": "2",
        "ESTIMATED-START": "2026-11-24T08:10:00Z",
        "ATTEMPT": "2",
        "UNCHANGED": "13",
        "TOOK-MS": "41000",
        "JOB": "customers-now-2",
        "WHY": "orders-1 holds the one session",
        "ERROR-MESSAGE": "503 for 30 seconds",
    },
}
AGES = {"AGE", "LAST-SUCCESS", "ERROR-TIME"}
"""Columns whose value goes with the clock."""


def table(text: str) -> dict[str, str]:
    """The one row below a heading of `kubectl get`, by column; ages have to be ages and are left out."""
    heading, row = text.splitlines()
    starts = [found.start() for found in re.finditer(r"\S+", heading)]
    cells = [(start, end) for start, end in pairwise([*starts, len(row) + len(heading)])]
    found = {heading[start:end].strip(): row[start:end].strip() for start, end in cells}
    assert all(re.fullmatch(r"(\d+[smhdy])+", found.pop(name)) for name in AGES & found.keys())
    return found


@pytest.fixture(scope="module", autouse=True)
def _alive(resources: Resources) -> None:
    for document in (
        changed(SOURCE, spec__pauseReason="Inventory"),
        changed(SCHEDULE, spec__priority=80),
        changed(TASK, spec__requestedBy="anna"),
    ):
        made = resources.create(document, dry_run=False)
        resources.patch(made, {"status": STATUS[document["kind"]]}, status=True)


@pytest.mark.parametrize("kind", FIRST)
def test_get(kubectl: Kubectl, resources: Resources, kind: str) -> None:
    assert table(kubectl("-n", resources.namespace, "get", kind)) == FIRST[kind]


@pytest.mark.parametrize("kind", FIRST)
def test_get_wide(kubectl: Kubectl, resources: Resources, kind: str) -> None:
    assert table(kubectl("-n", resources.namespace, "get", kind, "-o", "wide")) == FIRST[kind] | WIDE[kind]


@pytest.mark.parametrize("name", ["ssrc", "ssched", "stask"])
def test_short_names(kubectl: Kubectl, resources: Resources, name: str) -> None:
    assert len(kubectl("-n", resources.namespace, "get", name, "--no-headers").splitlines()) == 1


def test_category(kubectl: Kubectl, resources: Resources) -> None:
    names = kubectl("-n", resources.namespace, "get", "sincro", "-o", "name").split()
    assert sorted(names) == [
        "syncschedule.sincro.dev/customers",
        "syncsource.sincro.dev/erp",
        "synctask.sincro.dev/now",
    ]


@pytest.mark.parametrize(
    ("kind", "selector", "found"),
    [
        ("stask", "status.state=Queued", 1),
        ("stask", "status.state=Succeeded", 0),
        ("stask", "spec.type=customers,spec.sourceRef.name=erp,spec.triggeredBy=Manual", 1),
        ("stask", "spec.type=orders", 0),
        ("ssched", "spec.type=customers,spec.sourceRef.name=erp", 1),
        ("ssched", "spec.sourceRef.name=other", 0),
    ],
)
def test_field_selectors(kubectl: Kubectl, resources: Resources, kind: str, selector: str, found: int) -> None:
    names = kubectl("-n", resources.namespace, "get", kind, "--field-selector", selector, "-o", "name").split()
    assert len(names) == found


@pytest.mark.parametrize(
    "path",
    ["ssrc.spec", "ssrc.spec.scraper", "ssrc.status", "ssched.spec", "ssched.status", "stask.spec", "stask.status"],
)
def test_every_field_is_explained(kubectl: Kubectl, resources: Resources, path: str) -> None:
    lines = [line for line in kubectl("explain", path).split("FIELDS:")[1].splitlines() if "enum:" not in line]
    fields = [(line.split()[0], below.strip()) for line, below in pairwise(lines) if "\t<" in line]
    assert fields
    assert not [field for field, below in fields if not below]


def test_what_a_person_reads_at_apply(resources: Resources, kubectl: Kubectl) -> None:
    with pytest.raises(AssertionError) as caught:
        kubectl("-n", resources.namespace, "apply", "-f", "-", text=str(changed(SCHEDULE, spec__delta__every="1d")))
    assert "spec.delta.every: Invalid value" in str(caught.value)
    assert "must be a duration from 1m to 8760h, written like 30s, 10m or 1h30m" in str(caught.value)
