"""A newcomer's path on the real cluster: the commands and documents of README, tutorial and how-to, in their order, as
they stand there, up to a schedule for an application of their own. Only names and addresses are those of this run.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from dev.demo.kube import port_forward
from tests.e2e.chart.conftest import ROOT, Document, Release, run, wait_for
from tests.e2e.chart.own_application import PASSWORD, ROWS, USER
from tests.unit.docs.page import Page

README, TUTORIAL = Page(ROOT / "README.md"), Page(ROOT / "docs/tutorial.md")
ROLL_OUT, PROFILE = Page(ROOT / "docs/how-to/roll-out.md"), Page(ROOT / "docs/profile.md")
pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Newcomer:
    """A person at a terminal in the clone, who writes files into a folder."""

    release: Release
    folder: Path
    address: str
    """Where their application is from here."""

    def runs(self, page: Page, beginning: str, seconds: float = 120) -> str:
        """What the one command of a page that begins so prints. Raises AssertionError when it fails."""
        (line,) = {line for line in page.commands if line.startswith(beginning)}
        return self.types(line, seconds=seconds)

    def types(self, line: str, text: str | None = None, seconds: float = 120) -> str:
        """What a line prints, with the names and addresses of this run."""
        namespace = self.release.namespace
        line = re.sub(r"(-n |--namespace[= ])sincro\b", rf"\g<1>{namespace}", line)
        line = line.replace("https://erp.example.com", self.address).replace("helm/sincro", str(ROOT / "helm/sincro"))
        line = line.replace("postgresql://user:password@host:5432/name", self.database).replace(
            "password=secret", f"password={PASSWORD}"
        )
        path = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"
        environment = os.environ | {"PATH": path, "SINCRO_PASSWORD": PASSWORD, "SINCRO_USERNAME": USER}
        environment["KUBECONFIG"] = str(self.folder / "kubeconfig")
        done = subprocess.run(
            ["bash", "-c", line.replace(".venv/bin/", "")],
            cwd=self.folder, env=environment, input=text, capture_output=True, text=True, timeout=seconds,
        )  # fmt: skip
        assert done.returncode == 0, f"$ {line}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def database(self) -> str:
        """The URL of a database of their own, as a Secret holds it."""
        text = self.release.kubectl(
            "get", "secret", "sincro-postgresql", "-o", 'go-template={{index .data "erp-url" | base64decode}}'
        )
        return text.strip().rpartition("/")[0] + "/own"

    def writes(self, page: Page, name: str, change: dict[str, str] | None = None) -> None:
        """Save the block of a page that has this file's name, with parts of it changed."""
        (block,) = re.findall(rf"^```yaml\n(# {name}.*?)^```", page.text, re.MULTILINE | re.DOTALL)
        for old, new in (change or {}).items():
            assert old in block
            block = block.replace(old, new)
        (self.folder / name).write_text(block)

    def ended(self, name: str) -> Document:
        """The status of a sync that has ended well."""
        status = self.release.outcome(name)
        assert status["state"] == "Succeeded", status
        return status


@pytest.fixture(scope="module")
def newcomer(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """A person with an application of their own in the cluster."""
    script = (ROOT / "tests/e2e/chart/own_application.py").read_text()
    operator = release.values["operator"]["image"]
    container: Document = {
        "name": "crm",
        "image": f"{operator['repository']}:{operator['tag']}",
        "command": ["python", "-c", script, "8000"],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    security = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "crm", "labels": {"app": "crm"}},
        "spec": {"containers": [container], "securityContext": security, "automountServiceAccountToken": False},
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "crm"},
        "spec": {"selector": {"app": "crm"}, "ports": [{"port": 8000}]},
    }
    for document in (pod, service):
        release.kubectl("apply", "-f", "-", text=json.dumps(document))
    release.kubectl("wait", "--for=condition=Ready", "pod/crm", "--timeout=90s", seconds=100)
    query = "CREATE DATABASE own OWNER erp"
    release.kubectl("exec", "sincro-postgresql-0", "--", "psql", "-h", "/tmp", "-U", "postgres", "-c", query)
    folder = tmp_path_factory.mktemp("newcomer")
    (folder / "kubeconfig").write_text(run("kubectl", "config", "view", "--raw", "--flatten"))
    with port_forward("svc/crm", 8000, release.namespace) as port:
        yield Newcomer(release, folder, f"http://127.0.0.1:{port}")


def test_what_is_there(newcomer: Newcomer) -> None:
    release = newcomer.release
    newcomer.types("kubectl config set-context --current --namespace=sincro")
    newcomer.ended("demo-customers-now")
    assert "demo-erp" in newcomer.runs(TUTORIAL, "kubectl get sincro")
    assert "demo-customers" in newcomer.runs(TUTORIAL, "kubectl get ssched -o wide")
    assert "Events" in newcomer.runs(TUTORIAL, "kubectl describe ssrc demo-erp")
    assert "quietHours" in newcomer.runs(TUTORIAL, "kubectl explain syncschedule.spec.quietHours")
    assert release.namespace in newcomer.types("kubectl config view --minify")
    (line,) = (line for line in TUTORIAL.commands if line.startswith("kubectl exec sincro-postgresql-0"))
    assert "(5 rows)" in newcomer.types(line)


def test_the_first_sync_of_the_readme(newcomer: Newcomer) -> None:
    newcomer.writes(README, "now.yaml")
    created = newcomer.runs(README, "kubectl create -n sincro -f now.yaml")
    name = re.search(r"products-\w+", created)
    assert name
    assert newcomer.ended(name[0])["result"]["read"] == 800
    shown = newcomer.runs(README, "kubectl describe stask demo-customers-now")
    assert "Succeeded" in shown


def test_the_plugin(newcomer: Newcomer) -> None:
    assert "succeeded" in newcomer.runs(TUTORIAL, "kubectl sincro sync customers --follow", 600).lower()
    assert "demo-erp" in newcomer.runs(TUTORIAL, "kubectl sincro status")


def test_an_application_of_their_own_without_a_cluster(newcomer: Newcomer) -> None:
    first = re.search(r"## Ten minutes to a first profile\n+```yaml\n(.*?)```", PROFILE.text, re.DOTALL)
    assert first
    (newcomer.folder / "my-erp.yaml").write_text(first[1])
    shown = newcomer.runs(TUTORIAL, ".venv/bin/sincro-scraper check my-erp.yaml")
    assert "Cliente 1 & figli" in shown
    newcomer.runs(TUTORIAL, ".venv/bin/sincro-scraper run my-erp.yaml")
    assert (newcomer.folder / "out.db").stat().st_size > 0


def test_a_schedule_for_it(newcomer: Newcomer) -> None:
    release = newcomer.release
    newcomer.runs(TUTORIAL, "kubectl create configmap my-erp-profile")
    newcomer.runs(TUTORIAL, "kubectl create secret generic my-erp-credentials")
    newcomer.runs(TUTORIAL, "kubectl create secret generic my-database")
    inside = {"https://erp.example.com": "http://crm:8000"}
    by_day_and_night = {"rollout: DryRun": "rollout: DryRun\n  quietHours: []"}
    newcomer.writes(TUTORIAL, "my-erp-source.yaml", inside | by_day_and_night)
    erp = {"to": {"podSelector": {"matchLabels": {"app": "crm"}}}, "ports": [8000]}
    newcomer.writes(TUTORIAL, "my-network.yaml", {"{cidr: 203.0.113.7/32, ports: [443]}": json.dumps(erp)})
    assert yaml.safe_load((newcomer.folder / "my-network.yaml").read_text())["networkPolicy"]["erps"] == [erp]
    newcomer.runs(TUTORIAL, "helm upgrade sincro", 200)
    newcomer.runs(TUTORIAL, "kubectl apply -f my-erp-source.yaml")
    assert "my-customers" in newcomer.runs(TUTORIAL, "kubectl get ssched my-customers")

    def first() -> str:
        tasks = release.get("synctasks")["items"]
        return next((t["metadata"]["name"] for t in tasks if t["spec"].get("scheduleRef") == "my-customers"), "")

    dry = newcomer.ended(wait_for("the schedule asks for its first run", first))
    assert (dry["result"]["read"], dry["result"]["created"]) == (ROWS, ROWS)
    (line,) = {line for line in ROLL_OUT.commands if "Active" in line}
    newcomer.types(line)
    newcomer.types("kubectl sincro sync customers --source my-erp --mode Full --wait", seconds=300)
    counted = release.kubectl(
        *("exec", "sincro-postgresql-0", "--", "psql", "-h", "/tmp", "-U", "postgres", "-d", "own", "-At"),
        *("-c", "SELECT count(*), sum(balance) FROM customers"),
    )
    count, total = counted.strip().split("|")
    assert (int(count), float(total)) == (ROWS, sum(1000 + n + 0.5 for n in range(1, ROWS + 1)))
    assert "my-erp" in newcomer.types("kubectl sincro preview --days 3")
