import pytest

from sincro_kubectl.fields import Document
from sincro_kubectl.resources import task_of
from sincro_kubectl.views.transitions import notes
from tests.unit.plugin.documents import DEAD, DONE, NOW, QUEUED, RUNNING, at, merged, task


def said(before: Document | None, after: Document, *, details: bool = False) -> list[str]:
    """What is said between two looks, without the name."""
    found = notes(task_of(before) if before else None, task_of(after), NOW)
    assert {note.task for note in found} <= {"customers-now-x7k2p"}
    return [note.text for note in found if note.detail is details]


QUEUED_TASK = task(status=QUEUED)
RUNNING_TASK = task(status=RUNNING)
RETRYING = {
    "state": "Retrying",
    "attempt": 1,
    "nextAttemptAt": at(seconds=-30),
    "lastError": {"class": "SessionLost", "message": "logged out."},
}


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (None, task(), ["is queued"]),
        (
            None,
            QUEUED_TASK,
            [
                "is queued",
                "waits: The source erp allows 1 session: orders-29f3c holds it. (1st in the queue, starts in about 4m)",
            ],
        ),
        (QUEUED_TASK, QUEUED_TASK, []),
        (QUEUED_TASK, merged(QUEUED_TASK, {"status": {"estimatedStart": at(minutes=-3)}}), []),
        (
            QUEUED_TASK,
            merged(QUEUED_TASK, {"status": {"waitingFor": {"message": "prices-1 goes first."}, "queuePosition": None}}),
            ["waits: prices-1 goes first. (starts in about 4m)"],
        ),
        (QUEUED_TASK, RUNNING_TASK, ["Delta of customers runs, attempt 1 of 3"]),
        (
            RUNNING_TASK,
            merged(RUNNING_TASK, {"status": {"waitingFor": {"reason": "X", "message": "The image cannot be pulled."}}}),
            ["waits: The image cannot be pulled."],
        ),
        (
            RUNNING_TASK,
            task(status=RETRYING),
            ["attempt 1 of 3 failed: SessionLost: logged out; tries again in 30s"],
        ),
        (task(status=RETRYING), task(status=RUNNING | {"attempt": 2}), ["Delta of customers runs, attempt 2 of 3"]),
        (
            RUNNING_TASK,
            task(status={"state": "Queued", "attempts": [{"number": 1, "job": "j", "message": "gave way to b-1"}]}),
            ["is back in the queue: gave way to b-1"],
        ),
        (
            RUNNING_TASK,
            merged(RUNNING_TASK, {"spec": {"cancel": True, "cancelledBy": "luigi"}}),
            ["is being cancelled by luigi"],
        ),
        (
            RUNNING_TASK,
            task(status=DONE),
            ["succeeded in 41s: 3 created, 12 updated, 1 deleted, 1,184 unchanged"],
        ),
        (task(status=DONE), task(status=DONE | {"archived": True}), []),
        (
            None,
            task(status=DEAD),
            ["given up after 1 of 3 attempts: SchemaDrift: page 1: no column 'Prezzo unitario'"],
        ),
        (None, task(status={"state": "Succeeded"}), ["succeeded"]),
        (
            None,
            task(status=merged(DONE, {"result": {"skipped": "nothing has changed"}})),
            ["succeeded, nothing to read: nothing has changed"],
        ),
        (
            None,
            task(status=merged(DONE, {"result": {"dryRun": True, "durationMs": 900, "quarantined": 2}})),
            [
                "succeeded in under 1s as a dry run: would be 3 created, 12 updated, 1 deleted, 1,184 unchanged,"
                " 2 put aside"
            ],
        ),
        (None, task(status={"state": "Shadowed"}), ["would have run (rollout Shadow: nothing was started)"]),
    ],
)
def test_steps(before: Document | None, after: Document, lines: list[str]) -> None:
    assert said(before, after) == lines


def reading(phase: str, current: int, total: int = 0) -> Document:
    return task(status=RUNNING | {"progress": {"phase": phase, "current": current, "total": total, "percentage": 0}})


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (QUEUED_TASK, reading("login", 0), ["login"]),
        (reading("login", 0), reading("read", 0, 1200), ["read 0% (0 of 1,200)"]),
        (reading("read", 0, 1200), reading("read", 119, 1200), []),
        (reading("read", 119, 1200), reading("read", 120, 1200), ["read 10% (120 of 1,200)"]),
        (reading("read", 120, 1200), reading("read", 1200, 1200), ["read 100% (1,200 of 1,200)"]),
        (reading("read", 120), reading("read", 127), []),
        (reading("read", 127), reading("read", 128), ["read 128"]),
        (reading("read", 128), reading("read", 128), []),
        (reading("read", 1200, 1200), reading("load", 0), ["load"]),
        (reading("load", 0), reading("", 0), []),
    ],
)
def test_details(before: Document, after: Document, lines: list[str]) -> None:
    assert said(before, after, details=True) == lines
