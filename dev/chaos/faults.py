"""What is broken, and how. Each fault breaks one thing, waits where that is the point, and mends what it must."""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from dev.demo.install import Installation
from dev.demo.kube import CommandFailed, apply, kubectl, run

CONTROL_PLANE, WORKER = "sincro-control-plane", "sincro-worker"
CUT_SECONDS = 20


@dataclass(frozen=True)
class Fault:
    """`strike` breaks it and returns what was done, in words. `shared`: other tenants of the cluster feel it too."""

    name: str
    strike: Callable[[Installation], str]
    shared: bool = False


def _kill_pods(demo: Installation, selector: str, most: int = 1) -> str:
    pods = json.loads(kubectl("get", "pods", "-n", demo.namespace, "-l", selector, "-o", "json"))["items"]
    names = [p["metadata"]["name"] for p in pods if p["status"].get("phase") == "Running"][:most]
    if not names:
        return "nothing ran that could be killed"
    kubectl("delete", "pod", *names, "-n", demo.namespace, "--grace-period=0", "--force", "--wait=false")
    return f"killed {', '.join(names)}"


def _component(name: str) -> Callable[[Installation], str]:
    return lambda demo: _kill_pods(demo, f"app.kubernetes.io/component={name}")


def _leader(demo: Installation) -> str:
    """The replica that holds the Lease: the others would not be missed."""
    lease = json.loads(kubectl("get", "lease", "-n", demo.namespace, "-o", "json"))["items"]
    holder = next((str(item["spec"].get("holderIdentity") or "") for item in lease), "")
    name = holder.partition("_")[0]
    kubectl("delete", "pod", name, "-n", demo.namespace, "--grace-period=0", "--force", "--wait=false")
    return f"killed the leader {name}"


def _cut(component: str) -> Callable[[Installation], str]:
    """Nobody reaches the component for a while, and nobody is told: packets are dropped."""

    def strike(demo: Installation) -> str:
        policy = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "chaos-cut"},
            "spec": {
                "podSelector": {"matchLabels": {"app.kubernetes.io/component": component}},
                "policyTypes": ["Ingress"],
                "ingress": [{"from": [{"podSelector": {"matchLabels": {"chaos": "nobody"}}}]}],
            },
        }
        policies = json.loads(kubectl("get", "networkpolicy", "-n", demo.namespace, "-o", "json"))["items"]
        others = [
            p
            for p in policies
            if p["spec"]["podSelector"].get("matchLabels", {}).get("app.kubernetes.io/component") == component
        ]
        for other in others:
            kubectl("delete", "networkpolicy", other["metadata"]["name"], "-n", demo.namespace)
        apply(policy, demo.namespace)
        try:
            time.sleep(CUT_SECONDS)  # the fault itself: so long nobody answers
        finally:
            kubectl("delete", "networkpolicy", "chaos-cut", "-n", demo.namespace)
            for other in others:
                meta = {"name": other["metadata"]["name"], "labels": other["metadata"].get("labels", {})}
                apply({**{k: other[k] for k in ("apiVersion", "kind", "spec")}, "metadata": meta}, demo.namespace)
        return f"cut off for {CUT_SECONDS} s"

    return strike


def _misbehave(name: str, value: str | None = None, times: int | None = None) -> Callable[[Installation], str]:
    def strike(demo: Installation) -> str:
        with demo.erp() as erp:
            erp.misbehave(name, value, times)
        return f"{name} {value or ''}".strip()

    return strike


def _api_server(_demo: Installation) -> str:
    run("docker", "exec", CONTROL_PLANE, "pkill", "-KILL", "-x", "kube-apiserver")
    began = time.monotonic()
    while True:
        with suppress(CommandFailed):
            kubectl("get", "--raw", "/readyz", "--request-timeout=2s")
            break
        time.sleep(0.5)
    # The kubelet waits longer each time that it starts what has died: that is no part of our recovery.
    return f"killed; the kubelet had it back after {time.monotonic() - began:.0f} s"


def _node(_demo: Installation) -> str:
    run("docker", "pause", WORKER)
    try:
        time.sleep(CUT_SECONDS)  # the fault itself: so long the node stands still
    finally:
        run("docker", "unpause", WORKER)
    return f"{WORKER} stood still for {CUT_SECONDS} s"


FAULTS = (
    Fault("none", lambda _demo: "nothing, to compare with"),
    Fault("operator killed", _leader),
    Fault("scraper killed", _component("scraper")),
    Fault("Redis killed", _component("redis")),
    Fault("PostgreSQL killed", _component("postgresql")),
    Fault("ERP killed", _component("demo-erp")),
    Fault("dashboard killed", _component("dashboard")),
    Fault("PostgreSQL cut off", _cut("postgresql")),
    Fault("ERP cut off", _cut("demo-erp")),
    Fault("ERP answers 500", _misbehave("error500", "3")),
    Fault("ERP logs out", _misbehave("logout_after", "3", 1)),
    Fault("API server killed", _api_server, shared=True),
    Fault("node stands still", _node, shared=True),
)


def mend(demo: Installation) -> None:
    """Whatever a fault may have left: the ERP behaves again, and nothing is cut off."""
    with suppress(CommandFailed, OSError), demo.erp() as erp:
        erp.behave()
