"""NetworkPolicies are enforced by the cluster that the other tests stand on: who reaches whom, in one table.

Says nothing of Sincro's own policies; without this, a test of theirs could pass on a cluster that ignores them.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

DEADLINE_SECONDS = 30.0
SERVER = "while true; do nc -l -p 8080 </dev/null; done & while true; do nc -l -p 9090 </dev/null; done"


def kubectl(*arguments: str, stdin: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    """One call; raises with what kubectl said."""
    result = subprocess.run(["kubectl", *arguments], input=stdin, capture_output=True, text=True, check=False)
    assert result.returncode == 0 or not check, result.stderr
    return result


def pod(namespace: str, name: str, node: str, labels: dict[str, str], command: str) -> dict[str, Any]:
    """A pod on one node that runs a line of shell."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "nodeName": node,
            "terminationGracePeriodSeconds": 0,
            "tolerations": [{"operator": "Exists"}],
            "containers": [
                {
                    "name": "main",
                    "image": "busybox",
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["sh", "-c", command],
                    "ports": [{"name": "first", "containerPort": 8080}],
                }
            ],
        },
    }


@dataclass(frozen=True)
class Town:
    """Two namespaces; `near` and `far` (another node) beside the server, `stranger` in the other one."""

    own: str
    other: str
    addresses: dict[str, str]

    def found(self, connections: list[str]) -> dict[str, bool]:
        """Whether each connection `WHO NAME:PORT` is made; one call for each pod that tries."""
        found: dict[str, bool] = {}
        for who in {connection.split()[0] for connection in connections}:
            own = [connection for connection in connections if connection.split()[0] == who]
            targets = [connection.split()[1].partition(":") for connection in own]
            lines = [f"nc -w 3 {self.addresses[name]} {port} </dev/null; echo $?" for name, _, port in targets]
            namespace = self.other if who == "stranger" else self.own
            codes = kubectl("exec", "-n", namespace, who, "--", "sh", "-c", "\n".join(lines)).stdout.split()
            found |= {connection: code == "0" for connection, code in zip(own, codes, strict=True)}
        return found

    def apply(self, spec: dict[str, Any]) -> None:
        """The only policy of the server's namespace from now on."""
        filled = json.dumps(spec).replace("OTHER", self.other).replace("NEAR", self.addresses["near"])
        policy = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "tested", "namespace": self.own},
            "spec": json.loads(filled),
        }
        kubectl("replace", "--force", "-f", "-", stdin=json.dumps(policy))

    def clear(self) -> None:
        """No policy any more."""
        kubectl("delete", "networkpolicy", "--all", "-n", self.own)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    own, other = (f"network-{secrets.token_hex(3)}-{side}" for side in ("own", "other"))
    nodes = json.loads(kubectl("get", "nodes", "-o", "json").stdout)["items"]
    first, *rest = sorted((node["metadata"]["name"] for node in nodes), reverse=True)
    second = rest[0] if rest else first
    client = {"role": "client"}
    documents: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": own}},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": other}},
        pod(own, "server", first, {"app": "server"}, SERVER),
        pod(own, "near", first, client, "sleep 100000"),
        pod(own, "far", second, {"role": "other"}, "sleep 100000"),
        pod(other, "stranger", second, client, "sleep 100000"),
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "service", "namespace": own},
            "spec": {"selector": {"app": "server"}, "ports": [{"port": 80, "targetPort": 8080}]},
        },
    ]
    try:
        for document in documents:
            kubectl("apply", "-f", "-", stdin=json.dumps(document))
        for namespace in (own, other):
            kubectl("wait", "--for=condition=Ready", "pods", "--all", "-n", namespace, "--timeout=90s")
        address = "jsonpath={.status.podIP}"
        addresses = {
            name: kubectl("get", "pod", name, "-n", own, "-o", address).stdout for name in ("server", "near", "far")
        }
        cluster_ip = "jsonpath={.spec.clusterIP}"
        addresses["service"] = kubectl("get", "service", "service", "-n", own, "-o", cluster_ip).stdout
        addresses["dns"] = kubectl("get", "service", "kube-dns", "-n", "kube-system", "-o", cluster_ip).stdout
        yield Town(own, other, addresses)
    finally:
        kubectl("delete", "namespace", own, other, "--wait=false", check=False)


def ingress(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"app": "server"}}, "policyTypes": ["Ingress"], "ingress": list(rules)}


def egress(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": {"role": "client"}}, "policyTypes": ["Egress"], "egress": list(rules)}


CLIENTS = {"podSelector": {"matchLabels": {"role": "client"}}}
NAME = "kubernetes.io/metadata.name"
OTHERS = {"namespaceSelector": {"matchLabels": {NAME: "OTHER"}}}
DNS = {
    "to": [{"namespaceSelector": {"matchLabels": {NAME: "kube-system"}}}],
    "ports": [{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}],
}
NEAR, FAR, STRANGER = "near server:8080", "far server:8080", "stranger server:8080"
TO_SERVER = {"to": [{"podSelector": {"matchLabels": {"app": "server"}}}]}


@pytest.mark.parametrize(
    ("spec", "allowed", "refused"),
    [
        pytest.param(None, [NEAR, FAR, STRANGER, "far service:80"], [], id="no policy"),
        pytest.param(ingress(), [], [NEAR, FAR, STRANGER, "far service:80"], id="nobody comes in"),
        pytest.param(ingress({}), [NEAR, FAR, STRANGER], [], id="everybody comes in"),
        pytest.param(ingress({"from": [CLIENTS]}), [NEAR, "near service:80"], [FAR, STRANGER], id="pods"),
        pytest.param(ingress({"from": [OTHERS]}), [STRANGER], [NEAR, FAR], id="namespace"),
        pytest.param(
            ingress({"from": [{**OTHERS, "podSelector": {"matchLabels": {"role": "other"}}}]}),
            [], [NEAR, FAR, STRANGER], id="both in one peer",
        ),
        pytest.param(ingress({"ports": [{"port": 8080}]}), [NEAR, FAR], ["near server:9090"], id="port"),
        pytest.param(ingress({"ports": [{"port": "first"}]}), [NEAR], ["near server:9090"], id="named port"),
        pytest.param(
            ingress({"ports": [{"port": 9000, "endPort": 9100}]}), ["far server:9090"], [FAR], id="range of ports"
        ),
        pytest.param(
            ingress({"from": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["NEAR/32"]}}]}),
            [FAR, STRANGER], [NEAR], id="addresses but one",
        ),
        pytest.param(egress(), [FAR, STRANGER], [NEAR, "near dns:53"], id="nothing goes out"),
        pytest.param(egress(DNS), ["near dns:53"], [NEAR, "near service:80"], id="only names are asked"),
        pytest.param(
            egress({**TO_SERVER, "ports": [{"port": "first"}]}),
            [NEAR, "near service:80"], ["near server:9090", "near dns:53"], id="out to a named port",
        ),
    ],
)  # fmt: skip
def test_who_reaches_whom(town: Town, spec: dict[str, Any] | None, allowed: list[str], refused: list[str]) -> None:
    expected = {**dict.fromkeys(allowed, True), **dict.fromkeys(refused, False)}
    town.clear()
    if spec is not None:
        town.apply(spec)
    deadline = time.monotonic() + DEADLINE_SECONDS
    found: dict[str, bool] = {}
    while found != expected and time.monotonic() < deadline:
        found = town.found(list(expected))
    assert found == expected
