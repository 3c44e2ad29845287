"""API objects as the API server would give them, for tests to start from."""

from typing import Any

from tests.simulation.server import merge

Object = dict[str, Any]


def metadata(name: str, uid: str, version: int = 1, **more: Any) -> Object:
    return {
        "name": name,
        "namespace": "acme",
        "uid": uid,
        "resourceVersion": str(version),
        "creationTimestamp": "2026-03-23T08:00:00Z",
        "generation": 1,
    } | more


def task(name: str = "t1", *, uid: str = "uid-t1", version: int = 1, **changes: Any) -> Object:
    base = {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncTask",
        "metadata": metadata(name, uid, version),
        "spec": {
            "sourceRef": {"name": "erp"},
            "type": "customers",
            "mode": "Delta",
            "priority": 100,
            "triggeredBy": "Manual",
            "timeout": "30m",
            "retryPolicy": {"maxAttempts": 3, "initialDelay": "30s", "backoffMultiplier": 2, "maxDelay": "10m"},
        },
    }
    merged: Object = merge(base, changes)
    return merged


def source(name: str = "erp", *, uid: str = "uid-erp", version: int = 1, **changes: Any) -> Object:
    base = {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncSource",
        "metadata": metadata(name, uid, version),
        "spec": {
            "profile": {"name": "erp-profile", "key": "profile.yaml"},
            "baseUrl": "http://erp.acme.svc:8080",
            "credentialsSecretRef": {"name": "erp-user"},
            "databaseSecretRef": {"name": "erp-database", "key": "url"},
            "locale": "it-IT",
            "timeZone": "Europe/Rome",
            "maxConcurrent": 2,
        },
    }
    merged: Object = merge(base, changes)
    return merged


def schedule(name: str = "customers", *, uid: str = "uid-s", version: int = 1, **changes: Any) -> Object:
    base = {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncSchedule",
        "metadata": metadata(name, uid, version),
        "spec": {
            "sourceRef": {"name": "erp"},
            "type": "customers",
            "full": {"cron": "0 22 * * 6"},
            "delta": {"every": "15m"},
            "quietHours": [{"start": "22:30", "end": "06:00"}],
        },
    }
    merged: Object = merge(base, changes)
    return merged


def job(name: str = "t1-1", *, uid: str = "uid-j1", version: int = 1, **changes: Any) -> Object:
    base = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(
            name,
            uid,
            version,
            labels={
                "app.kubernetes.io/managed-by": "sincro-operator",
                "sincro.dev/task-uid": "uid-t1",
                "sincro.dev/type": "customers",
            },
            annotations={"sincro.dev/task": "t1", "sincro.dev/launch": "1", "sincro.dev/source": "erp"},
        ),
    }
    merged: Object = merge(base, changes)
    return merged


def pod(name: str = "t1-1-abc", *, uid: str = "uid-p1", version: int = 1, of: str = "t1-1", **changes: Any) -> Object:
    base = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata(
            name,
            uid,
            version,
            labels={
                "app.kubernetes.io/managed-by": "sincro-operator",
                "batch.kubernetes.io/job-name": of,
                "sincro.dev/task-uid": "uid-t1",
                "sincro.dev/type": "customers",
            },
            annotations={"sincro.dev/task": "t1", "sincro.dev/launch": "1", "sincro.dev/source": "erp"},
        ),
        "spec": {"nodeName": "worker-1"},
        "status": {"phase": "Running"},
    }
    merged: Object = merge(base, changes)
    return merged
