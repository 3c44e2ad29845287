"""Small valid documents of each kind, and how a test makes another one out of them."""

import copy
from typing import Any

Document = dict[str, Any]

ABSENT = object()
"""Stands for: without this field."""

SOURCE: Document = {
    "apiVersion": "sincro.dev/v1alpha1",
    "kind": "SyncSource",
    "metadata": {"name": "erp"},
    "spec": {
        "profile": {"name": "erp-profile"},
        "baseUrl": "https://erp.example.com",
        "credentialsSecretRef": {"name": "erp-credentials"},
        "databaseSecretRef": {"name": "erp-database"},
    },
}
SCHEDULE: Document = {
    "apiVersion": "sincro.dev/v1alpha1",
    "kind": "SyncSchedule",
    "metadata": {"name": "customers"},
    "spec": {
        "sourceRef": {"name": "erp"},
        "type": "customers",
        "full": {"every": "24h"},
        "delta": {"every": "1h"},
    },
}
TASK: Document = {
    "apiVersion": "sincro.dev/v1alpha1",
    "kind": "SyncTask",
    "metadata": {"name": "now"},
    "spec": {"sourceRef": {"name": "erp"}, "type": "customers"},
}


def changed(document: Document, **changes: Any) -> Document:
    """A copy with fields set or left out (ABSENT); `__` in a name goes one level down: spec__full__every."""
    result = copy.deepcopy(document)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = result
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is ABSENT:
            place.pop(last, None)
        else:
            place[last] = value
    return result
