"""Resources for tests, as the API server would store them: sources, schedules and tasks with a few words."""

from datetime import datetime, timedelta
from typing import Any

from tests.unit.dashboard.fake_cluster import NOW

Object = dict[str, Any]
NAMESPACE = "erp"


def stamp(instant: datetime) -> str:
    """An instant as the API server writes it."""
    return instant.isoformat().replace("+00:00", "Z")


def ago(**parts: float) -> datetime:
    """An instant before NOW."""
    return NOW - timedelta(**parts)


def source(name: str = "acme", *, namespace: str = NAMESPACE, status: Object | None = None, **spec: Any) -> Object:
    """A SyncSource."""
    return {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncSource",
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": stamp(ago(days=30))},
        "spec": {
            "profile": {"name": "acme-profile"},
            "baseUrl": "https://erp.example.com",
            "credentialsSecretRef": {"name": "acme-credentials"},
            "databaseSecretRef": {"name": "acme-database"},
            "maxConcurrent": 2,
            **spec,
        },
        "status": status or {},
    }


def schedule(
    type_: str = "customers",
    *,
    source: str = "acme",
    namespace: str = NAMESPACE,
    name: str | None = None,
    status: Object | None = None,
    **spec: Any,
) -> Object:
    """A SyncSchedule."""
    return {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncSchedule",
        "metadata": {
            "name": name or f"{source}-{type_}",
            "namespace": namespace,
            "creationTimestamp": stamp(ago(days=30)),
        },
        "spec": {
            "sourceRef": {"name": source},
            "type": type_,
            "delta": {"every": "30m"},
            "full": {"every": "24h"},
            **spec,
        },
        "status": status or {},
    }


def task(
    name: str,
    state: str | None = "Queued",
    *,
    type_: str = "customers",
    source: str = "acme",
    namespace: str = NAMESPACE,
    created: datetime = NOW,
    spec: Object | None = None,
    **status: Any,
) -> Object:
    """A SyncTask; `state` None: the operator has not looked at it yet. Datetimes in `status` are written as text."""
    obj: Object = {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncTask",
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": stamp(created)},
        "spec": {
            "sourceRef": {"name": source},
            "type": type_,
            "mode": "Delta",
            "priority": 100,
            "triggeredBy": "Manual",
            "requestedBy": "alice",
            **(spec or {}),
        },
    }
    if state is not None:
        obj["status"] = {"state": state} | {
            key: stamp(value) if isinstance(value, datetime) else value for key, value in status.items()
        }
    return obj


def failed(
    name: str, *, fingerprint: str = "f1", error: str = "SchemaDrift", ended: datetime = NOW, **more: Any
) -> Object:
    """A dead letter."""
    return task(
        name,
        "DeadLettered",
        completedAt=ended,
        startedAt=ended - timedelta(seconds=40),
        attempt=1,
        lastError={
            "class": error,
            "code": "HeaderRenamed",
            "message": "The column <b>Codice</b> is gone",
            "fingerprint": fingerprint,
            "artifacts": ["screenshot.png", "page.html", "trace.zip"],
        },
        **more,
    )


def succeeded(name: str, *, ended: datetime = NOW, seconds: float = 30, **more: Any) -> Object:
    """A task that ended well."""
    return task(
        name,
        "Succeeded",
        completedAt=ended,
        startedAt=ended - timedelta(seconds=seconds),
        attempt=1,
        result={
            "created": 3,
            "updated": 5,
            "unchanged": 92,
            "deleted": 1,
            "read": 100,
            "declared": 100,
            "pages": 4,
            "mode": "Full",
            "phases": {"login": 2000, "read": 20000},
        },
        **more,
    )
