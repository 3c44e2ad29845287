"""From asking the cluster for a scraper's pod until its first row is read, and where the time goes.

A pod of the scraper's image as an operator's Job makes it (restricted, requests of the chart's defaults, the image on
the node already), the demo ERP in a pod beside it, a list of one page: its first row is there when the page is.
Medians of ROUNDS. Keys, in seconds: scraper.cold_start_s (all of it) and its parts: scraper.cold_start_s.pod
(scheduling, volumes, sandbox, until the process starts), .python (until the run begins: interpreter, imports, files),
.launch (browser and proof of its locale), .login, .first_page, .other (what is in none of these; logout and load do
not count). Further scraper.import_cpu_s: the processor's time for importing the program, on this machine outside of
the cluster.
"""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any

from dev.bench.scraper_setup import ROOT, BenchError, run
from sincro_contract.result import Outcome
from tests.browser.scraper.erp_process import PASSWORD, USER
from tests.browser.scraper.pod_files import PROFILES

ROUNDS = 3
ROWS = "customers=150,orders=10,products=10,prices=10"
SECONDS = 240
SCRATCH = "/tmp"  # noqa: S108 - the pod's own emptyDir
PARTS = ("pod", "python", "launch", "login", "first_page", "other")
MOUNTS = {
    "run": ("configMap", "/etc/sincro/run"),
    "profile": ("configMap", "/etc/sincro/profile"),
    "credentials": ("secret", "/etc/sincro/credentials"),
    "database": ("secret", "/etc/sincro/database"),
}


def bench() -> dict[str, float]:
    """See the module."""
    scraper, erp = images()
    with namespace() as place:
        kubectl("apply", "-n", place, "-f", "-", given={"kind": "List", "apiVersion": "v1", "items": surroundings(erp)})
        kubectl("wait", "-n", place, "--for=condition=Ready", "pod/erp", f"--timeout={SECONDS}s")
        rounds = [cold_start(place, scraper, number) for number in range(ROUNDS)]
    figures = {f"scraper.cold_start_s.{part}": median(each[part] for each in rounds) for part in PARTS}
    whole = median(sum(each.values()) for each in rounds)
    return {"scraper.cold_start_s": whole, **figures, "scraper.import_cpu_s": import_cpu()}


def images() -> tuple[str, str]:
    """The images of this checkout, built where they are not and brought into the cluster."""
    built = command([str(ROOT / "dev/images/build"), "scraper", "demo-erp"], seconds=900)
    scraper, erp = built.split()[-2:]
    command([str(ROOT / "dev/images/load"), scraper, erp], seconds=900)
    return scraper, erp


def cold_start(place: str, image: str, number: int) -> dict[str, float]:
    """Seconds of each part of one start."""
    name = f"scraper-{number}"
    asked = time.time()
    kubectl("create", "-n", place, "-f", "-", given=scraper_pod(name, image))
    deadline = time.monotonic() + SECONDS
    while (phase := pod(place, name)["status"].get("phase")) not in ("Succeeded", "Failed"):
        if time.monotonic() > deadline:
            raise BenchError(f"the pod is {phase} after {SECONDS} s")
        time.sleep(0.5)
    ended = pod(place, name)["status"]["containerStatuses"][0]["state"]["terminated"]
    outcome = Outcome.model_validate_json(ended.get("message") or "{}")
    if outcome.result is None or outcome.result.read == 0:
        raise BenchError(f"the run did not end well: {outcome.error}")
    log = [json.loads(line) for line in kubectl("logs", "-n", place, name).splitlines() if line.startswith("{")]
    began = next(line for line in log if line["event"] == "run.started")
    begun, python = datetime.fromisoformat(began["time"]).timestamp(), began["startupMs"] / 1000
    ready = next(line for line in log if line["event"] == "run.succeeded")
    phases = {name: milliseconds / 1000 for name, milliseconds in outcome.result.phases.items()}
    until_end = datetime.fromisoformat(ready["time"]).timestamp() - begun
    return {
        "pod": begun - python - asked,
        "python": python,
        "launch": phases["launch"],
        "login": phases["login"],
        "first_page": phases["read"],
        "other": until_end - sum(phases.values()),
    }


def import_cpu() -> float:
    """Processor seconds of a program that only imports the scraper."""
    before = getrusage(RUSAGE_CHILDREN)
    command([sys.executable, "-c", "import sincro_scraper.pod"], seconds=120)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def surroundings(erp_image: str) -> list[dict[str, Any]]:
    """The demo ERP, and what the scraper's pod mounts."""
    run_file = {
        "task": {"namespace": "bench", "name": "customers-1"},
        "source": "erp",
        "type": "customers",
        "mode": "Full",
        "baseUrl": "http://erp:8080",
    }
    maps = {
        "run": {"run.json": json.dumps(run_file)},
        "profile": {"profile.yaml": (PROFILES / "demo-erp.yaml").read_text()},
    }
    held = {
        "credentials": {"username": USER, "password": PASSWORD},
        "database": {"url": "sqlite:////tmp/out.db"},
    }
    labels = {"app": "erp"}
    container = {
        "name": "erp",
        "image": erp_image,
        "args": ["serve", "--host", "0.0.0.0", "--port", "8080", "--rows", ROWS],  # noqa: S104 - a pod
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1},
    }
    return [
        *({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": n}, "data": data} for n, data in maps.items()),
        *({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": n}, "stringData": d} for n, d in held.items()),
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "erp", "labels": labels},
            "spec": {"containers": [container]},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "erp"},
            "spec": {"selector": labels, "ports": [{"port": 8080}]},
        },
    ]


def scraper_pod(name: str, image: str) -> dict[str, Any]:
    """A pod like those of the operator's Jobs."""
    volumes = [
        {"name": each, kind: {"secretName" if kind == "secret" else "name": each}} for each, (kind, _) in MOUNTS.items()
    ]
    mounts = [{"name": each, "mountPath": path, "readOnly": True} for each, (_, path) in MOUNTS.items()]
    container = {
        "name": "scraper",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["job"],
        "env": [{"name": "HOME", "value": SCRATCH}, {"name": "TZ", "value": "Europe/Rome"}],
        "resources": {"requests": {"cpu": "250m", "memory": "512Mi"}, "limits": {"memory": "1536Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "scratch", "mountPath": SCRATCH}, *mounts],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "runAsGroup": 10001,
                "fsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": [{"name": "scratch", "emptyDir": {}}, *volumes],
        },
    }


@contextmanager
def namespace() -> Iterator[str]:
    """A namespace of the benchmark's own."""
    name = f"bench-cold-{secrets.token_hex(3)}"
    kubectl("create", "namespace", name)
    try:
        yield name
    finally:
        kubectl("delete", "namespace", name, "--wait=false")


def pod(place: str, name: str) -> dict[str, Any]:
    """The pod as it is now."""
    found: dict[str, Any] = json.loads(kubectl("get", "pod", "-n", place, name, "-o", "json"))
    return found


def kubectl(*arguments: str, given: object = None) -> str:
    """Run kubectl; its output. Raises BenchError."""
    return command(
        ["kubectl", *arguments], given=json.dumps(given) if given is not None else None, seconds=SECONDS + 30
    )


def command(words: list[str], *, seconds: int, given: str | None = None) -> str:
    """Run a command; its output. Raises BenchError."""
    done = subprocess.run(words, input=given, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(words)}: {done.stderr[-1000:]}")
    return done.stdout


if __name__ == "__main__":
    run("scraper_cold_start", bench)
