from textwrap import dedent

import pytest

from sincro_kubectl.fields import Document
from sincro_kubectl.palette import PLAIN, Palette, width_of
from sincro_kubectl.resources import schedule_of, source_of, task_of
from sincro_kubectl.views import status as view
from sincro_kubectl.views.survey import Status, document, survey
from tests.unit.plugin.documents import NOW, QUEUED, RUNNING, SCHEDULED, at, condition, merged, schedule, source, task


def looked(*documents: Document) -> Status:
    """A survey of these objects."""
    kinds = {
        kind: [one for one in documents if one["kind"] == kind] for kind in ("SyncSource", "SyncSchedule", "SyncTask")
    }
    return survey(
        map(source_of, kinds["SyncSource"]),
        map(schedule_of, kinds["SyncSchedule"]),
        map(task_of, kinds["SyncTask"]),
        NOW,
    )


def text(*documents: Document, everywhere: bool = False, wide: bool = False) -> str:
    """The screen, with a line's end behind each line."""
    return "".join(f"{line}\n" for line in view.lines(looked(*documents), NOW, PLAIN, everywhere=everywhere, wide=wide))


BUSY = (
    source(status={"deadLettered": 2}),
    schedule(),
    schedule("orders", "orders", status={"next": None, "lastSuccessTime": None, "successRate": None}),
    task("orders-29f3c", spec=SCHEDULED, status=RUNNING),
    task(status=QUEUED),
    task("prices-now-1", spec={"type": "prices", "requestedBy": "luigi", "mode": "Full"}),
)


def test_the_screen() -> None:
    assert text(*BUSY) == dedent(
        """\
        erp   running   https://erp.example.com
          TYPE        STATE     LAST SYNC   SUCCESS   AVERAGE   NEXT           QUEUED
          customers   queued    ok 3m ago   99.2%     41s       Delta in 12m   1
          orders      running   never                 41s
          prices      queued    never                                          1

        Running
          TASK           SOURCE   TYPE     MODE   PROGRESS                  FOR   BY
          orders-29f3c   erp      orders   Full   read 45% (540 of 1,200)   3m    schedule orders

        Waiting
          #   TASK                  SOURCE   TYPE        MODE    BY      WAITS   STARTS   WHY
          1   customers-now-x7k2p   erp      customers   Delta   anna    1m      in 4m    The source erp allows 1 session: orders-29f3c holds it.
              prices-now-1          erp      prices      Full    luigi   1m               No operator has looked at it yet.

        2 syncs were given up: kubectl sincro dead-letters
        """  # noqa: E501
    )


def test_the_wide_screen_of_all_namespaces() -> None:
    other = merged(source("sap"), {"metadata": {"namespace": "beta"}, "spec": {"maxConcurrent": 3}})
    assert text(schedule(spec={"rollout": "Shadow"}), source(), other, everywhere=True, wide=True) == dedent(
        """\
        acme/erp   idle   https://erp.example.com   1 session, Europe/Rome
          TYPE        STATE   LAST SYNC   SUCCESS   AVERAGE   NEXT                    SUCCEEDED   FAILED   LAST SUCCESS   INTERVAL   SCHEDULE
          customers   idle    ok 3m ago   99.2%     41s       Delta in 12m (shadow)   124         1        3m ago         1h         customers (Shadow)

        beta/sap   idle   https://erp.example.com   3 sessions, Europe/Rome
          TYPE        STATE   LAST SYNC   SUCCESS   AVERAGE   SUCCEEDED   FAILED   LAST SUCCESS
          customers   idle    ok 3m ago   99.2%     41s       124         1        3m ago
        """  # noqa: E501
    )


def test_nothing_there() -> None:
    assert text() == "No SyncSources here. Another namespace: -n NAMESPACE, all of them: -A.\n"


FAILED = {"type": "orders", "class": "SourceUnavailable", "message": "503 for 30 seconds", "time": at(minutes=5)}


@pytest.mark.parametrize(
    ("documents", "state", "notes"),
    [
        ([source()], "idle", []),
        ([source(), task(status=QUEUED)], "waiting", []),
        (
            [merged(source(), {"status": None})],
            "unknown",
            ["No operator has looked at this source yet: is it running?"],
        ),
        (
            [source(spec={"paused": True, "pausedBy": "luigi", "pauseReason": "Inventory."})],
            "paused",
            ["Paused by luigi: Inventory; a person's syncs still run."],
        ),
        (
            [source(status={"conditions": [condition("Ready", "False", "ProfileInvalid", "line 3: no streams")]})],
            "error",
            ["Not ready (ProfileInvalid): line 3: no streams"],
        ),
        (
            [source(status={"circuit": {"state": "Open", "message": "5 in a row.", "retryAt": at(minutes=-5)}})],
            "circuit open",
            ["Circuit Open (one sync tries again in 5m): 5 in a row."],
        ),
        (
            [source(), schedule(spec={"suspend": True, "suspendedBy": "anna"})],
            "idle",
            ["Schedule customers suspended by anna."],
        ),
        (
            [source(), schedule(status={"conditions": [condition("Ready", "False", "CronInvalid", "31 February")]})],
            "idle",
            ["Schedule customers not ready (CronInvalid): 31 February"],
        ),
        (
            [source(status={"lastError": FAILED})],
            "idle",
            ["Last error 5m ago, orders: SourceUnavailable: 503 for 30 seconds"],
        ),
        ([source(status={"lastError": FAILED | {"type": "customers"}})], "idle", []),  # succeeded since
        ([task(status=QUEUED)], "missing", ["There is no such SyncSource; what refers to it waits."]),
    ],
)
def test_a_source_in_a_word_and_its_notes(documents: list[Document], state: str, notes: list[str]) -> None:
    (block,) = looked(*documents).blocks
    assert (block.state, list(block.notes)) == (state, notes)


@pytest.mark.parametrize(
    ("documents", "state"),
    [
        ([source()], "idle"),
        ([source(), task("a", status=RUNNING), task("b", status=QUEUED)], "running"),
        ([source(), task("a", status=RUNNING, spec={"cancel": True})], "stopping"),
        ([source(), task("a", status={"state": "Retrying"}), task("b", status=QUEUED)], "retrying"),
        ([source(), task(status=QUEUED)], "queued"),
        ([source(), task(status={"state": "Cancelled"})], "idle"),
        ([source(status={"types": [{"type": "customers", "lastFailureTime": at(minutes=1)}]})], "failed"),
        ([source(spec={"paused": True})], "paused"),
        ([source(), schedule(spec={"suspend": True})], "suspended"),
        ([source(), schedule(spec={"suspend": True}), schedule("two")], "idle"),
        ([source(status={"types": []}), schedule(status={"lastSuccessTime": None})], "never synced"),
    ],
)
def test_a_type_in_a_word(documents: list[Document], state: str) -> None:
    (block,) = looked(*documents).blocks
    assert [(row.type, row.state) for row in block.types] == [("customers", state)]


def test_what_is_held_back_by_a_person_has_no_next_run() -> None:
    assert "Delta in 12m" in text(source(), schedule())
    assert "Delta in 12m" not in text(source(spec={"paused": True}), schedule())
    assert "Delta in 12m" not in text(source(), schedule(spec={"suspend": True}))


def test_stale_data_shows() -> None:
    stale = schedule(status={"conditions": [condition("Fresh", "False")]})
    assert "idle, stale" in text(source(), stale)


def test_the_queue_of_each_source_in_its_order() -> None:
    tasks = [
        task(f"{name}-{place}", spec={"sourceRef": {"name": name}}, status=QUEUED | {"queuePosition": place})
        for name in ("sap", "erp")
        for place in (2, 1)
    ]
    assert [one.name for one in looked(source(), source("sap"), *tasks).waiting] == ["erp-1", "erp-2", "sap-1", "sap-2"]


def test_a_long_queue_is_cut_unless_wide() -> None:
    tasks = [task(f"t-{n}", status=QUEUED) for n in range(view.WAITING_SHOWN + 2)]
    assert text(source(), *tasks).splitlines()[-1] == "  ... and 2 more: -o wide shows them all"
    assert "more" not in text(source(), *tasks, wide=True)


def test_colours_change_no_column() -> None:
    plain = view.lines(looked(*BUSY), NOW, PLAIN)
    coloured = view.lines(looked(*BUSY), NOW, Palette(enabled=True))
    assert [width_of(line) for line in coloured] == [len(line) for line in plain]
    assert any("\x1b[36m" in line for line in coloured)


def test_the_document() -> None:
    found = document(looked(*BUSY))
    assert found["sources"] == [
        {
            "namespace": "acme",
            "name": "erp",
            "state": "running",
            "paused": False,
            "circuit": "Closed",
            "notes": [],
            "types": [
                {
                    "type": "customers",
                    "state": "queued",
                    "stale": False,
                    "lastSuccessTime": "2026-11-24T08:57:00Z",
                    "succeeded": 124,
                    "failed": 1,
                    "successRate": "99.2%",
                    "averageDuration": "41s",
                    "next": {"time": "2026-11-24T09:12:00Z", "mode": "Delta"},
                    "queued": 1,
                    "schedules": ["customers"],
                },
                {
                    "type": "orders",
                    "state": "running",
                    "stale": False,
                    "succeeded": 124,
                    "failed": 0,
                    "averageDuration": "41s",
                    "queued": 0,
                    "schedules": ["orders"],
                },
                {
                    "type": "prices",
                    "state": "queued",
                    "stale": False,
                    "succeeded": 0,
                    "failed": 0,
                    "queued": 1,
                    "schedules": [],
                },
            ],
        }
    ]
    assert found["deadLetters"] == 2
    assert [one["name"] for one in found["running"]] == ["orders-29f3c"]
    assert found["waiting"][0] == {
        "namespace": "acme",
        "name": "customers-now-x7k2p",
        "source": "erp",
        "type": "customers",
        "mode": "Delta",
        "state": "Queued",
        "priority": 100,
        "requestedBy": "anna",
        "queuePosition": 1,
        "estimatedStart": "2026-11-24T09:04:00Z",
        "waitingFor": {
            "reason": "SourceBusy",
            "message": "The source erp allows 1 session: orders-29f3c holds it.",
        },
    }
