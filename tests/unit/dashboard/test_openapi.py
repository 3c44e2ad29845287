"""The OpenAPI document: committed as generated, complete, and true of what is sent."""

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import negative_data_rejection

from sincro_dashboard.application import create_api
from sincro_dashboard.openapi import document
from tests.unit.dashboard.fake_cluster import ALICE, FakeCluster
from tests.unit.dashboard.objects import failed, schedule, source, succeeded, task
from tests.unit.dashboard.served import pretend_synced, services_for

EXAMPLES = int(os.environ.get("SINCRO_FUZZ_EXAMPLES", "8"))
"""Cases for each of some thirty operations; 180 make five thousand."""
SENT: Counter[str] = Counter()
"""Cases that were sent, by operation."""
COMMITTED = Path(__file__).parents[3] / "dashboard" / "openapi.json"


def test_the_committed_document_is_the_generated_one() -> None:
    assert json.loads(COMMITTED.read_text()) == json.loads(json.dumps(document())), (
        "run: python -m sincro_dashboard.openapi dashboard/openapi.json"
    )


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]


@pytest.mark.parametrize(("path", "method", "operation"), operations(), ids=lambda each: str(each)[:60])
def test_every_operation_is_described(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    for status, response in operation["responses"].items():
        assert response["description"], status
        if int(status) >= 400:
            assert list(response["content"]) == ["application/problem+json"], status
    if path.startswith("/api") and path != "/api/session":
        assert operation["security"]
        assert {"401", "403", "503"} <= operation["responses"].keys()


def api_with_everything() -> Any:
    cluster = FakeCluster()
    for obj in (
        source(),
        source("beta", paused=True, pausedBy="bob"),
        schedule(),
        schedule("prices", source="beta"),
        task("waiting", queuePosition=1),
        task("running", "Running", attempt=1, type_="orders"),
        task("unseen", None),
        failed("broken"),
        succeeded("fine"),
    ):
        cluster.put(obj)
    services = services_for(cluster, manual_syncs_per_minute=100_000, review_seconds=300)
    pretend_synced(services)
    for (kind, _, _), obj in cluster.objects.items():
        services.cache.upsert(kind, json.loads(json.dumps(obj)))
    return create_api(services)


schema = schemathesis.openapi.from_asgi("/api/openapi.json", api_with_everything())
# A cursor and a time zone are known to be good only when they are read.
schema.config.checks.positive_data_acceptance.expected_statuses = [
    *schema.config.checks.positive_data_acceptance.expected_statuses,
    "422",
]


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_gets_an_undocumented_answer(case: Case) -> None:
    SENT[f"{case.method} {case.path}"] += 1
    # Whether bad data is refused is told by the tables of the route tests: in a query string the boolean `false` is the
    # same text as a list of one word, and of a parameter that is repeated the last one counts.
    case.call_and_validate(headers={"Authorization": f"Bearer {ALICE}"}, excluded_checks=[negative_data_rejection])


def test_as_many_cases_were_sent_as_were_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Operations without parameters have but one case; `make fuzz` shows how many there were in all."""
    if not SENT:
        pytest.skip("no case was sent: this counts those of the test before it")
    with capsys.disabled():
        sys.stdout.write(f" {sum(SENT.values())} cases ")
    assert {f"{method.upper()} {path}" for path, method, _ in operations()} <= SENT.keys()
    assert sum(SENT.values()) >= EXAMPLES * len(operations()) // 2
