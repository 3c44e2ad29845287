"""What may be changed in a resource that is there, and what may not."""

import pytest
from kubernetes.client.exceptions import ApiException

from tests.cluster.resources.conftest import Document, Resources, created, refusal
from tests.cluster.resources.documents import SCHEDULE, SOURCE, TASK, changed

FULL_TASK = changed(
    TASK,
    spec__mode="Full",
    spec__requestedBy="anna",
    spec__notBefore="2026-11-24T08:00:00Z",
    spec__modeReason="the last full is older than its cadence",
)
REFUSED: list[tuple[Document, Document, str, str]] = [
    (TASK, {"sourceRef": {"name": "other"}}, "spec.sourceRef", "cannot be changed"),
    (TASK, {"type": "orders"}, "spec.type", "cannot be changed"),
    (TASK, {"mode": "Force"}, "spec.mode", "cannot be changed"),
    (TASK, {"priority": 1}, "spec.priority", "cannot be changed"),
    (TASK, {"triggeredBy": "Admin"}, "spec.triggeredBy", "cannot be changed"),
    (TASK, {"timeout": "1h"}, "spec.timeout", "cannot be changed"),
    (TASK, {"dryRun": True}, "spec.dryRun", "cannot be changed"),
    (TASK, {"probe": True}, "spec.probe", "cannot be changed"),
    (TASK, {"retryPolicy": {"maxAttempts": 9}}, "spec.retryPolicy", "cannot be changed"),
    (TASK, {"requestedBy": "somebody"}, "spec.requestedBy", "cannot be changed"),
    (TASK, {"notBefore": "2026-11-24T08:00:00Z"}, "spec.notBefore", "cannot be changed"),
    (FULL_TASK, {"confirmDeletions": True}, "spec.confirmDeletions", "cannot be changed"),
    (FULL_TASK, {"requestedBy": "somebody else"}, "spec.requestedBy", "cannot be changed"),
    (FULL_TASK, {"requestedBy": None}, "spec.requestedBy", "cannot be changed"),
    (FULL_TASK, {"notBefore": None}, "spec.notBefore", "cannot be changed"),
    (FULL_TASK, {"modeReason": "because"}, "spec.modeReason", "cannot be changed"),
    (changed(TASK, spec__cancel=True), {"cancel": False}, "spec.cancel", "cannot be taken back"),
    (changed(TASK, spec__cancel=True), {"cancel": None}, "spec.cancel", "cannot be taken back"),
    (changed(TASK, spec__cancel=True, spec__cancelledBy="anna"), {"cancelledBy": "bruno"}, "spec.cancelledBy", "once"),
    (changed(TASK, spec__cancel=True, spec__cancelledBy="anna"), {"cancelledBy": None}, "spec.cancelledBy", "once"),
    (SCHEDULE, {"sourceRef": {"name": "other"}}, "spec.sourceRef", "cannot be changed"),
    (SCHEDULE, {"type": "orders"}, "spec.type", "cannot be changed"),
    (SCHEDULE, {"full": None, "delta": None}, "spec", "full, delta or both"),
]
ALLOWED: list[tuple[Document, Document]] = [
    (TASK, {"cancel": True}),
    (TASK, {"cancel": True, "cancelledBy": "anna"}),
    (changed(TASK, spec__cancel=True), {"cancelledBy": "anna"}),
    (SCHEDULE, {"suspend": True, "suspendedBy": "anna", "suspendReason": "Inventory"}),
    (SCHEDULE, {"full": None, "delta": {"every": None, "cron": "0 * * * *"}}),
    (SCHEDULE, {"rollout": "Shadow", "priority": 90}),
    (SOURCE, {"baseUrl": "https://new.example.com", "maxConcurrent": 3}),
    (SOURCE, {"paused": True, "pauseReason": "Inventory"}),
]


@pytest.mark.parametrize(("document", "change", "field", "words"), REFUSED)
def test_refused(resources: Resources, document: Document, change: Document, field: str, words: str) -> None:
    with created(resources, document) as made, pytest.raises(ApiException) as caught:
        resources.patch(made, {"spec": change})
    assert f"{field}: " in refusal(caught.value)
    assert words in refusal(caught.value)


@pytest.mark.parametrize(("document", "change"), ALLOWED)
def test_allowed(resources: Resources, document: Document, change: Document) -> None:
    with created(resources, document) as made:
        resources.patch(made, {"spec": change})


def test_the_status_is_no_part_of_what_a_person_applies(resources: Resources) -> None:
    with created(resources, changed(TASK, status={"state": "Succeeded"})) as made:
        assert "status" not in made


def test_a_final_status_does_not_stop_a_cancel(resources: Resources) -> None:
    with created(resources, TASK) as made:
        resources.patch(made, {"status": {"state": "Succeeded"}}, status=True)
        assert resources.patch(made, {"spec": {"cancel": True}})["status"] == {"state": "Succeeded"}


def test_a_condition_stands_once_a_type(resources: Resources) -> None:
    ready = {"type": "Ready", "status": "True", "reason": "Ok", "lastTransitionTime": "2026-11-24T08:00:00Z"}
    with created(resources, SOURCE) as made, pytest.raises(ApiException) as caught:
        resources.patch(made, {"status": {"conditions": [ready, ready]}}, status=True)
    assert "status.conditions[1]: Duplicate value" in refusal(caught.value)
