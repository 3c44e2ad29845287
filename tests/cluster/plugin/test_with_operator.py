"""What people see and do while a real operator is at work in the namespace, with a stand-in for the scraper."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.plugin.conftest import ROOT, Namespace, until
from tests.unit.plugin.documents import Document

IMAGE = "sincro/fake-scraper:dev"
STREAMS = ("customers", "orders", "prices")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def operator(space: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An operator for this namespace alone. Gives its log."""
    folder = tmp_path_factory.mktemp("operator")
    scraper = ROOT / "tests" / "cluster" / "operator" / "fake_scraper"
    for words in (("docker", "build", "-q", "-t", IMAGE, str(scraper)), (str(ROOT / "dev/images/load"), IMAGE)):
        done = space.run(*words)
        assert done.status == 0, done.err
    settings = {
        "namespaces": [space.name],
        "scraper": {"image": IMAGE},
        "leaderElection": {"namespace": space.name},
        "healthEndpoint": f"http://127.0.0.1:{_free_port()}/healthz",
        "metricsPort": _free_port(),
    }
    (folder / "settings.yaml").write_text(json.dumps(settings))
    log = folder / "log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "sincro_operator"],
            env={**space.environment, "SINCRO_SETTINGS": str(folder / "settings.yaml"), "POD_NAME": "plugin-test"},
            stdout=stream,
            stderr=stream,
            cwd=folder,
        )
    yield log
    process.terminate()
    process.wait(timeout=60)


def _secret(name: str, **data: str) -> Document:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}


def _source(name: str, query: str, sessions: int = 1) -> Document:
    return {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncSource",
        "metadata": {"name": name},
        "spec": {
            "profile": {"name": "demo-erp-profile"},
            "baseUrl": f"http://erp.example.com/?{query}",
            "credentialsSecretRef": {"name": "credentials"},
            "databaseSecretRef": {"name": "database"},
            "maxConcurrent": sessions,
        },
    }


@pytest.fixture(scope="module", autouse=True)
def scene(space: Namespace, operator: Path) -> None:
    """Three sources: one that answers, one that is slow, one that refuses the user."""
    space.kubectl("apply", "-f", str(ROOT / "examples" / "20-profile.yaml"))
    space.apply(
        _secret("credentials", username="servizio", password="secret"),
        _secret("database", url="postgresql://nobody@nowhere/none"),
        _source("good", "sleep=0.5"),
        _source("slow", "sleep=600"),
        _source("locked", "exit=21"),
    )

    def ready() -> bool:
        states = json.loads(space.sincro("status", "-o", "json").out)["sources"]
        return len(states) == 3 and all(one["state"] == "idle" for one in states)

    try:
        until(ready, "three sources are ready", 90)
    except AssertionError:
        raise AssertionError(operator.read_text()[-4000:]) from None


def test_a_sync_from_the_command_to_its_counts(space: Namespace) -> None:
    done = space.sincro("sync", "customers", "--source", "good", "--follow", "--timeout", "2m")
    assert done.status == 0, done.out + done.err
    assert done.out.splitlines()[-1].endswith(": 3 created, 1 updated, 0 deleted, 7 unchanged")
    assert "runs, attempt 1 of 3" in done.out
    name = done.out.split()[0].rpartition("/")[2]
    history = space.sincro("history", "--mine", "--source", "good", "-o", "json")
    assert [one["metadata"]["name"] for one in json.loads(history.out)["items"]] == [name]
    assert "Full of customers from good: succeeded" in space.sincro("why", name).out  # the first one reads everything


def test_why_it_waits_and_for_whom_and_what_cancelling_does(space: Namespace) -> None:
    first = space.sincro("sync", "customers", "--source", "slow", "-o", "name").out.strip().rpartition("/")[2]
    until(lambda: space.get("stask", first).get("status", {}).get("state") == "Running", "it runs", 90)
    second = space.sincro("sync", "orders", "--source", "slow", "-o", "name").out.strip().rpartition("/")[2]

    def explained() -> Document | None:
        found: Document = json.loads(space.sincro("why", second, "-o", "json").out)
        return found if found["facts"].get("waitingFor") else None

    explanation = until(explained, "the operator says why it waits", 30)
    assert explanation["facts"]["waitingFor"] == "SourceBusy"
    assert explanation["facts"]["heldBy"] == [first]
    assert explanation["facts"]["queuePosition"] == 1
    texts = {answer["question"]: answer["text"] for answer in explanation["answers"]}
    assert first in texts["Why"]
    assert texts["Slot"].startswith(f"{first}: Full of customers for ")
    assert texts["Do"].endswith(f"kubectl sincro cancel {first}")
    assert space.sincro("cancel", first, "--wait", "--timeout", "2m").status == 0
    assert space.get("stask", first)["status"]["state"] == "Cancelled"
    until(lambda: space.get("stask", second)["status"]["state"] == "Running", "the next one runs", 90)
    follow = space.sincro("follow", second, "--timeout", "2s")
    assert follow.status == 5
    done = space.start("follow", second, stdout=subprocess.PIPE)
    space.sincro("cancel", second)
    out, _ = done.communicate(timeout=90)
    assert (done.returncode, out.splitlines()[-1].startswith(f"{second}: cancelled by ")) == (4, True)


def test_a_pause_holds_back_what_is_scheduled_but_nobody_who_asks(space: Namespace) -> None:
    assert space.sincro("pause", "good", "--reason", "Inventory").status == 0
    space.apply(
        {
            "apiVersion": "sincro.dev/v1alpha1",
            "kind": "SyncSchedule",
            "metadata": {"name": "prices"},
            "spec": {"sourceRef": {"name": "good"}, "type": "prices", "full": {"every": "24h"}, "quietHours": []},
        }
    )
    done = space.sincro("sync", "prices", "--source", "good", "--wait", "--timeout", "2m")
    assert done.status == 0, done.out + done.err
    assert "Paused by " in space.sincro("why", "good").out
    assert "Its source is paused by " in space.sincro("why", "schedule/prices").out
    assert "No run of prices: good is paused" in space.sincro("preview", "prices", "--days", "1").out
    assert space.sincro("resume", "good").status == 0
    later = json.loads(space.sincro("preview", "prices", "--days", "2", "-o", "json").out)
    assert [one["mode"] for one in later["runs"]][-1] == "Full"


def test_a_dead_letter_is_shown_by_its_cause_and_repeated(space: Namespace) -> None:
    done = space.sincro("sync", "customers", "--source", "locked", "--wait", "--timeout", "2m")
    assert done.status == 3, done.out + done.err
    assert "CredentialsRejected: The ERP refused the user." in done.out
    groups = json.loads(space.sincro("dead-letters", "-o", "json").out)["groups"]
    assert [(one["error"]["class"], one["open"]) for one in groups] == [("CredentialsRejected", 1)]
    assert groups[0]["advice"] == "Correct user and password in the credentials Secret, then retry."
    until(lambda: "circuit open" in space.sincro("status", "locked").out, "the circuit opens", 60)
    space.kubectl(
        "patch", "ssrc", "locked", "--type=merge", "-p", '{"spec": {"baseUrl": "http://erp.example.com/?exit=0"}}'
    )
    retry = space.sincro("retry", "--group", groups[0]["fingerprint"][:6], "--follow", "--timeout", "2m")
    assert retry.status == 0, retry.out + retry.err
    assert space.sincro("dead-letters").out == "No dead letters: nothing waits for a person.\n"
