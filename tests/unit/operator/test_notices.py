"""What a webhook is told of a dead letter, how it is signed, and when it is tried again."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.cluster.facts import NOTICED, task_of
from sincro_operator.notices.delivery import Answer, Deliver, LetGo, Outbox, Wait
from sincro_operator.notices.message import Form, body_of, notice_id
from sincro_operator.notices.signature import headers_of, key_of
from sincro_operator.planning.model import Task, TaskError
from tests.unit.operator import objects

NOW = datetime(2026, 3, 23, 8, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def letter(name: str = "t1", *, ended: datetime = NOW, message: str = "gone", attempt: int = 3) -> Task:
    task = task_of(objects.task(name, uid=f"uid-{name}"))
    error = TaskError(ErrorClass.SCHEMA_DRIFT, message, "HeaderGone", "f00d", ("acme/1.png",))
    state = TaskState.DEAD_LETTERED
    status = replace(task.status, state=state, completed_at=ended, last_error=error, attempt=attempt)
    return replace(task, status=status)


def test_the_generic_document() -> None:
    assert json.loads(body_of(letter(), Form.GENERIC)) == {
        "type": "sync.deadLettered",
        "timestamp": "2026-03-23T08:00:00Z",
        "data": {
            "namespace": "acme",
            "task": "t1",
            "uid": "uid-t1",
            "source": "erp",
            "type": "customers",
            "schedule": None,
            "mode": "Delta",
            "triggeredBy": "Manual",
            "requestedBy": None,
            "attempts": 3,
            "error": {
                "class": "SchemaDrift",
                "code": "HeaderGone",
                "message": "gone",
                "fingerprint": "f00d",
                "permanent": True,
                "artifacts": ["acme/1.png"],
            },
        },
    }


@pytest.mark.parametrize(
    ("message", "attempt", "text"),
    [
        (
            "column Prezzo is gone",
            3,
            "*customers* of *acme/erp* was given up after 3 attempts: SchemaDrift\n>column Prezzo is gone",
        ),
        # A page of the ERP cannot call everybody, nor pass a link off as something else, nor end its quotation.
        (
            "<!channel> a & b\n\nfree money <https://evil.example|here>",
            1,
            "*customers* of *acme/erp* was given up after 1 attempt: SchemaDrift\n"
            "&gt;&lt;!channel&gt; a &amp; b free money &lt;https://evil.example|here&gt;".replace(
                "&gt;&lt;!", ">&lt;!", 1
            ),
        ),
    ],
)
def test_what_slack_shows(message: str, attempt: int, text: str) -> None:
    body = json.loads(body_of(letter(message=message, attempt=attempt), Form.SLACK))
    assert body == {"text": f"{text}\n`kubectl -n acme describe stask t1`"}


def test_a_long_message_is_cut() -> None:
    assert len(body_of(letter(message="x" * 5000), Form.SLACK)) < 1000


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of the Standard Webhooks specification's own libraries."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = headers_of(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_plain_secret_is_the_key_itself() -> None:
    body = body_of(letter(), Form.GENERIC)
    signed = hmac.new(b"a secret", b"id.1." + body, hashlib.sha256).digest()
    signature = headers_of(key_of("a secret\n"), "id", 1, body)["webhook-signature"]
    assert signature == f"v1,{base64.b64encode(signed).decode()}"
    assert "webhook-signature" not in headers_of(None, "id", 1, body)


@pytest.mark.parametrize("secret", ["", "  \n", "whsec_not base64!"])
def test_a_secret_that_is_none(secret: str) -> None:
    with pytest.raises(ValueError, match="signing secret"):
        key_of(secret)


AWAY, REFUSED, TAKEN = Answer(503), Answer(400), Answer(204)


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        ((), 0),
        ((AWAY,), 1),
        ((AWAY, AWAY, AWAY), 4),
        ((REFUSED, REFUSED), 2),
        ((Answer(None),) * 30, 300),
        ((Answer(429, timedelta(seconds=30)),), 30),
        ((Answer(503, timedelta(days=9)),), 3600),
        ((AWAY, AWAY, TAKEN), 0),
    ],
    ids=str,
)
def test_how_long_it_waits(answers: tuple[Answer, ...], waits: int) -> None:
    outbox, task = Outbox(), letter()
    for answer in answers:
        outbox.answered(task, answer, NOW)
    expected = Wait(NOW + waits * SECOND) if waits else Deliver(task)
    assert outbox.next_step([task], NOW) == expected
    assert outbox.next_step([task], NOW + waits * SECOND) == Deliver(task)


def test_the_oldest_goes_first_and_nothing_else_is_told() -> None:
    older, newer = letter("b", ended=NOW - SECOND), letter("a")
    noticed, running = replace(letter("c"), noticed=True), task_of(objects.task("d", status={"state": "Running"}))
    assert Outbox().next_step([newer, noticed, older, running], NOW) == Deliver(older)
    assert Outbox().next_step([noticed, running], NOW) == Wait(None)


def test_one_that_is_refused_does_not_hold_up_the_others_and_a_receiver_that_is_away_does() -> None:
    older, newer = letter("a", ended=NOW - SECOND), letter("b")
    outbox = Outbox()
    outbox.answered(older, REFUSED, NOW)
    assert outbox.next_step([older, newer], NOW) == Deliver(newer)
    outbox.answered(newer, AWAY, NOW)
    assert outbox.next_step([older, newer], NOW) == Wait(NOW + SECOND)


@pytest.mark.parametrize(("hours", "step"), [(23.9, Deliver), (24, LetGo), (9999, LetGo)])
def test_what_is_too_old_to_be_news(hours: float, step: type) -> None:
    assert isinstance(Outbox().next_step([letter()], NOW + timedelta(hours=hours)), step)


def test_the_id_is_the_same_for_every_delivery_and_the_annotation_ends_them() -> None:
    assert notice_id(letter()) == notice_id(letter()) == "dead-letter-uid-t1"
    told = objects.task(metadata=objects.metadata("t1", "uid-t1", annotations={NOTICED: "2026-03-23T08:00:01+00:00"}))
    assert task_of(told).noticed
    assert not task_of(objects.task()).noticed
