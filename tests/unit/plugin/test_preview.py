"""The preview as it is shown; what runs when is the planner's business and tested there."""

import json
from datetime import UTC, datetime, timedelta
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest

from sincro_kubectl.fields import Document
from sincro_kubectl.palette import PLAIN
from sincro_kubectl.resources import schedule_of, source_of
from sincro_kubectl.views.preview import days, lines
from sincro_operator.planning.model import Name
from sincro_operator.planning.preview import Preview, Run
from tests.unit.plugin.documents import NOW, QUEUED, RUNNING, SCHEDULED, schedule, source, task
from tests.unit.plugin.fake_cluster import FakeCluster, run

ROME = ZoneInfo("Europe/Rome")
NIGHT = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
"""Half an hour before the clocks go back in Rome."""


def ran(minutes: float, type_: str = "customers", mode: str = "Delta", late: float = 0, **more: object) -> Run:
    due = NIGHT + timedelta(minutes=minutes)
    start = due + timedelta(minutes=late)
    return Run("acme", "erp", type_, mode, due, start, start + timedelta(minutes=5), schedule=type_, **more)  # type: ignore[arg-type]


STUCK = Run("acme", "erp", "prices", "Full", NIGHT, schedule="prices", waited_for="CircuitOpen: 5 failures in a row.")
SHOWN = Preview(
    runs=(
        *(ran(60 * hour) for hour in range(5)),
        ran(1440, mode="Full", notes=("held back for 5h (quiet hours)",)),
        ran(0, "orders", "Full", late=5, waited_for="SourceBusy: erp allows 1 at a time."),
        ran(30, "orders", late=5, waited_for="SourceBusy: erp allows 1 at a time."),
        STUCK,
    ),
    skipped=(
        (NIGHT, Name("acme", "customers"), "1 Delta run not made"),
        (NIGHT, Name("acme", "invoices"), "3 Full runs not made"),
    ),
    clock_changes=((datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "Europe/Rome"),),
    until=NIGHT + timedelta(days=7),
)
NAMES = ("customers", "orders", "prices", "invoices")


def shown(*schedules: Document, wide: bool = False, everywhere: bool = False) -> str:
    found = days(SHOWN, [schedule_of(one) for one in schedules], [source_of(source())], ROME, "Europe/Rome")
    return "".join(f"{line}\n" for line in lines(found, PLAIN, wide=wide, everywhere=everywhere))


def test_by_day() -> None:
    assert shown(*(schedule(name, name) for name in NAMES)) == dedent(
        """\
        Sun 25 Oct
          The clock changes in Europe/Rome at 02:00.
          SOURCE   TYPE        FULL    DELTA                   BUSY   WAITS                         SKIPPED
          erp      customers           5 from 02:30 to 05:30   25m                                  1
          erp      orders      02:35   02:05                   10m    2 (SourceBusy)
          erp      prices      02:30                                  1 not started (CircuitOpen)
          invoices: 3 skipped

        Mon 26 Oct
          SOURCE   TYPE        FULL    BUSY   NOTES
          erp      customers   01:30   5m     held back for 5h (quiet hours)

        No run of invoices: kubectl sincro why schedule/invoices.

        Times are of Europe/Rome. It is assumed that syncs succeed and take as long as they have taken on
        average (5m where nothing is known), that nobody asks for one, and that the operator's own limits
        are the default ones.
        """
    )


def test_every_run() -> None:
    assert shown(schedule("orders", "orders"), schedule("prices", "prices"), wide=True, everywhere=True).startswith(
        dedent(
            """\
            START                 SOURCE     TYPE     MODE    TAKES            LATE   NOTES
            Sun 25 Oct 02:30:00   acme/erp   prices   Full    does not start          CircuitOpen: 5 failures in a row.
            Sun 25 Oct 02:35:00   acme/erp   orders   Full    5m               5m     SourceBusy: erp allows 1 at a time.
            Sun 25 Oct 02:00:00                                                       The clock changes in Europe/Rome.
            Sun 25 Oct 02:05:00   acme/erp   orders   Delta   5m               5m     SourceBusy: erp allows 1 at a time.
            """  # noqa: E501
        )
    )


@pytest.mark.parametrize(
    ("one", "erp", "sentence"),
    [
        (
            schedule("a", "invoices", spec={"suspend": True, "suspendedBy": "anna", "suspendReason": "Moving."}),
            source(),
            "No run of a: it is suspended by anna: Moving.",
        ),
        (schedule("a", "invoices"), source(spec={"paused": True}), "No run of a: erp is paused."),
        (schedule("a", "invoices"), source("sap"), "No run of a: there is no SyncSource erp."),
    ],
)
def test_a_schedule_that_makes_no_run_says_why(one: Document, erp: Document, sentence: str) -> None:
    found = days(SHOWN, [schedule_of(one)], [source_of(erp)], ROME, "Europe/Rome")
    assert lines(found, PLAIN)[0] == "Sun 25 Oct"  # the clock changes whoever syncs
    assert found.idle == (sentence,)


def _cluster() -> FakeCluster:
    born = {"metadata": {"creationTimestamp": "2026-11-01T00:00:00Z", "uid": "s1"}}
    running = RUNNING | {"launches": 1}
    return FakeCluster(
        objects=[
            source(**born),
            schedule(spec={"delta": {"every": "2h"}}, **born),
            schedule("orders", "orders", spec={"full": None, "delta": {"cron": "0 12 * * *", "every": None}}, **born),
            task("orders-29f3c", metadata={"uid": "t1"}, spec=SCHEDULED, status=running),
            task(metadata={"uid": "t2"}, status=QUEUED),
        ]
    )


def test_the_command_asks_the_planner() -> None:
    out = run(_cluster(), "preview", "--days", "1").out
    assert "Tue 24 Nov" in out
    assert "Wed 25 Nov" in out
    assert "Times are of Europe/Rome." in out
    rows = [line.split() for line in out.splitlines()]
    assert ["erp", "orders"] in [row[:2] for row in rows]
    assert ["erp", "customers"] in [row[:2] for row in rows]
    # 12:00 in Rome, at most a minute later: the planner spreads
    assert any(row[:2] == ["erp", "orders"] and "12:00" in row for row in rows)


def test_only_what_was_asked_for() -> None:
    document = json.loads(run(_cluster(), "preview", "orders", "--days", "2", "-o", "json").out)
    assert {one["type"] for one in document["runs"]} == {"orders"}
    due = [one["due"][:16] for one in document["runs"] if one["schedule"] == "orders"]
    assert due[-2:] == ["2026-11-24T11:00", "2026-11-25T11:00"]
    assert document["assumptions"]
    assert NOW.isoformat() <= min(one["start"] for one in document["runs"] if one["start"])
