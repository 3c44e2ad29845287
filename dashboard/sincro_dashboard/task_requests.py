"""What a person's wish becomes: the SyncTask that is created, and the source it is for when none was named. PURE.

Decided here: names, priority and trigger of a person's sync; what a retry repeats; which source is meant. Not here: who
may wish for what (`identity`), and whether it runs (the operator).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState, TriggeredBy
from sincro_contract.run import Mode
from sincro_dashboard.cluster.door import Kind, Object
from sincro_dashboard.views.resources import name_of, namespace_of, source_of, state_of, type_of

MANUAL_PRIORITY = 100
ORDINARY_PRIORITY = 80
"""The highest one that needs no right of its own."""
_LONGEST_PREFIX = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """A sync that somebody asks for."""

    source: str
    type: str
    requested_by: str
    mode: Mode = Mode.DELTA
    priority: int = MANUAL_PRIORITY
    dry_run: bool = False
    confirm_deletions: bool = False
    retry_of: str | None = None


def task_manifest(wish: Wish) -> Object:
    """The SyncTask to create. The API server completes the name and fills in every other default."""
    spec: Object = {
        "sourceRef": {"name": wish.source},
        "type": wish.type,
        "mode": wish.mode.value,
        "priority": wish.priority,
        "triggeredBy": (TriggeredBy.RETRY if wish.retry_of else TriggeredBy.MANUAL).value,
        "requestedBy": wish.requested_by[:253],
    }
    if wish.retry_of:
        spec["retryOf"] = wish.retry_of
    if wish.dry_run:
        spec["dryRun"] = True
    if wish.confirm_deletions:
        spec["confirmDeletions"] = True
    prefix = f"{wish.source}-{wish.type}"[:_LONGEST_PREFIX].rstrip("-.")
    return {
        "apiVersion": Kind.TASK.api_version,
        "kind": Kind.TASK.kind,
        "metadata": {"generateName": f"{prefix}-manual-"},
        "spec": spec,
    }


def retry_wish(
    task: Object,
    requested_by: str,
    *,
    mode: Mode | None = None,
    confirm_deletions: bool = False,
    priority: int = MANUAL_PRIORITY,
) -> Wish:
    """The wish that repeats a task. Confirmed deletions need a mode that sees them: a Delta becomes a Full."""
    spec = task.get("spec") or {}
    chosen = mode or Mode(spec.get("mode") or Mode.DELTA)
    if confirm_deletions and chosen is Mode.DELTA:
        chosen = Mode.FULL
    return Wish(
        source=source_of(task),
        type=type_of(task),
        requested_by=requested_by,
        mode=chosen,
        priority=priority,
        dry_run=bool(spec.get("dryRun")) and chosen is not Mode.FORCE,
        confirm_deletions=confirm_deletions,
        retry_of=name_of(task),
    )


def retry_objection(task: Object, *, confirm_deletions: bool) -> str | None:
    """Why a task cannot be retried, as a sentence; None when it can."""
    state = state_of(task)
    if not state.final:
        return f"It is {state.value} and not over yet."
    if state not in (TaskState.DEAD_LETTERED, TaskState.CANCELLED):
        return f"It is {state.value}: only what was given up or cancelled can be retried. Ask for a new sync instead."
    tripped = ((task.get("status") or {}).get("lastError") or {}).get("class") == ErrorClass.GUARD_TRIPPED
    if tripped and not confirm_deletions:
        return (
            "Its deletions were held back and a retry would be held back again:"
            " look at what is missing, then retry with confirmDeletions."
        )
    return None


def running_twin(tasks: Iterable[Object], namespace: str, source: str, type_: str) -> Object | None:
    """The task that runs now for the same source and type, if any."""
    return next(
        (
            task
            for task in tasks
            if state_of(task) is TaskState.RUNNING
            and namespace_of(task) == namespace
            and source_of(task) == source
            and type_of(task) == type_
        ),
        None,
    )


def sources_with_type(type_: str, sources: Iterable[Object], schedules: Iterable[Object]) -> list[tuple[str, str]]:
    """Which sources (namespace, name) are known to have a type: by a schedule for it, or because it was synced before.

    What a profile declares is not known here; where nothing at all is known of a type, every source may have it.
    """
    sources = list(sources)
    existing = {(namespace_of(source), name_of(source)) for source in sources}
    scheduled = {(namespace_of(schedule), source_of(schedule)) for schedule in schedules if type_of(schedule) == type_}
    synced = {
        (namespace_of(source), name_of(source))
        for source in sources
        if any(each.get("type") == type_ for each in (source.get("status") or {}).get("types") or [])
    }
    return sorted((scheduled & existing) | synced) or sorted(existing)
