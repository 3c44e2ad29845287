from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest

from sincro_kubectl.fields import Document
from sincro_kubectl.palette import PLAIN
from sincro_kubectl.resources import schedule_of, source_of, task_of
from sincro_kubectl.views import why as view
from sincro_kubectl.views.why_schedule import why_schedule, why_source
from sincro_kubectl.views.why_task import Explanation, blockers, why_task
from tests.unit.plugin.documents import (
    DEAD,
    DONE,
    NOW,
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

ROME = ZoneInfo("Europe/Rome")
HOLDER = task("orders-29f3c", spec=SCHEDULED, status=RUNNING)
FULL = "orders-29f3c: Full of orders for schedule orders"
JOINED = {"at": at(), "name": "customers-now-2"}


def explained(one: Document, *others: Document) -> Explanation:
    """Why this task, among these."""
    return why_task(task_of(one), map(task_of, others), NOW, ROME)


def text(explanation: Explanation, width: int = 100) -> str:
    return "".join(f"{line}\n" for line in view.lines(explanation, width, PLAIN))


def answers(explanation: Explanation, question: str) -> list[str]:
    return [answer.text for answer in explanation.answers if answer.question == question]


def waiting(reason: str, message: str, **more: object) -> Document:
    """The status of a task that waits for this."""
    return {
        "state": "Queued",
        "queuedAt": at(minutes=1),
        "waitingFor": {"reason": reason, "message": message, "since": at(seconds=50)},
        **more,
    }


def test_one_that_waits_for_a_slot() -> None:
    assert text(explained(task(status=QUEUED), HOLDER)) == dedent(
        """\
        synctask/customers-now-x7k2p
          Delta of customers from erp: queued, for 1m.

          Why       The source erp allows 1 session: orders-29f3c holds it. (for 50s)
          Queue     It is the next one, with priority 100.
          Slot      orders-29f3c: Full of orders for schedule orders, runs for 3m, read 45% (540 of 1,200).
          Start     About 10:04 (in 4m).
          Asked     anna, 1m ago.
          Do        Nothing: it starts by itself.
        """
    )


def test_one_that_waits_for_one_that_waits() -> None:
    mine = task("customers-now-3", status=waiting("QueuedBehind", "customers-now-2 goes first.", queuePosition=2))
    before = task("customers-now-2", spec={"requestedBy": "luigi"}, status=QUEUED)
    assert text(explained(mine, HOLDER, before), 90) == dedent(
        """\
        synctask/customers-now-3
          Delta of customers from erp: queued, for 1m.

          Why       customers-now-2 goes first. (for 50s)
          Queue     It is the 2nd, with priority 100; before it: customers-now-2 (luigi, priority
                    100).
          Before    customers-now-2: Delta of customers for luigi, waits itself: The source erp
                    allows 1 session: orders-29f3c holds it.
          Slot      orders-29f3c: Full of orders for schedule orders, runs for 3m, read 45% (540
                    of 1,200).
          Start     Not known: it depends on what it waits for.
          Asked     anna, 1m ago.
          Do        Nothing: it starts by itself. If it is more urgent: kubectl sincro cancel
                    customers-now-2
        """
    )


def test_one_that_was_given_up() -> None:
    second = {
        "number": 2,
        "job": "prices-2",
        "endedAt": at(minutes=29),
        "class": "SessionLost",
        "message": "logged out",
    }
    status = merged(DEAD, {"attempt": 2}) | {"attempts": [*DEAD["attempts"], second]}
    assert text(explained(task("prices-1", spec={"type": "prices"}, status=status))) == dedent(
        """\
        synctask/prices-1
          Delta of prices from erp: given up after 2 of 3 attempts: SchemaDrift: page 1: no column 'Prezzo
          unitario', 29m ago.

          Asked     anna, 1m ago.
          Failed    Attempt 1 at 09:31: SchemaDrift: page 1: no column 'Prezzo unitario'
                    Attempt 2 at 09:31: SessionLost: logged out
          Evidence  prices-1/screenshot.png
          Do        The ERP's page changed: compare the screenshot with the profile, correct it, retry.
                    kubectl sincro retry prices-1
        """
    )


@pytest.mark.parametrize(
    ("one", "headline"),
    [
        (
            task(status=DONE),
            "Delta of customers from erp: succeeded in 41s: 3 created, 12 updated, 1 deleted, 1,184 unchanged, 3m ago.",
        ),
        (
            task(status=RUNNING, spec={"dryRun": True}),
            "Delta of customers from erp (dry run): is running, for 3m, attempt 1 of 3, read 45% (540 of 1,200).",
        ),
        (
            task(status=RUNNING, spec={"cancel": True}),
            "Delta of customers from erp: is being cancelled, for 3m, attempt 1 of 3, read 45% (540 of 1,200).",
        ),
        (
            task(status=waiting("BackingOff", "Tries again.", state="Retrying", attempt=1)),
            "Delta of customers from erp: waiting for another attempt (attempt 1 of 3 failed), for 1m.",
        ),
        (
            task(
                spec={"cancel": True, "cancelledBy": "luigi"},
                status={"state": "Cancelled", "completedAt": at(minutes=1)},
            ),
            "Delta of customers from erp: cancelled by luigi, 1m ago.",
        ),
        (
            task(status={"state": "Superseded", "supersededBy": "customers-now-2", "completedAt": at(minutes=1)}),
            "Delta of customers from erp: joined customers-now-2, which does its work too, 1m ago.",
        ),
    ],
)
def test_the_headline(one: Document, headline: str) -> None:
    assert explained(one).headline == headline


NEW = "The operator has not looked at it yet, it is quite new."
SYNC_ORDERS = "kubectl sincro sync orders --source erp"


@pytest.mark.parametrize(
    ("one", "why", "do"),
    [
        (
            task(),
            "The operator has not looked at it yet: is it running?",
            "See whether the operator runs: kubectl get pods -A -l app.kubernetes.io/part-of=sincro",
        ),
        (task(metadata={"creationTimestamp": at(seconds=3)}), NEW, None),
        (task(spec=SCHEDULED, metadata={"creationTimestamp": at(seconds=40)}), NEW, None),
        (
            task(spec=SCHEDULED, status=waiting("Paused", "The source erp is paused by luigi: Inventory.")),
            "The source erp is paused by luigi: Inventory. (for 50s)",
            f"kubectl sincro resume erp; or {SYNC_ORDERS}: a person's sync passes the pause.",
        ),
        (
            task(spec=SCHEDULED, status=waiting("Suspended", "The schedule orders is suspended.")),
            "The schedule orders is suspended. (for 50s)",
            f"kubectl sincro resume --schedule orders; or {SYNC_ORDERS}: a person's sync passes it.",
        ),
        (
            task(spec=SCHEDULED, status=waiting("QuietHours", "Quiet hours.")),
            "Quiet hours. (for 50s)",
            f"Nothing: it starts by itself. To have it now: {SYNC_ORDERS}.",
        ),
        (
            task(status=waiting("UnknownStream", "No stream.")),
            "No stream. (for 50s)",
            "Cancel it, or add the stream to the profile.",
        ),
        (task(status=waiting("Gremlins", "Of a newer version.")), "Of a newer version. (for 50s)", None),
        (task(status={"state": "Queued"}), "The operator has given no reason yet.", None),
        (
            task(status=RUNNING | {"waitingFor": {"reason": "ImageUnavailable", "message": "It cannot be pulled."}}),
            "It cannot be pulled.",
            None,
        ),
        (task(status=DONE), None, None),
    ],
)
def test_why_and_what_to_do(one: Document, why: str | None, do: str | None) -> None:
    explanation = explained(one)
    assert answers(explanation, "Why") == ([why] if why else [])
    assert answers(explanation, "Do") == ([do] if do else [])


CUSTOMERS = task("customers-a", status=RUNNING)
OTHER_ERP = task("customers-b", spec={"sourceRef": {"name": "sap"}}, status=RUNNING)
AHEAD = task("prices-a", spec={"type": "prices"}, status=QUEUED)


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (waiting("TypeBusy", "customers of erp is being synced: customers-a."), ["customers-a"]),
        (waiting("SourceBusy", "erp allows 2 at a time."), ["orders-29f3c", "customers-a"]),
        (waiting("TypeLimit", "At most 2 syncs of customers run at once."), ["customers-a", "customers-b"]),
        (waiting("GlobalLimit", "All 3 slots are taken."), ["orders-29f3c", "customers-a", "customers-b"]),
        (waiting("QueuedBehind", "prices-a goes first.", queuePosition=2), ["prices-a", "orders-29f3c", "customers-a"]),
        (
            waiting("QueuedBehind", "More than 10 syncs go first.", queuePosition=2),
            ["prices-a", "orders-29f3c", "customers-a"],
        ),
        (waiting("Paused", "The source erp is paused."), []),
        (RUNNING, []),
        (DONE, []),
    ],
)
def test_who_is_in_the_way(status: Document, names: list[str]) -> None:
    others = [task_of(one) for one in (HOLDER, CUSTOMERS, OTHER_ERP, AHEAD)]
    assert [one.name for one in blockers(task_of(task(status=status)), others)] == names


def test_two_that_wait_for_each_other_are_named_once() -> None:
    one = task("a", status=waiting("QueuedBehind", "b goes first."))
    two = task_of(task("b", status=waiting("QueuedBehind", "a goes first.")))
    assert [other.name for other in blockers(task_of(one), [two, task_of(one)])] == ["b"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, f"{FULL}, runs for 3m, read 45% (540 of 1,200)."),
        (
            {"spec": {"cancel": True}},
            f"{FULL}, runs for 3m; it is being cancelled, and the slot is free when its pod is gone.",
        ),
        (
            {"status": {"waitingFor": {"reason": "Unschedulable", "message": "No node has room."}}},
            f"{FULL}, runs for 3m; it does not get on: No node has room.",
        ),
        ({"status": {"progress": None}}, f"{FULL}, runs for 3m, starting."),
    ],
)
def test_the_one_in_the_way(change: Document, words: str) -> None:
    assert answers(explained(task(status=QUEUED), merged(HOLDER, change)), "Slot") == [words]


@pytest.mark.parametrize(
    ("one", "start"),
    [
        (task(spec={"notBefore": at(hours=-2)}, status=QUEUED), "Not before 12:00 (in 2h)."),
        (
            task(status=QUEUED | {"state": "Retrying", "nextAttemptAt": at(seconds=-30)}),
            "The next attempt at 10:00 (in 30s).",
        ),
        (task(status=QUEUED | {"estimatedStart": at(seconds=1)}), "Any moment."),
        (task(status=waiting("Paused", "Paused.")), "Not known: it depends on what it waits for."),
        (task(), None),
        (task(status=DONE), None),
    ],
)
def test_when_it_starts(one: Document, start: str | None) -> None:
    assert answers(explained(one), "Start") == ([start] if start else [])


@pytest.mark.parametrize(
    ("spec", "status", "who"),
    [
        ({}, QUEUED, "anna, 1m ago."),
        ({"requestedBy": None, "triggeredBy": "Admin"}, QUEUED, "Somebody (Admin), 1m ago."),
        (SCHEDULED, QUEUED, "The schedule orders, 1m ago."),
        ({"triggeredBy": "Retry", "retryOf": "prices-1"}, QUEUED, "anna, to repeat prices-1, 1m ago."),
        (
            SCHEDULED,
            QUEUED | {"merged": [JOINED | {"requestedBy": "anna"}, JOINED | {"requestedBy": "luigi"}]},
            "The schedule orders, 1m ago. 2 requests have joined it: anna, luigi.",
        ),
    ],
)
def test_who_asked(spec: Document, status: Document, who: str) -> None:
    assert answers(explained(task(spec=spec, status=status)), "Asked") == [who]


def test_the_document() -> None:
    found = view.document(explained(task(status=QUEUED), HOLDER))
    assert found["name"] == "customers-now-x7k2p"
    assert found["facts"] == {
        "state": "Queued",
        "source": "erp",
        "type": "customers",
        "mode": "Delta",
        "priority": 100,
        "waitingFor": "SourceBusy",
        "since": "2026-11-24T08:59:10Z",
        "queuePosition": 1,
        "estimatedStart": "2026-11-24T09:04:00Z",
        "heldBy": ["orders-29f3c"],
        "triggeredBy": "Manual",
        "requestedBy": "anna",
    }
    assert found["answers"][0] == {
        "question": "Why",
        "text": "The source erp allows 1 session: orders-29f3c holds it. (for 50s)",
    }


# ---------------------------------------------------------------- schedules and sources


def test_a_schedule() -> None:
    one = schedule(
        status={
            "next": {"full": at(hours=-20)},
            "effectiveInterval": {"interval": "45m", "reason": "The data changes often."},
            "lastFailureTime": at(hours=2),
            "skipped": 7,
            "lastSkipReason": "Another sync did its work.",
            "activeTask": "customers-now-x7k2p",
        }
    )
    explanation = why_schedule(schedule_of(one), source_of(source()), task_of(task(status=QUEUED)), NOW, ROME)
    assert text(explanation, 90) == dedent(
        """\
        syncschedule/customers
          customers from erp, Full 24h, Delta 1h: active.

          Now       customers-now-x7k2p is queued: The source erp allows 1 session: orders-29f3c
                    holds it.
          Start     Delta is due at 10:12 (in 12m).
                    Full is due at Wed 25 Nov 06:00 (in 20h).
          Quiet     Nothing scheduled starts 00:00-06:00 (Europe/Rome).
          Interval  Delta every 45m: The data changes often.
          Last      Succeeded 3m ago, failed 2h ago (99.2% succeed, 41s on average).
          Skipped   7 runs were skipped, the last one: Another sync did its work.
          Do        kubectl sincro why customers-now-x7k2p
        """
    )


@pytest.mark.parametrize(
    ("one", "erp", "why", "start"),
    [
        (schedule(), source(), [], ["Delta is due at 10:12 (in 12m).", "Full is due at 15:00 (in 5h)."]),
        (
            schedule(spec={"suspend": True, "suspendedBy": "anna", "suspendReason": "Moving house."}),
            source(),
            ["It is suspended by anna: Moving house."],
            ["Not before it is resumed."],
        ),
        (
            schedule(),
            source(spec={"paused": True, "pausedBy": "luigi"}),
            ["Its source is paused by luigi."],
            ["Not before it is resumed."],
        ),
        (schedule(), None, ["There is no SyncSource erp in this namespace."], None),
        (
            schedule(),
            source(status={"circuit": {"state": "Open", "message": "5 failures in a row."}}),
            ["Its source's circuit is open: 5 failures in a row."],
            None,
        ),
        (
            schedule(status={"conditions": [condition("Ready", "False", "CronInvalid", "There is no 31 February.")]}),
            source(),
            ["CronInvalid: There is no 31 February."],
            None,
        ),
        (
            schedule(spec={"rollout": "Shadow"}),
            source(),
            ["Its rollout is Shadow: what would have run is recorded, nothing is started."],
            None,
        ),
        (
            schedule(spec={"rollout": "DryRun"}),
            source(),
            ["Its rollout is DryRun: it reads and compares, and writes nothing."],
            None,
        ),
        ({**schedule(), "status": {}}, source(), ["No operator has looked at it yet: is it running?"], []),
    ],
)
def test_why_a_schedule(one: Document, erp: Document | None, why: list[str], start: list[str] | None) -> None:
    known = source_of(erp) if erp is not None else None
    explanation = why_schedule(schedule_of(one), known, None, NOW, ROME)
    assert answers(explanation, "Why") == why
    if start is not None:
        assert answers(explanation, "Start") == start


def test_a_source_in_trouble() -> None:
    erp = source(
        spec={"paused": True, "pausedBy": "luigi", "pauseReason": "Inventory"},
        status={
            "conditions": [condition("Ready", "False", "SecretNotFound", "There is no Secret erp-credentials.")],
            "circuit": {"state": "Open", "message": "5 failures in a row.", "retryAt": at(minutes=-5)},
            "lastError": {"type": "orders", "class": "Timeout", "message": "30 minutes are over", "time": at(hours=1)},
            "deadLettered": 1,
        },
    )
    explanation = why_source(source_of(erp), [task_of(HOLDER), task_of(task(status=QUEUED))], NOW, ROME)
    assert text(explanation) == dedent(
        """\
        syncsource/erp
          https://erp.example.com, 1 session: paused.

          Why       Paused by luigi: Inventory; a person's syncs still run.
                    Not ready (SecretNotFound): There is no Secret erp-credentials.
                    The circuit is Open: 5 failures in a row.
          Start     One sync tries again at 10:05 (in 5m).
          Slot      orders-29f3c: Full of orders for schedule orders, runs for 3m, read 45% (540 of 1,200).
          Queue     1 sync waits: kubectl sincro status erp
          Failed    orders, 1h ago: Timeout: 30 minutes are over
                    1 sync was given up: kubectl sincro dead-letters
          Do        kubectl sincro resume erp
        """
    )


def test_a_source_that_is_well_has_nothing_to_say() -> None:
    assert why_source(source_of(source()), [], NOW, ROME).answers == ()
