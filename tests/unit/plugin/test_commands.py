"""Commands against an API server in memory: what they send, what they print, how they end."""

import json
from datetime import timedelta
from typing import Any

import pytest
import yaml

from sincro_kubectl.exit_status import CommandError, ExitStatus, UsageError
from sincro_kubectl.fields import Document
from sincro_kubectl.kubectl import Change, Refused, Unavailable
from tests.unit.plugin.documents import (
    DEAD,
    DONE,
    QUEUED,
    RUNNING,
    SCHEDULED,
    at,
    condition,
    merged,
    schedule,
    source,
    task,
)
from tests.unit.plugin.fake_cluster import Clock, FakeCluster, Script, run

DEAD_PRICES = task("prices-1", spec={"type": "prices"}, status=DEAD)
GUARDED = task("orders-1", spec={"type": "orders"}, status=merged(DEAD, {"lastError": {"class": "GuardTripped"}}))


def cluster(*objects: Document, **more: Any) -> FakeCluster:
    return FakeCluster(objects=list(objects), **more)


# ---------------------------------------------------------------- sync


def spec(**more: object) -> Document:
    return {
        "sourceRef": {"name": "erp"},
        "type": "customers",
        "mode": "Delta",
        "priority": 100,
        "triggeredBy": "Manual",
        "requestedBy": "anna",
        **more,
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", spec()),
        ("--mode full", spec(mode="Full")),
        ("--mode Force", spec(mode="Force")),
        ("--priority 80", spec(priority=80)),
        ("--dry-run --mode Full", spec(mode="Full", dryRun=True)),
        ("--mode Full --confirm-deletions", spec(mode="Full", confirmDeletions=True)),
        ("--not-before 2h", spec(notBefore="2026-11-24T11:00:00Z")),
        ("--not-before 2026-11-24T18:00:00+01:00", spec(notBefore="2026-11-24T17:00:00Z")),
    ],
)
def test_sync(words: str, expected: Document) -> None:
    fake = cluster(source())
    ran = run(fake, "sync", "customers", *words.split())
    assert fake.created == [
        {
            "apiVersion": "sincro.dev/v1alpha1",
            "kind": "SyncTask",
            "metadata": {"generateName": "customers-now-"},
            "spec": expected,
        }
    ]
    assert (ran.status, ran.out, ran.err) == (0, "synctask.sincro.dev/customers-now-00001 created\n", "")


def test_sync_on_a_terminal_says_how_to_follow() -> None:
    out = run(cluster(source()), "sync", "customers", is_terminal=True).out
    assert out.splitlines()[1] == "kubectl sincro follow customers-now-00001"


@pytest.mark.parametrize(
    ("objects", "words", "sources"),
    [
        ([source()], "customers", ["erp"]),
        ([source(), source("sap", status={"types": []})], "customers", ["erp"]),
        ([source(), source("sap")], "customers --source sap", ["sap"]),
        ([source(), source("sap")], "customers --source sap --source erp --source sap", ["sap", "erp"]),
        ([source(status={"types": []}), source("sap", status={"types": []}), schedule()], "customers", ["erp"]),
        ([source()], "invoices", ["erp"]),
    ],
)
def test_the_source_that_is_meant(objects: list[Document], words: str, sources: list[str]) -> None:
    fake = cluster(*objects)
    run(fake, "sync", *words.split())
    assert [one["spec"]["sourceRef"]["name"] for one in fake.created] == sources


def test_several_types() -> None:
    fake = cluster(source())
    run(fake, "sync", "customers", "orders", "customers")
    assert [one["spec"]["type"] for one in fake.created] == ["customers", "orders"]


@pytest.mark.parametrize(
    ("objects", "words", "error", "text"),
    [
        (
            [source(), source("sap")],
            "customers",
            UsageError,
            "customers could come from erp, sap: say which with --source",
        ),
        ([], "customers", Refused, "there is no SyncSource in this namespace; another one: -n NAMESPACE"),
        ([source()], "customers --source sap", Refused, "there is no SyncSource sap here; there is: erp"),
    ],
)
def test_no_source_or_too_many(objects: list[Document], words: str, error: type[CommandError], text: str) -> None:
    fake = cluster(*objects)
    with pytest.raises(error) as caught:
        run(fake, "sync", *words.split())
    assert str(caught.value) == text
    assert fake.created == []


def test_who_may_ask_but_not_look_names_the_source() -> None:
    fake = cluster(source(), refuse=Refused("Forbidden", "no"))
    run(fake, "sync", "customers", "--source", "erp")
    assert len(fake.created) == 1
    fake.refuse = Refused("Forbidden", "cannot list syncsources")
    with pytest.raises(Refused, match="cannot list"):
        run(fake, "sync", "customers")


def test_nobody_is_named_when_the_api_server_does_not_say() -> None:
    fake = cluster(source(), username=Refused("NotFound", "the server could not find the requested resource"))
    ran = run(fake, "sync", "customers")
    assert "requestedBy" not in fake.created[0]["spec"]
    assert ran.err.startswith("Warning: nobody is named as the one who asks: the server could not find")


def test_what_stands_in_the_way_is_said_at_once() -> None:
    broken = source(status={"conditions": [condition("Ready", "False", "SecretNotFound", "There is no Secret x.")]})
    ran = run(cluster(broken), "sync", "customers")
    assert ran.err == "Warning: erp is not ready, the sync will wait: There is no Secret x.\n"


@pytest.mark.parametrize("form", ["json", "yaml", "name"])
def test_formats(form: str) -> None:
    fake = cluster(source())
    out = run(fake, "sync", "customers", "-o", form).out
    if form == "name":
        assert out == "synctask.sincro.dev/customers-now-00001\n"
    else:
        assert (json.loads(out) if form == "json" else yaml.safe_load(out)) == fake.objects[-1]


def test_two_objects_are_a_list() -> None:
    out = run(cluster(source()), "sync", "customers", "orders", "-o", "json").out
    listed = json.loads(out)
    assert listed["kind"] == "List"
    assert [one["spec"]["type"] for one in listed["items"]] == ["customers", "orders"]


# ---------------------------------------------------------------- following

NAME = "customers-now-00001"


def mine(status: Document | None) -> Document:
    return task(NAME, status=status) if status else task(NAME)


def changed(status: Document | None) -> Change:
    return Change("MODIFIED", mine(status))


@pytest.mark.parametrize(
    ("end", "status", "last"),
    [
        (DONE, 0, "succeeded in 41s: 3 created, 12 updated, 1 deleted, 1,184 unchanged"),
        (DEAD, 3, "given up after 1 of 3 attempts: SchemaDrift: page 1: no column 'Prezzo unitario'"),
        ({"state": "Cancelled"}, 4, "cancelled"),
    ],
)
def test_follow_to_the_end(end: Document, status: int, last: str) -> None:
    fake = cluster(source(), watches=[Script([mine(None)], [changed(RUNNING), None, changed(end)])])
    ran = run(fake, "sync", "customers", "--follow")
    assert ran.out.splitlines() == [
        f"synctask.sincro.dev/{NAME} created",
        f"{NAME}: is queued",
        f"{NAME}: Delta of customers runs, attempt 1 of 3",
        f"{NAME}: read 45% (540 of 1,200)",
        f"{NAME}: {last}",
    ]
    assert ran.status == status
    assert fake.watched == [(NAME,)]


def test_wait_says_the_end_alone() -> None:
    fake = cluster(source(), watches=[Script([mine(QUEUED)], [changed(RUNNING), changed(DONE)])])
    ran = run(fake, "sync", "customers", "--wait")
    assert len(ran.out.splitlines()) == 2
    assert ran.out.splitlines()[1].startswith(f"{NAME}: succeeded")


def test_on_a_terminal_there_is_a_bar_and_nothing_is_left_of_it() -> None:
    fake = cluster(source(), watches=[Script([mine(RUNNING)], [None, changed(DONE)])])
    out = run(fake, "sync", "customers", "--follow", is_terminal=True).out
    assert "540 of 1,200" in out
    assert "█" in out
    shown: list[str] = []
    for line in out.split("\n"):
        if line.startswith("\x1b[1A\r\x1b[J"):
            shown.pop()
            line = line.removeprefix("\x1b[1A\r\x1b[J")
        shown.append(line)
    assert [line for line in shown if line] == [
        f"synctask.sincro.dev/{NAME} created",
        f"{NAME}: Delta of customers runs, attempt 1 of 3",
        f"{NAME}: succeeded in 41s: 3 created, 12 updated, 1 deleted, 1,184 unchanged",
    ]


def test_for_programs_progress_goes_to_standard_error() -> None:
    fake = cluster(source(), watches=[Script([mine(RUNNING)], [changed(DONE)])])
    ran = run(fake, "sync", "customers", "--follow", "-o", "json")
    assert json.loads(ran.out) == mine(DONE)
    assert "succeeded in 41s" in ran.err


def test_a_watch_that_ends_is_begun_again_and_misses_nothing() -> None:
    first, second = Script([mine(QUEUED)], []), Script([mine(DONE)], [])
    fake = cluster(source(), watches=[first, Unavailable("refused"), second])
    assert run(fake, "sync", "customers", "--follow").status == 0
    assert first.closed
    assert second.closed


def test_an_api_server_that_was_never_there_is_an_error_at_once() -> None:
    with pytest.raises(Unavailable, match="refused"):
        run(cluster(source(), watches=[Unavailable("refused")]), "sync", "customers", "--follow")


def test_an_api_server_that_stays_away_is_given_up() -> None:
    fake = cluster(source(), watches=[Script([mine(QUEUED)], []), *[Unavailable("refused")] * 60])
    clock = Clock()
    with pytest.raises(Unavailable, match="refused"):
        run(fake, "sync", "customers", "--follow", clock=clock)
    assert timedelta(minutes=2) < clock.now - Clock().now < timedelta(minutes=3)


def test_the_time_is_over() -> None:
    fake = cluster(source(), watches=[Script([mine(QUEUED)], [None] * 100)])
    ran = run(fake, "sync", "customers", "--wait", "--timeout", "10s", clock=Clock(timedelta(seconds=1)))
    assert ran.status == ExitStatus.TIMED_OUT
    assert ran.out.splitlines()[-1] == f"{NAME}: goes on; no longer waited for"


def test_ctrl_c_leaves_the_sync_alone() -> None:
    fake = cluster(source(), watches=[KeyboardInterrupt()])
    ran = run(fake, "sync", "customers", "--follow")
    assert ran.status == ExitStatus.INTERRUPTED
    assert ran.out.splitlines()[-1] == f"{NAME}: goes on; to stop it: kubectl sincro cancel {NAME}"
    assert fake.patched == []


def test_a_sync_that_joins_another_is_followed_there() -> None:
    joined = changed({"state": "Superseded", "supersededBy": "customers-now-zzz"})
    fake = cluster(
        source(), watches=[Script([mine(None)], [joined]), Script([task("customers-now-zzz", status=DEAD)], [])]
    )
    ran = run(fake, "sync", "customers", "--wait", "-o", "name")
    assert fake.watched == [(NAME,), ("customers-now-zzz",)]
    assert (ran.status, ran.out) == (3, "synctask.sincro.dev/customers-now-zzz\n")


def test_follow_what_is_there_already() -> None:
    fake = cluster(mine(RUNNING), watches=[Script([mine(RUNNING)], [changed(DONE)])])
    assert run(fake, "follow", NAME).status == 0
    with pytest.raises(Refused, match="not found"):
        run(fake, "follow", "nobody")


def test_a_task_that_is_deleted_is_an_error() -> None:
    fake = cluster(mine(RUNNING), watches=[Script([mine(RUNNING)], [Change("DELETED", mine(RUNNING))])])
    ran = run(fake, "follow", NAME)
    assert (ran.status, ran.out.splitlines()[-1]) == (1, f"{NAME}: was deleted before its end was seen")


# ---------------------------------------------------------------- pause and resume


def test_pause_and_resume() -> None:
    fake = cluster(source(), schedule())
    ran = run(fake, "pause", "erp", "--schedule", "customers", "--reason", "Inventory")
    assert fake.patched == [
        ("erp", {"spec": {"paused": True, "pausedBy": "anna", "pauseReason": "Inventory"}}),
        ("customers", {"spec": {"suspend": True, "suspendedBy": "anna", "suspendReason": "Inventory"}}),
    ]
    assert ran.out.splitlines() == ["syncsource.sincro.dev/erp paused", "syncschedule.sincro.dev/customers suspended"]
    ran = run(fake, "resume", "erp", "--schedule", "customers")
    assert fake.patched[2:] == [
        ("erp", {"spec": {"paused": False, "pausedBy": None, "pauseReason": None}}),
        ("customers", {"spec": {"suspend": False, "suspendedBy": None, "suspendReason": None}}),
    ]
    assert ran.out.splitlines() == ["syncsource.sincro.dev/erp resumed", "syncschedule.sincro.dev/customers resumed"]


def test_the_first_reason_stays() -> None:
    fake = cluster(source(spec={"paused": True, "pausedBy": "luigi", "pauseReason": "Inventory"}))
    ran = run(fake, "pause", "erp", "--reason", "Lunch")
    assert (ran.out, fake.patched) == ("syncsource.sincro.dev/erp unchanged: paused already by luigi: Inventory\n", [])


def test_what_is_not_held_back_stays_as_it_is() -> None:
    fake = cluster(source(), schedule())
    assert run(fake, "resume", "erp").out == "syncsource.sincro.dev/erp unchanged: it is not paused\n"
    ran = run(fake, "resume", "--schedule", "customers")
    assert (ran.out, fake.patched) == ("syncschedule.sincro.dev/customers unchanged: it is not suspended\n", [])


def test_a_name_that_does_not_exist_changes_nothing() -> None:
    fake = cluster(source())
    with pytest.raises(Refused, match="sap"):
        run(fake, "pause", "erp", "sap", "--reason", "Inventory")
    assert fake.patched == []


# ---------------------------------------------------------------- cancel and retry


def test_cancel() -> None:
    fake = cluster(mine(QUEUED))
    ran = run(fake, "cancel", NAME)
    assert fake.patched == [(NAME, {"spec": {"cancel": True, "cancelledBy": "anna"}})]
    assert ran.out == f"synctask.sincro.dev/{NAME} is being cancelled\n"


def test_who_cancelled_first_stays() -> None:
    fake = cluster(task(NAME, spec={"cancel": True, "cancelledBy": "luigi"}, status=RUNNING))
    run(fake, "cancel", NAME)
    assert fake.patched == [(NAME, {"spec": {"cancel": True}})]


def test_what_is_over_cannot_be_cancelled_but_the_others_are() -> None:
    fake = cluster(mine(QUEUED), task("old", status=DONE))
    with pytest.raises(Refused, match="old is over: Succeeded"):
        run(fake, "cancel", "old", NAME)
    assert [name for name, _ in fake.patched] == [NAME]


@pytest.mark.parametrize("end", [{"state": "Cancelled"}, DONE, DEAD])
def test_cancel_and_wait(end: Document) -> None:
    fake = cluster(mine(RUNNING), watches=[Script([mine(RUNNING)], [changed(end)])])
    assert run(fake, "cancel", NAME, "--wait").status == 0


def test_retry() -> None:
    fake = cluster(DEAD_PRICES)
    ran = run(fake, "retry", "prices-1")
    assert fake.created == [
        {
            "apiVersion": "sincro.dev/v1alpha1",
            "kind": "SyncTask",
            "metadata": {"generateName": "prices-retry-", "namespace": "acme"},
            "spec": spec(type="prices", triggeredBy="Retry", retryOf="prices-1"),
        }
    ]
    assert ran.out == "synctask.sincro.dev/prices-retry-00001 created\n"


@pytest.mark.parametrize(("words", "mode"), [("", "Full"), ("--mode Force", "Force"), ("--mode full", "Full")])
def test_confirmed_deletions_need_a_mode_that_sees_them(words: str, mode: str) -> None:
    fake = cluster(GUARDED)
    run(fake, "retry", "orders-1", "--confirm-deletions", *words.split())
    assert (fake.created[0]["spec"]["mode"], fake.created[0]["spec"]["confirmDeletions"]) == (mode, True)


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (task("x", status=RUNNING), "x is Running and not over yet"),
        (
            task("x", status=DONE),
            "x is Succeeded: only what was given up or cancelled can be repeated; for a new one: kubectl sincro sync"
            " customers",
        ),
        (
            GUARDED,
            "orders-1 was given up because of what it would have deleted, and a retry would be too: look at what is"
            " missing, then add --confirm-deletions",
        ),
    ],
)
def test_what_cannot_be_repeated(one: Document, text: str) -> None:
    fake = cluster(one, DEAD_PRICES)
    with pytest.raises(Refused) as caught:
        run(fake, "retry", "prices-1", one["metadata"]["name"])
    assert (str(caught.value), fake.created) == (text, [])


def test_a_group_is_repeated_once_for_each_source_and_type() -> None:
    newer = task("prices-2", spec={"type": "prices"}, status=merged(DEAD, {"completedAt": at(minutes=2)}))
    fake = cluster(source(), DEAD_PRICES, newer, task("orders-2", spec={"type": "orders"}, status=DEAD))
    ran = run(fake, "retry", "--group", "3f0a", "-o", "name")
    assert [one["spec"]["retryOf"] for one in fake.created] == ["prices-2", "orders-2"]
    assert len(ran.out.splitlines()) == 2


def test_a_group_that_is_settled_or_unknown() -> None:
    repeated = task("prices-9", spec={"triggeredBy": "Retry", "retryOf": "prices-1"}, status=RUNNING)
    fake = cluster(source(), DEAD_PRICES, repeated)
    for fingerprint in ("3f0a9be1c2d47788", "9"):
        with pytest.raises(Refused, match=f"no dead letter of the group {fingerprint} waits here"):
            run(fake, "retry", "--group", fingerprint)


def test_a_beginning_of_several_groups() -> None:
    other = task("x", spec={"type": "prices"}, status=merged(DEAD, {"lastError": {"fingerprint": "3f11"}}))
    with pytest.raises(UsageError, match=r"3f begins several: 3f0a9be1c2d47788, 3f11"):
        run(cluster(source(), DEAD_PRICES, other), "retry", "--group", "3f")


# ---------------------------------------------------------------- looking


def test_status_leaves_out_what_has_ended() -> None:
    fake = cluster(source(), schedule(), mine(QUEUED), task("over", status=DONE))
    out = run(fake, "status").out
    assert NAME in out
    assert "over" not in out


def test_status_of_some_sources() -> None:
    fake = cluster(source(), source("sap"), schedule(), task("x", spec={"sourceRef": {"name": "sap"}}, status=RUNNING))
    out = run(fake, "status", "sap").out
    assert out.startswith("sap   running")
    assert "erp  " not in out.replace("erp.example.com", "")
    with pytest.raises(Refused, match="there is no SyncSource nobody here"):
        run(fake, "status", "nobody")


def test_status_for_programs() -> None:
    fake = cluster(source(), mine(QUEUED))
    as_json, as_yaml = (run(fake, "status", "-o", form).out for form in ("json", "yaml"))
    assert json.loads(as_json) == yaml.safe_load(as_yaml)
    assert json.loads(as_json)["waiting"][0]["name"] == NAME


@pytest.mark.parametrize("is_terminal", [True, False])
def test_status_again_and_again_until_ctrl_c(is_terminal: bool) -> None:
    fake = cluster(source())
    seen: list[float] = []

    def pause(seconds: float) -> None:
        seen.append(seconds)
        fake.refuse = Unavailable("the API server is away")
        if len(seen) == 2:
            raise KeyboardInterrupt

    ran = run(fake, "status", "--watch", is_terminal=is_terminal, pause=pause)
    assert (ran.status, seen) == (0, [2.0, 2.0])
    assert "idle" in ran.out
    assert "the API server is away" in ran.out
    assert ran.out.startswith("\x1b[H") is is_terminal


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        (NAME, f"synctask/{NAME}"),
        ("old", "synctask/old"),
        ("task/old", "synctask/old"),
        ("synctask.sincro.dev/old", "synctask/old"),
        ("every-hour", "syncschedule/every-hour"),
        ("schedule/every-hour", "syncschedule/every-hour"),
        ("erp", "syncsource/erp"),
        ("ssrc/erp", "syncsource/erp"),
        ("customers", "syncschedule/every-hour"),
    ],
)
def test_why(name: str, heading: str) -> None:
    fake = cluster(source(), schedule("every-hour"), mine(QUEUED), task("old", status=DONE))
    assert run(fake, "why", name).out.splitlines()[0] == heading


def test_why_for_all_schedules_of_a_type() -> None:
    fake = cluster(source(), schedule("a"), schedule("b"))
    out = run(fake, "why", "customers").out
    assert "syncschedule/a" in out
    assert "\n\nsyncschedule/b" in out
    documents = json.loads(run(fake, "why", "customers", "-o", "json").out)
    assert [one["name"] for one in documents["explanations"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("nobody", Refused, "there is no task, schedule, source or type nobody here"),
        ("source/nobody", Refused, "there is no source nobody here"),
        ("pod/x", UsageError, "pod is no kind: write task/x, schedule/x or source/x"),
    ],
)
def test_why_nothing(name: str, error: type[CommandError], text: str) -> None:
    with pytest.raises(error) as caught:
        run(cluster(source()), "why", name)
    assert str(caught.value) == text


def test_history() -> None:
    fake = cluster(task("a", status=DONE), task("b", spec={"requestedBy": "luigi"}, status=DONE), mine(RUNNING))
    assert run(fake, "history", "-o", "name").out.split() == ["synctask.sincro.dev/b", "synctask.sincro.dev/a"]
    assert run(fake, "history", "--mine", "-o", "name").out.split() == ["synctask.sincro.dev/a"]
    assert run(fake, "history", "--by", "luigi", "--state", "succeeded", "-o", "name").out == "synctask.sincro.dev/b\n"
    listed = json.loads(run(fake, "history", "-o", "json", "--limit", "1").out)
    assert (listed["kind"], [one["metadata"]["name"] for one in listed["items"]]) == ("List", ["b"])


def test_dead_letters() -> None:
    fake = cluster(source(), DEAD_PRICES, mine(RUNNING), task("sap-1", spec=SCHEDULED, status=DEAD))
    assert "2 syncs   erp orders, erp prices" in run(fake, "dead-letters").out
    assert "1 sync   erp prices" in run(fake, "dead-letters", "--type", "prices").out
    assert "Evidence" in run(fake, "dead-letters", "--group", "3f0").out
    assert run(fake, "dead-letters", "-o", "name").out.split() == [
        "synctask.sincro.dev/prices-1",
        "synctask.sincro.dev/sap-1",
    ]
    assert json.loads(run(fake, "dead-letters", "-o", "json").out)["groups"][0]["open"] == 2
    with pytest.raises(Refused, match="there is no dead letter of the group 9 here"):
        run(fake, "dead-letters", "--group", "9")
