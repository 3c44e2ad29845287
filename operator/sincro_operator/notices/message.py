"""A dead letter -> what the webhook is sent. Pure.

Decided here: the document, in the generic form and as Slack and what is compatible with it take it. What comes from the
ERP's pages is text there, never markup: it calls nobody's attention and links nowhere.
"""

import json
from enum import StrEnum

from sincro_operator.planning.model import Task

EVENT = "sync.deadLettered"
_SHOWN = 600


class Form(StrEnum):
    """How the body is written."""

    GENERIC = "generic"
    SLACK = "slack"


def notice_id(task: Task) -> str:
    """The same for every delivery of the same dead letter: who gets it twice can tell."""
    return f"dead-letter-{task.uid}"


def body_of(task: Task, form: Form) -> bytes:
    """The request's body, JSON in UTF-8."""
    document = _slack(task) if form is Form.SLACK else _generic(task)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _generic(task: Task) -> dict[str, object]:
    status, error = task.status, task.status.last_error
    ended = status.completed_at or task.created
    return {
        "type": EVENT,
        "timestamp": ended.isoformat().replace("+00:00", "Z"),
        "data": {
            "namespace": task.name.namespace,
            "task": task.name.name,
            "uid": task.uid,
            "source": task.source,
            "type": task.type,
            "schedule": task.schedule,
            "mode": (status.effective_mode or task.mode).value,
            "triggeredBy": task.triggered_by.value,
            "requestedBy": task.requested_by,
            "attempts": status.attempt,
            "error": {
                "class": error.error_class.value,
                "code": error.code,
                "message": error.message,
                "fingerprint": error.fingerprint,
                "permanent": error.error_class.permanent,
                "artifacts": list(error.artifacts),
            }
            if error is not None
            else None,
        },
    }


def _slack(task: Task) -> dict[str, object]:
    error = task.status.last_error
    name = f"{task.name.namespace}/{task.source}"
    attempts = "1 attempt" if task.status.attempt == 1 else f"{task.status.attempt} attempts"
    head = f"*{_plain(task.type)}* of *{_plain(name)}* was given up after {attempts}"
    why = (
        f": {error.error_class.value}\n>{_plain(' '.join(error.message.split())[:_SHOWN])}" if error is not None else ""
    )
    look = f"`kubectl -n {task.name.namespace} describe stask {task.name.name}`"
    return {"text": f"{head}{why}\n{look}"}


def _plain(text: str) -> str:
    """Slack's three characters of markup that reach people and addresses, as it wants them written."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
