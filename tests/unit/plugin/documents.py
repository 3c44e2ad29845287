"""Resources as the API server gives them, in the middle of their lives, and how a test makes others out of them."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

Document = dict[str, Any]

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""A Tuesday; 10:00 in Rome."""


def at(**ago: float) -> str:
    """An instant before NOW, as the API server writes it: at(minutes=3). Negative: after it."""
    return (NOW - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def merged(document: Document, change: Document) -> Document:
    """A copy with a change laid over it; None removes a field."""
    result = copy.deepcopy(document)
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = merged(result[name], value)
        else:
            result[name] = copy.deepcopy(value)
    return result


def condition(type_: str, status: str, reason: str = "", message: str = "") -> Document:
    """A Kubernetes condition."""
    return {
        "type": type_,
        "status": status,
        "reason": reason or type_,
        "message": message,
        "lastTransitionTime": at(hours=1),
    }


def source(name: str = "erp", **parts: Document) -> Document:
    """A SyncSource that is ready and has synced customers."""
    document: Document = {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncSource",
        "metadata": {"name": name, "namespace": "acme", "resourceVersion": "1"},
        "spec": {
            "profile": {"name": "erp-profile"},
            "baseUrl": "https://erp.example.com",
            "credentialsSecretRef": {"name": "erp-credentials"},
            "databaseSecretRef": {"name": "erp-database"},
            "timeZone": "Europe/Rome",
            "maxConcurrent": 1,
            "paused": False,
        },
        "status": {
            "conditions": [condition("Ready", "True")],
            "circuit": {"state": "Closed"},
            "types": [
                {
                    "type": "customers",
                    "lastSyncTime": at(minutes=3),
                    "lastSuccessTime": at(minutes=3),
                    "succeeded": 124,
                    "failed": 1,
                    "successRate": "99.2%",
                    "averageDuration": "41s",
                }
            ],
        },
    }
    return merged(document, parts)


def schedule(name: str = "customers", type_: str = "customers", **parts: Document) -> Document:
    """A SyncSchedule: a Delta each hour, a Full each day."""
    document: Document = {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncSchedule",
        "metadata": {"name": name, "namespace": "acme", "resourceVersion": "1"},
        "spec": {
            "sourceRef": {"name": "erp"},
            "type": type_,
            "full": {"every": "24h"},
            "delta": {"every": "1h"},
            "quietHours": [{"start": "00:00", "end": "06:00"}],
            "suspend": False,
            "rollout": "Active",
        },
        "status": {
            "conditions": [condition("Ready", "True")],
            "next": {"delta": at(minutes=-12), "full": at(hours=-5)},
            "lastSuccessTime": at(minutes=3),
            "succeeded": 124,
            "successRate": "99.2%",
            "averageDuration": "41s",
        },
    }
    return merged(document, parts)


def task(name: str = "customers-now-x7k2p", **parts: Document) -> Document:
    """A SyncTask that anna asked for a minute ago and that nobody has looked at."""
    document: Document = {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncTask",
        "metadata": {"name": name, "namespace": "acme", "creationTimestamp": at(minutes=1), "resourceVersion": "1"},
        "spec": {
            "sourceRef": {"name": "erp"},
            "type": "customers",
            "mode": "Delta",
            "priority": 100,
            "triggeredBy": "Manual",
            "requestedBy": "anna",
            "retryPolicy": {"maxAttempts": 3},
        },
    }
    return merged(document, parts)


SCHEDULED: Document = {
    "sourceRef": {"name": "erp"},
    "type": "orders",
    "mode": "Full",
    "priority": 60,
    "triggeredBy": "Scheduler",
    "requestedBy": None,
    "scheduleRef": "orders",
}
"""The spec's part of a task that the schedule orders made."""

RUNNING: Document = {
    "state": "Running",
    "attempt": 1,
    "startedAt": at(minutes=3),
    "attempts": [{"number": 1, "job": "orders-29f3c-1", "startedAt": at(minutes=3)}],
    "job": "orders-29f3c-1",
    "progress": {"phase": "read", "current": 540, "total": 1200, "percentage": 45},
}
"""The status of a task that reads."""

QUEUED: Document = {
    "state": "Queued",
    "queuedAt": at(minutes=1),
    "waitingFor": {
        "reason": "SourceBusy",
        "message": "The source erp allows 1 session: orders-29f3c holds it.",
        "since": at(seconds=50),
    },
    "queuePosition": 1,
    "estimatedStart": at(minutes=-4),
}
"""The status of a task that waits for a slot."""

DEAD: Document = {
    "state": "DeadLettered",
    "attempt": 1,
    "startedAt": at(minutes=30),
    "completedAt": at(minutes=29),
    "attempts": [
        {
            "number": 1,
            "job": "prices-1",
            "startedAt": at(minutes=30),
            "endedAt": at(minutes=29),
            "class": "SchemaDrift",
            "message": "page 1: no column 'Prezzo unitario'",
        }
    ],
    "lastError": {
        "class": "SchemaDrift",
        "code": "HeaderRenamed",
        "message": "page 1: no column 'Prezzo unitario'",
        "fingerprint": "3f0a9be1c2d47788",
        "artifacts": ["prices-1/screenshot.png"],
    },
}
"""The status of a task that was given up."""

DONE: Document = {
    "state": "Succeeded",
    "attempt": 1,
    "startedAt": at(minutes=4),
    "completedAt": at(minutes=3),
    "result": {
        "mode": "Delta",
        "created": 3,
        "updated": 12,
        "unchanged": 1184,
        "deleted": 1,
        "read": 1199,
        "pages": 6,
        "durationMs": 41000,
    },
}
"""The status of a task that went well."""
