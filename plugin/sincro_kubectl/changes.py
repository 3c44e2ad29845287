"""What is sent to the API server: the SyncTasks that commands create, and their merge patches.

Decided here: names, priority and trigger of a person's sync, what a retry repeats, and which tasks can be repeated or
cancelled. Not here: who may ask for what (the API server), and whether it runs (the operator).
"""

from dataclasses import dataclass
from datetime import datetime

from sincro_kubectl.fields import Document, filled
from sincro_kubectl.instants import iso
from sincro_kubectl.resources import GROUP_VERSION, Schedule, Source, Task

PERSON_PRIORITY = 100
_LONGEST_USER = 253
_LONGEST_PREFIX = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """A sync that somebody asks for. `user` is empty when the API server did not say who we are."""

    source: str
    type: str
    user: str
    namespace: str = ""
    mode: str = "Delta"
    priority: int = PERSON_PRIORITY
    not_before: datetime | None = None
    timeout: str | None = None
    dry_run: bool = False
    confirm_deletions: bool = False
    retry_of: str = ""


def sync_task(wish: Wish) -> Document:
    """The SyncTask to create; the API server completes its name and fills in the other defaults."""
    word = "retry" if wish.retry_of else "now"
    return {
        "apiVersion": GROUP_VERSION,
        "kind": "SyncTask",
        "metadata": filled(
            {
                "generateName": f"{wish.type[:_LONGEST_PREFIX].rstrip('-.')}-{word}-",
                "namespace": wish.namespace or None,
            }
        ),
        "spec": filled(
            {
                "sourceRef": {"name": wish.source},
                "type": wish.type,
                "mode": wish.mode,
                "priority": wish.priority,
                "triggeredBy": "Retry" if wish.retry_of else "Manual",
                "requestedBy": user_name(wish.user),
                "notBefore": iso(wish.not_before),
                "timeout": wish.timeout,
                "retryOf": wish.retry_of or None,
                "dryRun": wish.dry_run or None,
                "confirmDeletions": wish.confirm_deletions or None,
            }
        ),
    }


def user_name(user: str) -> str | None:
    """The name as a resource can hold it: nothing rather than a part of it."""
    return user if 0 < len(user) <= _LONGEST_USER else None


def retry_wish(task: Task, user: str, *, mode: str = "", confirm_deletions: bool = False, priority: int = 100) -> Wish:
    """The wish that repeats a task in its mode or another. Deletions can be confirmed only where all is read."""
    chosen = mode or task.asked_mode
    if confirm_deletions and chosen == "Delta":
        chosen = "Full"
    return Wish(
        source=task.source,
        type=task.type,
        user=user,
        namespace=task.namespace,
        mode=chosen,
        priority=priority,
        dry_run=task.dry_run and chosen != "Force",
        confirm_deletions=confirm_deletions,
        retry_of=task.name,
    )


def retry_objection(task: Task, *, confirm_deletions: bool = False) -> str:
    """Why a task cannot be repeated, as a sentence; empty when it can."""
    if not task.final:
        return f"{task.name} is {task.state} and not over yet"
    if task.state not in ("DeadLettered", "Cancelled"):
        words = "only what was given up or cancelled can be repeated"
        return f"{task.name} is {task.state}: {words}; for a new one: kubectl sincro sync {task.type}"
    if task.failure is not None and task.failure.error == "GuardTripped" and not confirm_deletions:
        return (
            f"{task.name} was given up because of what it would have deleted, and a retry would be too: look at what is"
            " missing, then add --confirm-deletions"
        )
    return ""


def cancel_patch(user: str) -> Document:
    """Ends a task, or takes it out of the queue."""
    return {"spec": filled({"cancel": True, "cancelledBy": user_name(user)})}


def cancel_objection(task: Task) -> str:
    """Why a task cannot be cancelled, as a sentence; empty when it can."""
    return f"{task.name} is over: {task.state}" if task.final else ""


def pause_patch(kind: str, user: str, reason: str) -> Document:
    """Holds back scheduled syncs of a SyncSource, or suspends a SyncSchedule."""
    if kind == "SyncSource":
        return {"spec": {"paused": True, "pausedBy": user_name(user), "pauseReason": reason}}
    return {"spec": {"suspend": True, "suspendedBy": user_name(user), "suspendReason": reason}}


def resume_patch(kind: str) -> Document:
    """Takes pause or suspension back, with who and why."""
    if kind == "SyncSource":
        return {"spec": {"paused": False, "pausedBy": None, "pauseReason": None}}
    return {"spec": {"suspend": False, "suspendedBy": None, "suspendReason": None}}


def sources_for(type_: str, sources: list[Source], schedules: list[Schedule]) -> list[str]:
    """The sources that are known to have a type: by a schedule, or because it was synced before.

    Where nothing is known of a type at all, every source may have it: what profiles declare is not known here.
    """
    names = {source.name for source in sources}
    scheduled = {schedule.source for schedule in schedules if schedule.type == type_}
    synced = {source.name for source in sources if any(one.type == type_ for one in source.types)}
    return sorted((scheduled & names) | synced) or sorted(names)
