"""kubectl sincro why: explain a SyncTask, a SyncSchedule, a SyncSource, or all schedules of a type."""

from collections.abc import Sequence
from datetime import datetime

from sincro_kubectl.command_line import Arguments
from sincro_kubectl.commands.status import NOT_ENDED
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus, UsageError
from sincro_kubectl.kubectl import Query, Refused
from sincro_kubectl.output import document_lines
from sincro_kubectl.resources import SCHEDULES, SOURCES, TASKS, Schedule, Source, Task, schedule_of, source_of, task_of
from sincro_kubectl.views import why as view
from sincro_kubectl.views.why_schedule import why_schedule, why_source
from sincro_kubectl.views.why_task import Explanation, why_task

_KINDS = {
    word: kind
    for kind, words in {
        "task": ("task", "stask", "synctask", "synctasks", "synctask.sincro.dev"),
        "schedule": ("schedule", "ssched", "syncschedule", "syncschedules", "syncschedule.sincro.dev"),
        "source": ("source", "ssrc", "syncsource", "syncsources", "syncsource.sincro.dev"),
    }.items()
    for word in words
}


def run(context: Context, arguments: Arguments) -> ExitStatus:
    """Explain it."""
    kind, name = _named(arguments.name)
    upper = context.kubectl.read(Query((SOURCES, SCHEDULES)))
    lower = context.kubectl.read(Query((TASKS,), selector=NOT_ENDED))
    objects = upper.documents()
    sources = [source_of(one) for one in objects if one.get("kind") == "SyncSource"]
    schedules = [schedule_of(one) for one in objects if one.get("kind") == "SyncSchedule"]
    tasks = [task_of(one) for one in lower.documents()]
    explanations = _explain(context, kind, name, (sources, schedules, tasks), context.clock())
    if arguments.output:
        documents = [view.document(one) for one in explanations]
        context.out.write(
            document_lines(documents[0] if len(documents) == 1 else {"explanations": documents}, arguments.output)
        )
        return ExitStatus.OK
    for number, one in enumerate(explanations):
        separator = [""] if number else []
        context.out.write([*separator, *view.lines(one, context.out.size[0], context.out.palette)])
    return ExitStatus.OK


def _named(word: str) -> tuple[str, str]:
    """`task/x` -> task, x; `x` -> anything, x. Raises UsageError for a kind that nobody knows."""
    prefix, slash, name = word.rpartition("/")
    if not slash:
        return "", word
    if prefix not in _KINDS:
        raise UsageError(f"{prefix} is no kind: write task/{name}, schedule/{name} or source/{name}")
    return _KINDS[prefix], name


def _explain(
    context: Context,
    kind: str,
    name: str,
    known: tuple[Sequence[Source], Sequence[Schedule], Sequence[Task]],
    now: datetime,
) -> list[Explanation]:
    sources, schedules, tasks = known
    by_name = {source.name: source for source in sources}
    if kind in ("", "task") and (task := _task(context, kind, name, known)) is not None:
        return [why_task(task, tasks, now, context.zone)]
    if kind in ("", "schedule"):
        equal = [one for one in schedules if one.name == name]
        chosen = equal or ([one for one in schedules if one.type == name] if not kind and name not in by_name else [])
        if chosen:
            active = {task.name: task for task in tasks}
            return [
                why_schedule(one, by_name.get(one.source), active.get(one.active_task), now, context.zone)
                for one in chosen
            ]
    if kind in ("", "source") and name in by_name:
        return [why_source(by_name[name], [task for task in tasks if task.source == name], now, context.zone)]
    raise Refused("NotFound", f"there is no {kind or 'task, schedule, source or type'} {name} here")


def _task(
    context: Context, kind: str, name: str, known: tuple[Sequence[Source], Sequence[Schedule], Sequence[Task]]
) -> Task | None:
    """The task of that name, open or ended; not asked for where the name is somebody else's already."""
    sources, schedules, tasks = known
    found = next((task for task in tasks if task.name == name), None)
    if found is not None or (not kind and any(name in (one.name, one.type) for one in schedules)):
        return found
    if not kind and any(source.name == name for source in sources):
        return None
    try:
        return task_of(context.kubectl.read(Query((TASKS,), name=name)).document())
    except Refused as refused:
        if refused.reason != "NotFound":
            raise
        return None
