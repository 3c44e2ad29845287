"""What people see and do where the statuses are those of an operator, set by hand: no operator may run here."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cluster.plugin.conftest import Namespace, until
from tests.unit.plugin.documents import DEAD, Document, merged, schedule, source, task


def at(**ago: float) -> str:
    """An instant before now."""
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def fresh(status: Document) -> Document:
    """A status whose instants are of today."""
    text = json.dumps(status)
    return dict(json.loads(re.sub(r"2026-11-24T\d\d:\d\d:\d\dZ", at(minutes=3), text)))


def running() -> Document:
    """The status of a sync that has run for three minutes."""
    return {
        "state": "Running",
        "attempt": 1,
        "startedAt": at(minutes=3),
        "attempts": [{"number": 1, "job": "orders-1", "startedAt": at(minutes=3)}],
        "job": "orders-1",
        "progress": {"phase": "read", "current": 540, "total": 1200, "percentage": 45},
    }


def queued() -> Document:
    """The status of one that waits for it, as of now: a constant would be as old as the whole test run."""
    return {
        "state": "Queued",
        "queuedAt": at(minutes=1),
        "waitingFor": {
            "reason": "SourceBusy",
            "message": "erp allows 1 at a time: orders-29f3c since 2026-11-24 08:57:00 UTC.",
            "since": at(minutes=1),
        },
        "queuePosition": 1,
        "estimatedStart": at(minutes=-9),
    }


SCHEDULED = {"type": "orders", "mode": "Full", "priority": 60, "triggeredBy": "Scheduler", "scheduleRef": "orders"}


@pytest.fixture(scope="module", autouse=True)
def scene(space: Namespace) -> None:
    """One source, two schedules, a sync that runs, one that waits for it, and two dead letters of one cause."""
    space.put(merged(source("watched"), {"status": None}))
    watched = space.run(
        "kubectl", "-n", space.name, "wait", "ssrc/watched", "--for=jsonpath={.status.conditions}", "--timeout=5s"
    )
    assert watched.status != 0, "an operator is at work in every namespace: these tests speak in its place"
    space.kubectl("delete", "ssrc", "watched")
    space.put(source(status=fresh(source()["status"])))
    space.put(schedule(status=fresh(schedule()["status"])))
    space.put(schedule("orders", "orders"))
    by_schedule = merged(task("orders-29f3c"), {"spec": {"requestedBy": None}})
    space.put(merged(by_schedule, {"spec": SCHEDULED, "status": running()}))
    space.put(task("customers-now-x7k2p", status=queued()))
    for name, type_ in (("prices-1", "prices"), ("invoices-1", "invoices")):
        space.put(task(name, spec={"type": type_}, status=merged(fresh(DEAD), {"completedAt": at(minutes=2)})))


def test_status(space: Namespace) -> None:
    done = space.sincro("status")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("erp   running   https://erp.example.com\n")
    assert re.search(
        r"^  1   customers-now-x7k2p +erp +customers +Delta +anna .*orders-29f3c since", done.out, re.MULTILINE
    )
    assert re.search(r"^  orders-29f3c +erp +orders +Full +read 45% \(540 of 1,200\) ", done.out, re.MULTILINE)
    everywhere = space.run("kubectl", "sincro", "status", "-A", "-o", "json")
    mine = [one for one in json.loads(everywhere.out)["sources"] if one["namespace"] == space.name]
    assert [one["name"] for one in mine] == ["erp"]


def test_why_is_it_waiting_and_for_whom(space: Namespace) -> None:
    done = space.sincro("why", "customers-now-x7k2p")
    assert done.status == 0
    assert "Why       erp allows 1 at a time: orders-29f3c since 2026-11-24 08:57:00 UTC." in done.out
    assert "Queue     It is the next one, with priority 100." in done.out
    assert re.search(r"Slot      orders-29f3c: Full of orders for schedule orders, runs for \S+, read 45%", done.out)
    assert re.search(r"Start     About \d\d:\d\d \(in \d+m", done.out)
    facts = json.loads(space.sincro("why", "customers-now-x7k2p", "-o", "json").out)["facts"]
    assert (facts["heldBy"], facts["requestedBy"]) == (["orders-29f3c"], "anna")


def test_why_of_what_is_not_there(space: Namespace) -> None:
    done = space.sincro("why", "nobody")
    assert (done.status, done.out) == (1, "")
    assert done.err == "error: there is no task, schedule, source or type nobody here\n"


def test_pause_with_who_and_why_and_resume(space: Namespace) -> None:
    me = json.loads(space.run("kubectl", "auth", "whoami", "-o", "json").out)["status"]["userInfo"]["username"]
    done = space.sincro("pause", "erp", "--schedule", "customers", "--reason", "Inventory")
    assert done.out.split() == ["syncsource.sincro.dev/erp", "paused", "syncschedule.sincro.dev/customers", "suspended"]
    spec = space.get("ssrc", "erp")["spec"]
    assert (spec["paused"], spec["pausedBy"], spec["pauseReason"]) == (True, me, "Inventory")
    assert f"Paused by {me}: Inventory; a person's syncs still run." in space.sincro("status").out
    assert f"It is suspended by {me}: Inventory." in space.sincro("why", "schedule/customers").out
    assert "No run of customers: it is suspended" in space.sincro("preview", "customers", "--days", "1").out
    assert space.sincro("resume", "erp", "--schedule", "customers").status == 0
    spec = space.get("ssrc", "erp")["spec"]
    assert (spec["paused"], "pausedBy" in spec, "pauseReason" in spec) == (False, False, False)
    assert not {"suspendedBy", "suspendReason"} & space.get("ssched", "customers")["spec"].keys()


def test_sync_cancel_and_what_the_api_server_refuses(space: Namespace) -> None:
    name = space.sincro("sync", "customers", "--mode", "full", "--priority", "70", "-o", "name").out.strip()
    assert re.fullmatch(r"synctask\.sincro\.dev/customers-now-[a-z0-9]{5}", name)
    spec = space.get("stask", name.rpartition("/")[2])["spec"]
    assert (spec["mode"], spec["priority"], spec["triggeredBy"]) == ("Full", 70, "Manual")
    assert space.sincro("cancel", name.rpartition("/")[2]).status == 0
    assert space.get("stask", name.rpartition("/")[2])["spec"]["cancelledBy"] == spec["requestedBy"]
    refused = space.sincro("sync", "No_Stream", "--source", "erp")
    assert refused.status == 1
    assert "must be the name of a stream of the profile" in refused.err


def test_a_group_of_dead_letters_is_repeated(space: Namespace) -> None:
    shown = space.sincro("dead-letters")
    assert re.match(r"3f0a9be1c2d47788   SchemaDrift/HeaderRenamed   2 syncs   erp invoices, erp prices   ", shown.out)
    one = space.sincro("dead-letters", "--group", "3f0a")
    assert "prices-1/screenshot.png" in one.out
    names = space.sincro("retry", "--group", "3f0a", "-o", "name").out.split()
    specs = [space.get("stask", name.rpartition("/")[2])["spec"] for name in names]
    assert sorted((one["retryOf"], one["triggeredBy"], one["type"]) for one in specs) == [
        ("invoices-1", "Retry", "invoices"),
        ("prices-1", "Retry", "prices"),
    ]
    assert space.sincro("dead-letters").out == "No dead letters: nothing waits for a person.\n"
    assert "repeated by prices-retry-" in space.sincro("dead-letters", "--group", "3f0a").out
    again = space.sincro("retry", "--group", "3f0a")
    assert (again.status, again.err[:6]) == (1, "error:")


def test_history(space: Namespace) -> None:
    names = space.sincro("history", "--state", "DeadLettered", "--type", "prices", "-o", "name").out
    assert names == "synctask.sincro.dev/prices-1\n"
    assert "No sync that has ended matches" in space.sincro("history", "--by", "nobody").out


def test_preview(space: Namespace) -> None:
    document = json.loads(space.sincro("preview", "orders", "--days", "2", "-o", "json").out)
    assert {one["type"] for one in document["runs"]} == {"orders"}
    modes = {one["mode"] for one in document["runs"]}
    assert modes == {"Full", "Delta"}
    starts = [datetime.fromisoformat(one["start"]) for one in document["runs"] if one["start"]]
    assert starts == sorted(starts)


# ---------------------------------------------------------------- following


class Operator:
    """Moves one task along as an operator would."""

    def __init__(self, space: Namespace) -> None:
        self._space = space

    def __call__(self, name: str, end: Document, *, steps: int = 4) -> None:
        self._space.set_status("stask", name, {"state": "Running", "attempt": 1, "startedAt": at()})
        for step in range(steps + 1):
            progress = {"phase": "read", "current": 300 * step, "total": 1200, "percentage": 25 * step}
            self._space.set_status("stask", name, {"progress": progress})
        self._space.set_status("stask", name, {"completedAt": at(), **end})


SUCCESS = {"state": "Succeeded", "result": {"mode": "Full", "created": 3, "updated": 1, "unchanged": 7, "deleted": 0}}


def started(space: Namespace, process: "subprocess.Popen[str]", since: set[str]) -> str:
    """The name of the task that the program has created."""

    def look() -> list[str]:
        assert process.poll() is None, "it ended early"
        return sorted(names(space) - since)

    return until(look, "a new task")[0]


def names(space: Namespace) -> set[str]:
    return {name.rpartition("/")[2] for name in space.kubectl("get", "stask", "-o", "name").split()}


@pytest.mark.parametrize(
    ("end", "status", "last"),
    [
        (SUCCESS, 0, "succeeded: 3 created, 1 updated, 0 deleted, 7 unchanged"),
        (
            {"state": "DeadLettered", "lastError": {"class": "Timeout", "message": "30 minutes are over"}},
            3,
            "given up after 1 of 3 attempts: Timeout: 30 minutes are over",
        ),
        ({"state": "Cancelled"}, 4, "cancelled"),
    ],
)
def test_follow_and_its_exit_codes(space: Namespace, end: Document, status: int, last: str) -> None:
    before = names(space)
    process = space.start("sync", "customers", "--follow", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    name = started(space, process, before)
    Operator(space)(name, end)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (status, "")
    lines = out.splitlines()
    assert lines[0] == f"synctask.sincro.dev/{name} created"
    assert lines[-1].startswith(f"{name}: ")
    assert re.sub(r" in (under )?\d+s", "", lines[-1]) == f"{name}: {last}"
    assert f"{name}: read 50% (600 of 1,200)" in lines


def test_the_time_is_over(space: Namespace) -> None:
    done = space.sincro("sync", "customers", "--wait", "--timeout", "2s")
    assert done.status == 5
    assert "goes on; no longer waited for" in done.out


def _hears_ctrl_c() -> None:
    """As in a terminal: whoever is started in the background has inherited that the signal is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c(space: Namespace) -> None:
    before = names(space)
    process = space.start(
        "sync",
        "customers",
        "--follow",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_hears_ctrl_c,
    )
    name = started(space, process, before)
    assert process.stdout is not None
    until(lambda: "is queued" in process.stdout.readline(), "followed")
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out.splitlines()[-1] == f"{name}: goes on; to stop it: kubectl sincro cancel {name}"
    assert space.get("stask", name)["spec"]["cancel"] is False


def _screen(space: Namespace, variables: dict[str, str], *words: str) -> Iterator[str]:
    """What the program writes to a terminal of its own, piece by piece."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["kubectl", "sincro", *words, "-n", space.name],
        env={**space.environment, "TERM": "xterm", **variables},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    deadline = time.monotonic() + 120
    try:
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 0.5)[0]:
                yield os.read(ours, 65536).decode(errors="replace")
    except OSError:  # the other end is closed
        return
    finally:
        os.close(ours)
        process.wait(timeout=60)


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}])
def test_the_bar_moves_on_a_terminal(space: Namespace, variables: dict[str, str]) -> None:
    name = space.put(merged(task("x"), {"metadata": {"name": None, "generateName": "customers-now-"}}))
    screen, moved = "", None
    for piece in _screen(space, variables, "follow", name):
        screen += piece
        if moved is None and "operator" in screen:
            moved = threading.Thread(target=Operator(space), args=(name, SUCCESS))
            moved.start()
    assert moved is not None
    moved.join()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", screen)
    shares = [int(share) for share in re.findall(r"\] +(\d+)%", plain)]
    assert shares == sorted(shares)
    assert len(set(shares)) > 2
    assert ("\x1b[32m" in screen) is not bool(variables)
    assert re.search(r": succeeded.*: 3 created, 1 updated, 0 deleted, 7 unchanged", plain)
    assert plain.endswith("\x1b[1A\r\x1b[J")  # nothing is left of the bar


# ---------------------------------------------------------------- connection


def test_another_user_is_named_as_the_one_who_asks(space: Namespace) -> None:
    role = ["create", "rolebinding", "eve", "--clusterrole=cluster-admin", "--user=eve"]
    space.kubectl(*role)
    done = space.sincro("sync", "customers", "--as", "eve", "-o", "json")
    assert json.loads(done.out)["spec"]["requestedBy"] == "eve"


def test_who_may_not_is_told_so(space: Namespace) -> None:
    done = space.sincro("status", "--as", "nobody-at-all")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert 'User "nobody-at-all" cannot list resource' in done.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--context", "nowhere"], 'context "nowhere" does not exist'),
        (["--server", "https://127.0.0.1:1"], "127.0.0.1:1"),
        (["--kubeconfig", "/nowhere"], "nowhere"),
    ],
)
def test_no_way_to_the_api_server(space: Namespace, words: list[str], complaint: str) -> None:
    done = space.sincro("status", *words)
    assert (done.status, done.out) == (1, "")
    assert complaint in done.err


def test_a_configuration_whose_token_comes_from_a_program(space: Namespace, tmp_path: Path) -> None:
    space.kubectl("create", "serviceaccount", "machine")
    space.kubectl(
        "create", "rolebinding", "machine", "--clusterrole=cluster-admin", f"--serviceaccount={space.name}:machine"
    )
    token = space.kubectl("create", "token", "machine").strip()
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": token}}
    program = tmp_path / "login"
    program.write_text(f"#!/bin/sh\necho '{json.dumps(credential)}'\n")
    program.chmod(0o755)
    config = json.loads(space.run("kubectl", "config", "view", "--minify", "--raw", "-o", "json").out)
    exec_ = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program), "interactiveMode": "Never"}
    config["users"] = [{"name": config["users"][0]["name"], "user": {"exec": exec_}}]
    path = tmp_path / "config"
    path.write_text(json.dumps(config))
    done = space.sincro("sync", "customers", "-o", "json", "--kubeconfig", str(path))
    assert json.loads(done.out)["spec"]["requestedBy"] == f"system:serviceaccount:{space.name}:machine"


def test_the_namespace_of_the_context(space: Namespace, tmp_path: Path) -> None:
    config = json.loads(space.run("kubectl", "config", "view", "--minify", "--raw", "-o", "json").out)
    config["contexts"][0]["context"]["namespace"] = space.name
    path = tmp_path / "config"
    path.write_text(json.dumps(config))
    done = space.run("kubectl", "sincro", "sync", "customers", "-o", "json", "--kubeconfig", str(path))
    assert json.loads(done.out)["metadata"]["namespace"] == space.name


# ---------------------------------------------------------------- completion by kubectl itself


@pytest.mark.parametrize(
    ("words", "candidates"),
    [
        (["sta"], ["status"]),
        (["status", ""], ["erp"]),
        (["why", "orders-"], ["orders-29f3c"]),
        (["retry", "prices-1", "--mode", "F"], ["Force", "Full"]),
    ],
)
def test_kubectl_completes(space: Namespace, words: list[str], candidates: list[str]) -> None:
    before = [] if len(words) == 1 else ["-n", space.name]
    done = space.run("kubectl", "__complete", "sincro", *before, *words)
    *found, directive = done.out.splitlines()
    assert ([one.partition("\t")[0] for one in found], directive) == (candidates, ":4")
