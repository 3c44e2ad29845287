"""What fails is tried again ever later, then given up with its cause; after a repair, a repetition succeeds."""

from datetime import datetime, timedelta

from dev.demo.documents import Document
from dev.demo.erp import DemoErp
from dev.demo.kube import apply, kubectl
from tests.e2e.features.conftest import MakePlace
from tests.e2e.features.place import condition, eventually, instant, state

BACKOFF = {"maxAttempts": 4, "initialDelay": "2s", "backoffMultiplier": 2, "maxDelay": "6s", "jitter": 0}


def test_the_backoff_grows_to_its_cap_then_the_task_is_a_dead_letter(make_place: MakePlace, erp: DemoErp) -> None:
    place = make_place("failing", circuitBreaker={"failureThreshold": 100})
    place.warm("prices")
    erp.misbehave("maintenance")
    next_attempts: dict[int, datetime] = {}

    def note(task: Document) -> None:
        status = task.get("status", {})
        if status.get("nextAttemptAt"):
            next_attempts[status["attempt"]] = instant(status["nextAttemptAt"])

    ended = place.end(place.ask("prices", retryPolicy=BACKOFF), 240, note)
    status = ended["status"]
    assert state(ended) == "DeadLettered"
    classes = [a["class"] for a in status["attempts"]]
    assert len(classes) == 4
    assert "SourceUnavailable" in classes
    assert set(classes) <= {"SourceUnavailable", "DatabaseUnavailable"}, "a busy machine may fail by itself"
    ends = [instant(a["endedAt"]) for a in status["attempts"]]
    starts = [instant(a["startedAt"]) for a in status["attempts"]]
    for number, delay in ((1, 2), (2, 4), (3, 6)):
        # Kubernetes writes the end of a container in whole seconds; the wait begins when the operator has seen it.
        assert next_attempts[number] - ends[number - 1] >= timedelta(seconds=delay)
        assert starts[number] >= next_attempts[number].replace(microsecond=0)
    waits = [starts[n] - ends[n - 1] for n in (1, 2, 3)]
    assert waits[0] < waits[2], waits
    assert condition(status, "Failed")["status"] == "True"
    assert status["lastError"]["class"] == classes[-1]
    assert status["lastError"]["message"]
    assert status["lastError"]["fingerprint"]
    source = place.source_status()
    assert source["deadLettered"] == 1
    assert source["lastError"]["message"] == status["lastError"]["message"]

    erp.behave()
    again = {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncTask",
        "metadata": {"name": "failing-again"},
        "spec": {
            "sourceRef": {"name": place.name},
            "type": "prices",
            "mode": "Full",
            "triggeredBy": "Retry",
            "retryOf": ended["metadata"]["name"],
        },
    }
    apply(again, place.demo.namespace)
    assert state(place.end("failing-again")) == "Succeeded"


def test_a_schedule_whose_erp_is_down_holds_back_and_goes_on_by_itself(make_place: MakePlace, erp: DemoErp) -> None:
    place = make_place("circuit", circuitBreaker={"failureThreshold": 2, "openDuration": "15s"})
    place.warm("prices")
    erp.misbehave("maintenance")
    name = place.schedule(
        "prices",
        full={"every": "10m"},
        retryPolicy={"maxAttempts": 10, "initialDelay": "1s", "maxDelay": "1s", "jitter": 0},
    )

    def circuit() -> str:
        found: str = condition(place.source_status(), "CircuitClosed").get("status", "Unknown")
        return found

    eventually(lambda: circuit() == "False", "the circuit has opened")
    task = place.tasks(name)[0]["metadata"]["name"]
    eventually(
        lambda: place.task(task)["status"].get("waitingFor", {}).get("reason") == "CircuitOpen", "the task says why"
    )
    erp.behave()
    ended = place.end(task)
    assert state(ended) == "Succeeded", ended["status"]
    eventually(lambda: circuit() == "True", "the circuit has closed")
    events = kubectl("get", "events.events.k8s.io", "-n", place.demo.namespace, "-o", "jsonpath={.items[*].reason}")
    assert "CircuitOpened" in events.split()
