"""Documents for sources that read the demo ERP cheaply and often: Secret, profile, SyncSource, SyncSchedule.

Decided here: what makes such syncs cheap (each list over HTTP, a session that is kept, tables of their own). Pure.
"""

import base64
import json
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]
TYPES = ("customers", "orders", "products", "prices")
PASSWORD = "Lettura#2024"
SESSION_KEY = "demo-session-key"
"""The Secret with the key that kept sessions are sealed with."""
_PROFILE = Path(__file__).resolve().parents[2] / "examples/profiles/demo-erp.yaml"


def readers(count: int) -> list[str]:
    """Arguments of the demo ERP for users reader-0, reader-1 ...: a source has a user, and a user one session."""
    known = ("servizio:Segreta#2024", "mario.rossi:D'Angelo&1", *(f"reader-{n}:{PASSWORD}" for n in range(count)))
    return [f"--user={user}" for user in known]


def secret(name: str, **values: str) -> Document:
    """A Secret."""
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def profile(name: str, text: str) -> Document:
    """The ConfigMap of a profile."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"profile.yaml": text}}


def quick_profile(tables: str, page: int = 200) -> str:
    """The demo ERP's profile with http for every list, a kept session, and tables TABLES_customers, ...
    `page`: rows a page, 20, 50, 100 or 200.

    The first run of a source and type needs a browser, to log in and to prove that both ways read the same; later
    ones do without.
    """
    document = yaml.safe_load(_PROFILE.read_text(encoding="utf-8"))
    document["login"]["keep"] = "8h"
    for name, stream in document["streams"].items():
        stream["open"] = stream["open"].replace("righe=200", f"righe={page}")
        stream["delta"]["open"] = stream["delta"]["open"].replace("righe=200", f"righe={page}")
        stream |= {
            "table": f"{tables}_{name}",
            "transport": "http",
            "paging": {"by": "page", "parameter": "pagina"},
        }
    return json.dumps(document, ensure_ascii=False, indent=1)


def source(name: str, user: str, *, page: int = 200, **spec: Any) -> list[Document]:
    """Everything that a source with a quick profile needs, all of it called NAME."""
    base = {
        "profile": {"name": name},
        "baseUrl": "http://sincro-demo-erp:8080",
        "credentialsSecretRef": {"name": name},
        "databaseSecretRef": {"name": "sincro-postgresql", "key": "erp-url"},
    }
    return [
        secret(name, username=user, password=PASSWORD),
        profile(name, quick_profile(name.replace("-", "_"), page)),
        _resource("SyncSource", name, base | spec),
    ]


def schedule(name: str, source_name: str, type_: str, **spec: object) -> Document:
    """A SyncSchedule without quiet hours that keeps many of its tasks."""
    base = {
        "sourceRef": {"name": source_name},
        "type": type_,
        "quietHours": [],
        "historyLimits": {"succeeded": 100, "failed": 100},
    }
    return _resource("SyncSchedule", name, base | spec)


def _resource(kind: str, name: str, spec: Document) -> Document:
    return {"apiVersion": "sincro.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
