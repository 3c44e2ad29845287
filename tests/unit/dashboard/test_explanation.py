"""Why a task is where it is: each state and reason as sentences."""

from typing import Any

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_dashboard.views.explanation import advice_for, explain
from tests.unit.dashboard.fake_cluster import NOW
from tests.unit.dashboard.objects import ago, failed, stamp, succeeded, task

BUSY = {"reason": "SourceBusy", "message": "acme allows 1 session; running has it.", "since": stamp(NOW)}
LOST = {"class": "SessionLost", "message": "Asked to log in again.", "fingerprint": "f"}


@pytest.mark.parametrize(
    ("obj", "said"),
    [
        (task("t", None, created=ago(seconds=5)), [("OperatorAboutTo", "about to look")]),
        (task("t", None, created=ago(seconds=25)), [("OperatorAway", "may be down")]),
        (task("t"), [("OperatorAboutTo", "next look")]),
        (task("t", queuePosition=1), [("NextToRun", "next one to run")]),
        (task("t", queuePosition=2), [("QueuePosition", "1 sync is ahead")]),
        (
            task("t", queuePosition=4, waitingFor=BUSY),
            [("SourceBusy", "running has it"), ("QueuePosition", "3 syncs are")],
        ),
        (task("t", "Running", attempt=2), [("AttemptRuns", "Attempt 2 of 3 is running")]),
        (
            task("t", "Running", attempt=1, spec={"cancel": True}),
            [("AttemptRuns", "Attempt 1 of 3"), ("Stopping", "asked to stop")],
        ),
        (task("t", "Retrying", attempt=1), [("AttemptFailed", "Attempt 1 of 3 failed")]),
        (
            task("t", "Retrying", attempt=1, lastError=LOST, waitingFor=BUSY),
            [("AttemptFailed", ""), ("Error", "log in again"), ("SourceBusy", "running has it")],
        ),
        (succeeded("t"), [("Succeeded", "It succeeded")]),
        (
            task("t", "Succeeded", result={"mode": "Delta", "skipped": "no row is newer"}),
            [("NothingChanged", "no row is newer")],
        ),
        (failed("t"), [("Error", "The column"), ("AdviceSchemaDrift", "compare the screenshot")]),
        (failed("t", error="SourceUnavailable"), [("Error", "The column"), ("GivenUpAfter", "after 1 of 3 attempts")]),
        (failed("t", error="MadeUpLater"), [("Error", "The column"), ("GivenUpAfter", "")]),
        (task("t", "DeadLettered"), [("GivenUp", "given up")]),
        (task("t", "Cancelled", spec={"cancel": True, "cancelledBy": "bob"}), [("CancelledBy", "bob cancelled it")]),
        (task("t", "Cancelled"), [("Cancelled", "was cancelled")]),
        (task("t", "Superseded", supersededBy="other"), [("Superseded", "other does its work")]),
        (task("t", "Superseded"), [("Superseded", "It is over")]),
        (task("t", "Shadowed"), [("Shadowed", "shadow mode")]),
        (task("t", "Queued", spec={"type": "Not A Type"}), [("OtherVersion", "another version")]),
    ],
)
def test_sentences(obj: dict[str, Any], said: list[tuple[str, str]]) -> None:
    sentences = explain(obj, NOW)
    assert [sentence.code for sentence in sentences] == [code for code, _ in said]
    for sentence, (_, words) in zip(sentences, said, strict=True):
        assert words in sentence.text


def test_the_holder_of_the_slot_is_named_once() -> None:
    neighbours = [
        task("running", "Running", attempt=1),
        task("other-type", "Running", attempt=1, type_="orders"),
        task("other-source", "Running", attempt=1, source="beta"),
        task("queued"),
    ]
    assert [each.code for each in explain(task("t"), NOW, neighbours)] == ["HeldBy"]
    assert [each.values for each in explain(task("t"), NOW, neighbours)] == [{"task": "running"}]
    assert [each.code for each in explain(task("t", waitingFor=BUSY), NOW, neighbours)] == ["SourceBusy"]


@pytest.mark.parametrize("error", list(ErrorClass))
def test_every_permanent_class_comes_with_advice(error: ErrorClass) -> None:
    assert (advice_for(error.value) is not None) == error.permanent


def test_advice_is_not_given_for_what_is_not_known() -> None:
    assert advice_for("MadeUpLater") is None
