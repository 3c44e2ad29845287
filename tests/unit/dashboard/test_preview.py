"""The coming days: quiet hours and the change of summer time, in the zone of the schedule."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sincro_contract.outlook import Outlook
from sincro_contract.resources.sync_schedule import QuietHours
from sincro_dashboard.forecast import ForecastAway
from sincro_dashboard.views.preview import held_until, preview
from tests.unit.dashboard.fake_cluster import NOW, FakeCluster
from tests.unit.dashboard.objects import ago, schedule, source, stamp
from tests.unit.dashboard.served import client_for, fill, services_for

ROME = ZoneInfo("Europe/Rome")
NIGHT = [QuietHours(start="00:00", end="06:00")]
ACROSS = [QuietHours(start="22:00", end="06:00")]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "due", "at"),
    [
        (NIGHT, "2026-03-10T12:00", "2026-03-10T12:00"),
        (NIGHT, "2026-03-10T23:00", "2026-03-11T05:00"),  # midnight in Rome
        (NIGHT, "2026-03-11T05:00", "2026-03-11T05:00"),  # six o'clock in Rome: over
        (ACROSS, "2026-03-10T21:00", "2026-03-11T05:00"),
        (ACROSS, "2026-03-11T01:00", "2026-03-11T05:00"),
        (NIGHT, "2026-03-29T00:30", "2026-03-29T04:00"),  # the night that loses an hour
        (NIGHT, "2026-10-24T23:30", "2026-10-25T05:00"),  # the night that gains one
        ([QuietHours(start="18:00", end="24:00")], "2026-03-10T18:00", "2026-03-10T23:00"),
    ],
)
def test_what_falls_into_quiet_hours_waits_for_their_end(hours: list[QuietHours], due: str, at: str) -> None:
    assert held_until(utc(due), hours, ROME) == utc(at)


def runs_of(found: Any) -> list[tuple[str, str, str, bool]]:
    return [(run.schedule, run.mode.value, run.at.isoformat(), run.expected) for run in found.runs]


def test_runs_follow_the_interval_from_the_next_one_on() -> None:
    plan = schedule(
        quietHours=[],
        delta={"every": "12h"},
        full={"every": "24h"},
        status={"next": {"delta": "2026-03-10T10:00:00Z", "full": "2026-03-10T20:00:00Z"}},
    )
    assert runs_of(preview([(plan, source())], NOW, 1)) == [
        ("acme-customers", "Delta", "2026-03-10T10:00:00+00:00", False),
        ("acme-customers", "Full", "2026-03-10T20:00:00+00:00", False),
        ("acme-customers", "Delta", "2026-03-10T22:00:00+00:00", True),
    ]


def test_the_interval_that_holds_now_counts() -> None:
    plan = schedule(
        quietHours=[],
        full=None,
        delta={"every": "12h"},
        status={"next": {"delta": stamp(NOW)}, "effectiveInterval": {"interval": "6h", "reason": "quiet"}},
    )
    assert len(preview([(plan, source())], NOW, 1).runs) == 4


def test_runs_that_quiet_hours_push_together_are_one() -> None:
    plan = schedule(full=None, delta={"every": "1h"}, status={"next": {"delta": "2026-03-10T20:30:00Z"}})
    found = preview([(plan, source())], NOW, 1)
    at = [run.at.isoformat() for run in found.runs]
    assert at == [
        "2026-03-10T20:30:00+00:00",
        "2026-03-10T21:30:00+00:00",
        "2026-03-10T22:30:00+00:00",
        "2026-03-11T05:00:00+00:00",
        "2026-03-11T05:30:00+00:00",
        "2026-03-11T06:30:00+00:00",
        "2026-03-11T07:30:00+00:00",
        "2026-03-11T08:30:00+00:00",
    ]
    assert found.runs[3].delayed_from == utc("2026-03-10T23:30")


@pytest.mark.parametrize(
    ("plan", "of"),
    [
        (schedule(suspend=True, status={"next": {"delta": stamp(NOW)}}), source()),
        (schedule(status={"next": {"delta": stamp(NOW)}}), source(paused=True)),
        (schedule(), source()),
    ],
)
def test_what_is_held_or_not_planned_has_no_coming_days(plan: dict[str, Any], of: dict[str, Any]) -> None:
    assert preview([(plan, of)], NOW, 7).runs == []


# ---------------------------------------------------------------- as the operator's planner sees it


class Planner:
    """A sincro_dashboard.forecast.Forecast."""

    def __init__(self, *runs: dict[str, Any], **more: Any) -> None:
        self.document = {"computedAt": stamp(NOW), "until": stamp(ago(days=-7)), "runs": runs} | more
        self.away = False

    async def outlook(self, days: int) -> Outlook:
        if self.away:
            raise ForecastAway(f"The operator cannot be asked for {days} days.")
        return Outlook.model_validate({"skipped": [], "clockChanges": []} | self.document)


def run(at: datetime, late: timedelta = timedelta(0), **more: Any) -> dict[str, Any]:
    return {
        "namespace": "erp",
        "source": "acme",
        "type": "customers",
        "mode": "Delta",
        "schedule": "acme-customers",
        "due": stamp(at),
        "start": stamp(at + late),
        "end": stamp(at + late + timedelta(minutes=5)),
        "durationSeconds": 300,
        "waitedFor": "SourceBusy: acme allows 1 at a time.",
        "addedLater": True,
    } | more


SOON = NOW + timedelta(hours=1)
PLANNED = Planner(
    run(SOON + timedelta(hours=1), late=timedelta(minutes=10), mode="Full"),
    run(SOON),
    run(NOW - timedelta(minutes=1)),  # has begun since the operator looked
    run(SOON, start=None, end=None),
    run(SOON, schedule=None),
    run(SOON, namespace="secret"),
    run(SOON, schedule="unknown"),
    skipped=[
        {"at": stamp(SOON), "namespace": "erp", "schedule": "acme-customers", "reason": "t does the same"},
        {"at": stamp(SOON), "namespace": "secret", "schedule": "acme-customers", "reason": "nobody's business"},
    ],
    clockChanges=[{"at": stamp(SOON), "timeZone": "Europe/Rome"}],
)


async def shown(forecast: Planner, **query: str) -> dict[str, Any]:
    cluster = FakeCluster()
    for obj in (source(), schedule(full={"cron": "0 3 * * *"}, status={"next": {"full": stamp(SOON)}})):
        cluster.put(obj)
    services = services_for(cluster, forecast=forecast)
    await fill(services)
    async with client_for(services) as client:
        answer = await client.get("/api/schedules/preview", params=query)
        assert answer.status_code == 200
        document: dict[str, Any] = answer.json()
        return document


async def test_the_planners_runs_of_the_schedules_that_may_be_seen() -> None:
    document = await shown(PLANNED)
    assert (document["origin"], document["notice"], document["onlyNext"]) == ("planner", None, [])
    assert [(each["at"], each["until"], each["delayedFrom"], each["waitedFor"]) for each in document["runs"]] == [
        ("2026-03-10T10:30:00Z", "2026-03-10T10:35:00Z", None, None),
        (
            "2026-03-10T11:40:00Z",
            "2026-03-10T11:45:00Z",
            "2026-03-10T11:30:00Z",
            "SourceBusy: acme allows 1 at a time.",
        ),
    ]
    assert [each["reason"] for each in document["skipped"]] == ["t does the same"]
    assert document["clockChanges"] == [{"at": "2026-03-10T10:30:00Z", "timeZone": "Europe/Rome"}]
    assert (await shown(PLANNED, source="beta"))["runs"] == []


async def test_without_the_operator_only_what_the_status_says_and_that_it_is_so() -> None:
    forecast = Planner()
    forecast.away = True
    document = await shown(forecast)
    assert (document["origin"], document["onlyNext"]) == ("status", ["erp/acme-customers"])
    assert document["notice"] == "The operator cannot be asked for 7 days."
    assert [each["at"] for each in document["runs"]] == ["2026-03-10T10:30:00Z"]


async def test_where_there_are_too_many_runs_it_looks_less_far_and_says_so() -> None:
    plan = schedule(delta={"every": "1m"}, full=None, quietHours=[], status={"next": {"delta": stamp(SOON)}})
    found = preview([(plan, source())], NOW, 7)
    assert found.until == SOON + timedelta(minutes=len(found.runs))
    assert found.runs[-1].at == found.until - timedelta(minutes=1)
    planned = await shown(Planner(*(run(SOON + timedelta(minutes=number)) for number in range(3000))))
    assert planned["until"] == stamp(SOON + timedelta(minutes=len(planned["runs"])))
    assert len(planned["runs"]) == len(found.runs) == 2000
