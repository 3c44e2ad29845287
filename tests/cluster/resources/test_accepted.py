"""What the API server accepts, and what it fills in."""

from typing import Any

import pytest

from tests.cluster.resources.conftest import Resources
from tests.cluster.resources.documents import ABSENT, SCHEDULE, SOURCE, TASK, changed

SOURCE_WITH_DEFAULTS = {
    "profile": {"name": "erp-profile", "key": "profile.yaml"},
    "baseUrl": "https://erp.example.com",
    "credentialsSecretRef": {"name": "erp-credentials"},
    "databaseSecretRef": {"name": "erp-database", "key": "url"},
    "locale": "it-IT",
    "timeZone": "Europe/Rome",
    "maxConcurrent": 1,
    "paused": False,
    "circuitBreaker": {"failureThreshold": 5, "openDuration": "5m"},
    "scraper": {},
}
RETRY_POLICY = {
    "maxAttempts": 3,
    "initialDelay": "30s",
    "backoffMultiplier": 2,
    "maxDelay": "10m",
    "jitter": 0.1,
}
SCHEDULE_WITH_DEFAULTS = {
    "sourceRef": {"name": "erp"},
    "type": "customers",
    "suspend": False,
    "full": {"every": "24h"},
    "delta": {"every": "1h"},
    "quietHours": [{"start": "00:00", "end": "06:00"}],
    "retryPolicy": RETRY_POLICY,
    "timeout": "30m",
    "missedRuns": "RunOnce",
    "rollout": "Active",
    "probe": True,
    "historyLimits": {"succeeded": 3, "failed": 5},
}
TASK_WITH_DEFAULTS = {
    "sourceRef": {"name": "erp"},
    "type": "customers",
    "mode": "Delta",
    "priority": 100,
    "triggeredBy": "Manual",
    "retryPolicy": RETRY_POLICY,
    "timeout": "30m",
    "dryRun": False,
    "confirmDeletions": False,
    "probe": False,
    "cancel": False,
}


@pytest.mark.parametrize(
    ("document", "spec"),
    [(SOURCE, SOURCE_WITH_DEFAULTS), (SCHEDULE, SCHEDULE_WITH_DEFAULTS), (TASK, TASK_WITH_DEFAULTS)],
    ids=["SyncSource", "SyncSchedule", "SyncTask"],
)
def test_defaults(resources: Resources, document: dict[str, Any], spec: dict[str, Any]) -> None:
    assert resources.create(document)["spec"] == spec


def test_a_policy_stated_in_part_is_filled_up(resources: Resources) -> None:
    made = resources.create(changed(TASK, spec__retryPolicy={"maxAttempts": 5}))
    assert made["spec"]["retryPolicy"] == RETRY_POLICY | {"maxAttempts": 5}


def test_no_quiet_hours_stay_none(resources: Resources) -> None:
    assert resources.create(changed(SCHEDULE, spec__quietHours=[]))["spec"]["quietHours"] == []


ACCEPTED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (SOURCE, {"metadata__name": "a" * 63}),
    (SOURCE, {"spec__baseUrl": "http://erp:8080/gestionale/?ditta=1"}),
    (SOURCE, {"spec__baseUrl": "https://[2001:db8::1]:8443/"}),
    (SOURCE, {"spec__baseUrl": "https://erp.example.com/mail@home"}),
    (SOURCE, {"spec__locale": "de-CH", "spec__timeZone": "Europe/Zurich"}),
    (SOURCE, {"spec__timeZone": "UTC"}),
    (SOURCE, {"spec__timeZone": "America/Argentina/Buenos_Aires"}),
    (SOURCE, {"spec__paused": True, "spec__pausedBy": "anna@example.com", "spec__pauseReason": "Inventory"}),
    (SOURCE, {"spec__scraper": {"resources": {"requests": {"cpu": "250m", "memory": "1.5Gi"}, "limits": {"cpu": 2}}}}),
    (SOURCE, {"spec__scraper": {"nodeSelector": {"disk": "ssd"}, "runtimeClassName": "gvisor"}}),
    (SOURCE, {"spec__scraper": {"tolerations": [{"key": "erp", "operator": "Exists", "effect": "NoSchedule"}]}}),
    (SOURCE, {"spec__scraper": {"tolerations": [{"operator": "Exists", "tolerationSeconds": 300}]}}),
    (SCHEDULE, {"metadata__name": "a" * 52}),
    (SCHEDULE, {"spec__type": "price-lists-2026"}),
    (SCHEDULE, {"spec__full": ABSENT}),
    (SCHEDULE, {"spec__delta": ABSENT}),
    (SCHEDULE, {"spec__full": {"cron": "30 6 * * MON-FRI"}}),
    (SCHEDULE, {"spec__full": {"cron": "*/15 7-19/2 1,15 jan-dec 0,7"}, "spec__delta": ABSENT}),
    (SCHEDULE, {"spec__full": {"cron": "5  4   1 * *"}}),
    (SCHEDULE, {"spec__delta": {"every": "1h30m"}}),
    (SCHEDULE, {"spec__delta": {"every": "1.5h"}}),
    (SCHEDULE, {"spec__delta": {"every": "24h"}}),
    (SCHEDULE, {"spec__adaptive": {"min": "15m", "max": "6h"}}),
    (SCHEDULE, {"spec__quietHours": [{"start": "22:00", "end": "06:00"}, {"start": "12:30", "end": "13:30"}]}),
    (SCHEDULE, {"spec__quietHours": [{"start": "18:00", "end": "24:00"}]}),
    (SCHEDULE, {"spec__freshnessObjective": "1h"}),
    (SCHEDULE, {"spec__priority": 1, "spec__maxConcurrent": 1000, "spec__startingDeadline": "15m"}),
    (SCHEDULE, {"spec__suspend": True, "spec__suspendedBy": "anna", "spec__suspendReason": "Moving house"}),
    (TASK, {"metadata__name": "a" * 253}),
    (TASK, {"spec__mode": "Force"}),
    (TASK, {"spec__mode": "Full", "spec__confirmDeletions": True, "spec__requestedBy": "anna@example.com"}),
    (TASK, {"spec__notBefore": "2026-11-24T18:00:00+01:00", "spec__dryRun": True}),
    (TASK, {"spec__triggeredBy": "Retry", "spec__retryOf": "customers-1"}),
    (
        TASK,
        {
            "spec__triggeredBy": "Scheduler",
            "spec__scheduleRef": "customers",
            "spec__due": "2026-11-24T08:00:00Z",
            "spec__priority": 80,
            "spec__probe": True,
        },
    ),
    (TASK, {"spec__cancel": True, "spec__cancelledBy": "anna"}),
]


@pytest.mark.parametrize(("document", "changes"), ACCEPTED)
def test_accepted(resources: Resources, document: dict[str, Any], changes: dict[str, Any]) -> None:
    wanted = changed(document, **changes)
    made = resources.create(wanted)
    assert {name: made["spec"][name] for name in wanted["spec"] if name != "scraper"} == {
        name: value for name, value in wanted["spec"].items() if name != "scraper"
    } | {name: made["spec"][name] for name in ("profile", "databaseSecretRef") if name in wanted["spec"]}
