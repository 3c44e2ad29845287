"""One installation of everything that test files share, with this checkout's images, in a namespace of its own.

Each test file has sources of its own in it, each source an ERP user of its own. The installation is small, so that
little work is enough to fill it. SINCRO_E2E_NAMESPACE=NAME uses the installation there, as it is, and leaves it; one
is made where there is none.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from itertools import count

import pytest
from cryptography.fernet import Fernet

from dev.demo.documents import SESSION_KEY, readers, secret
from dev.demo.install import Installation
from dev.demo.kube import CommandFailed, apply, kubectl, run

ROWS = {"customers": 300, "orders": 400, "products": 200, "prices": 300}
SLOTS = 3
"""Syncs at once over all sources."""
READERS = 40
VALUES = {
    "operator": {"maxConcurrentJobs": SLOTS},
    # Pods that cannot start are given up soon, so that a test does not wait for what everybody knows.
    # Little is asked for, so that a node that others use too has room.
    "scraper": {
        "startDeadline": "60s",
        "sessionKeySecret": {"name": SESSION_KEY},
        "resources": {"requests": {"cpu": "20m", "memory": "256Mi"}},
    },
    "demoErp": {"rows": ",".join(f"{name}={rows}" for name, rows in ROWS.items()), "args": readers(READERS)},
    "postgresql": {"storage": {"persistent": False, "size": "1Gi"}},
}
_READERS = count()


@pytest.fixture(scope="session")
def demo() -> Iterator[Installation]:
    """The chart with all its parts, in a namespace that enforces the restricted Pod Security Standard."""
    kept = os.environ.get("SINCRO_E2E_NAMESPACE")
    found = Installation(namespace=kept or f"sincro-e2e-{secrets.token_hex(3)}")
    if kept and found.release in run("helm", "list", "-q", "-n", kept).split():
        yield found
        return
    with suppress(CommandFailed):
        kubectl("create", "namespace", found.namespace)
    kubectl("label", "namespace", found.namespace, "pod-security.kubernetes.io/enforce=restricted", "--overwrite")
    try:
        apply(secret(SESSION_KEY, key=Fernet.generate_key().decode()), found.namespace)
        found.install(more=VALUES)
        yield found
    finally:
        if not kept:
            with suppress(CommandFailed):
                run("helm", "uninstall", found.release, "-n", found.namespace, "--wait", "--timeout", "60s")
            kubectl("delete", "namespace", found.namespace, "--wait=false")


def next_reader() -> str:
    """A user of the demo ERP that nobody else has."""
    number = next(_READERS)
    assert number < READERS, "the demo ERP has no more users: raise READERS"
    return f"reader-{number}"
