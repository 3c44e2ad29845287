"""Installs Prometheus' own programs into a namespace, and asks them what they know.

Not decided here: what is scraped and which alerts there are. That is what the chart's ServiceMonitor and PrometheusRule
say to the Prometheus Operator.
"""

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from dev.demo.kube import kubectl, port_forward, run

ROOT = Path(__file__).resolve().parents[2]
STACK = Path(__file__).with_name("stack.yaml")
TARGETS = ("prometheus", "alertmanager", "prometheus-operator", "prometheus-config-reloader")
VALUES = {
    "metrics": {
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}, "interval": "2s"},
        "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
    }
}
"""What the chart is told so that this Prometheus finds it."""


@dataclass(frozen=True)
class Stack:
    """The programs in one namespace. Everything raises CommandFailed when a command does not do what it should."""

    namespace: str

    def define(self) -> None:
        """Bring the Prometheus Operator's definitions into the cluster, where they stay."""
        kubectl("apply", "--server-side", "--force-conflicts", "-f", str(definitions()), timeout=120)
        kubectl("wait", "--for=condition=Established", "-f", str(definitions()), "--timeout=60s", timeout=90)

    def install(self, python: str) -> None:
        """Build, load and start everything, and wait until it is ready. `python`: an image that can run Python.

        What is to be scraped had better be there already: a change of configuration takes the kubelet and the
        Operator's reloader minutes to bring to Prometheus.
        """
        names = run(str(ROOT / "dev/images/build"), *TARGETS, timeout=900).split()
        run(str(ROOT / "dev/images/load"), *names, timeout=300)
        images = {name.partition("/")[2].partition(":")[0]: name for name in names}
        text = Template(STACK.read_text(encoding="utf-8")).substitute(
            namespace=self.namespace,
            python=python,
            operator=images["prometheus-operator"],
            reloader=images["prometheus-config-reloader"],
            prometheus=images["prometheus"],
            alertmanager=images["alertmanager"],
        )
        kubectl("apply", "-n", self.namespace, "-f", "-", stdin=text)
        for kind in ("prometheus", "alertmanager"):
            condition = "--for=condition=Available"
            kubectl("wait", f"{kind}.monitoring.coreos.com/main", condition, "--timeout=180s", "-n", self.namespace)
        kubectl("wait", "pod/somebody", "--for=condition=Ready", "--timeout=60s", "-n", self.namespace)

    @contextmanager
    def prometheus(self) -> Iterator["Prometheus"]:
        """Its interface, through the API server."""
        with port_forward("svc/prometheus-operated", 9090, self.namespace) as port:
            yield Prometheus(f"http://127.0.0.1:{port}")

    def received(self) -> list[dict[str, Any]]:
        """The alerts that have reached somebody, in order: {status, labels, annotations, ...} each."""
        lines = kubectl("logs", "somebody", "-n", self.namespace).splitlines()
        return [alert for line in lines if line.strip() for alert in json.loads(line)["alerts"]]


class Prometheus:
    """A running Prometheus. Calls raise urllib.error.URLError (an OSError) when it does not answer."""

    def __init__(self, url: str) -> None:
        self._url = url

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """The samples of an instant query: labels and value."""
        result = self._get("query", query=expression)["result"]
        return [(sample["metric"], float(sample["value"][1])) for sample in result]

    def targets(self) -> list[dict[str, Any]]:
        """The active targets."""
        targets: list[dict[str, Any]] = self._get("targets", state="active")["activeTargets"]
        return targets

    def rules(self) -> list[dict[str, Any]]:
        """Every rule that is evaluated."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def _get(self, path: str, **query: str) -> Any:
        url = f"{self._url}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - http to a port of this machine
            return json.load(answer)["data"]


def definitions() -> Path:
    """The folder with the Prometheus Operator's definitions, at the version that dev/cluster/tools builds."""
    tools = (ROOT / "dev/cluster/tools").read_text(encoding="utf-8")
    found = re.search(r"^prometheus-operator +(\S+)", tools, re.MULTILINE)
    assert found is not None
    module = json.loads(run("go", "mod", "download", "-json", found[1]))
    return Path(module["Dir"]) / "example/prometheus-operator-crd"
