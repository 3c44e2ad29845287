"""`helm test`: ask for a dry run of one sync, and wait until it has succeeded."""

import json
import os
import ssl
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")
HOST, PORT = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
URL = f"https://{f'[{HOST}]' if ':' in HOST else HOST}:{PORT}"
TASKS = f"{URL}/apis/sincro.dev/v1alpha1/namespaces/{os.environ['NAMESPACE']}/synctasks"
FINAL = ("Succeeded", "DeadLettered", "Cancelled", "Shadowed", "Superseded")


def call(method: str, url: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One call of the API server, in the name of this pod's service account."""
    request = urllib.request.Request(  # noqa: S310 - always https
        url,
        method=method,
        data=json.dumps(body).encode() if body else None,
        headers={
            "Authorization": f"Bearer {(FOLDER / 'token').read_text().strip()}",
            "Content-Type": "application/json",
        },
    )
    context = ssl.create_default_context(cafile=str(FOLDER / "ca.crt"))
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:  # noqa: S310
        document: dict[str, Any] = json.load(answer)
        return document


def main() -> int:
    """1 when the sync did not succeed in time; what it said is printed."""
    spec = {"sourceRef": {"name": os.environ["SOURCE"]}, "type": os.environ["TYPE"], "mode": "Full", "dryRun": True}
    task = call(
        "POST",
        TASKS,
        {
            "apiVersion": "sincro.dev/v1alpha1",
            "kind": "SyncTask",
            "metadata": {"generateName": "helm-test-"},
            "spec": spec,
        },
    )
    name = task["metadata"]["name"]
    deadline = time.monotonic() + float(os.environ["SECONDS_TO_WAIT"])
    said = None
    while time.monotonic() < deadline:
        status = call("GET", f"{TASKS}/{name}").get("status", {})
        now = {key: status[key] for key in ("state", "waitingFor", "lastError", "result") if key in status}
        if now != said:
            said = now
            sys.stdout.write(f"{name}: {json.dumps(now)}\n")
            sys.stdout.flush()
        if status.get("state") in FINAL:
            return 0 if status["state"] == "Succeeded" else 1
        time.sleep(1)
    sys.stdout.write(f"{name} has not ended in time\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
