"""kubectl sincro preview: the planner's own look into the coming days, at what the cluster holds now.

The only command that needs the planner, and the only one that imports it: reading it takes longer than all the rest.
"""

import json
import logging
from collections.abc import Iterable
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from sincro_kubectl.command_line import Arguments
from sincro_kubectl.commands.status import NOT_ENDED
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus
from sincro_kubectl.fields import Document
from sincro_kubectl.kubectl import Query, Refused
from sincro_kubectl.output import document_lines
from sincro_kubectl.resources import SCHEDULES, SOURCES, TASKS, Schedule, Source, schedule_of, source_of
from sincro_kubectl.views import preview as view
from sincro_operator.cluster import facts
from sincro_operator.planning import model
from sincro_operator.planning.model import Job, Name, Pod, Task
from sincro_operator.planning.preview import preview, to_json

Fact = model.Source | model.Schedule | Task | Job


def run(context: Context, arguments: Arguments) -> ExitStatus:
    """Show them."""
    logging.getLogger("sincro_operator").addHandler(logging.NullHandler())  # a field it cannot read is no news here
    everywhere = arguments.all_namespaces
    upper = context.kubectl.read(Query((SOURCES, SCHEDULES), everywhere=everywhere))
    lower = context.kubectl.read(Query((TASKS,), everywhere=everywhere, selector=NOT_ENDED))
    objects, tasks = upper.documents(), lower.documents()
    sources = [source_of(one) for one in objects if one.get("kind") == "SyncSource"]
    schedules = [schedule_of(one) for one in objects if one.get("kind") == "SyncSchedule"]
    now = context.clock()
    wanted = _wanted(arguments, schedules)
    zone, zone_name = _zone(context, wanted, sources, now)
    found = view.days(preview(_facts(objects, tasks), now, arguments.days), wanted, sources, zone, zone_name)
    if arguments.output in ("json", "yaml"):
        document = json.loads(to_json(found.shown)) | {"idle": list(found.idle), "assumptions": view.ASSUMPTIONS}
        context.out.write(document_lines(document, arguments.output))
    else:
        wide = arguments.output == "wide"
        context.out.write(view.lines(found, context.out.palette, everywhere=everywhere, wide=wide))
    return ExitStatus.OK


def _wanted(arguments: Arguments, schedules: list[Schedule]) -> list[Schedule]:
    if missing := sorted(set(arguments.schedules) - {one.name for one in schedules}):
        raise Refused("NotFound", f"there is no SyncSchedule {', '.join(missing)} here")
    return [
        one
        for one in schedules
        if (not arguments.schedules or one.name in arguments.schedules)
        and (not arguments.source or one.source in arguments.source)
        and (not arguments.type or one.type in arguments.type)
    ]


def _zone(
    context: Context, schedules: list[Schedule], sources: list[Source], now: datetime
) -> tuple[tzinfo | None, str]:
    """The zone that all these schedules share, by which quiet hours and cron fields are read; else the reader's."""
    of_source = {(one.namespace, one.name): one.time_zone for one in sources}
    names = {one.time_zone or of_source.get((one.namespace, one.source), "") for one in schedules}
    if len(names) == 1 and (name := names.pop()):
        try:
            return ZoneInfo(name), name
        except (OSError, ValueError):
            pass
    return context.zone, now.astimezone(context.zone).tzname() or "here"


def _facts(objects: Iterable[Document], tasks: Iterable[Document]) -> list[Fact]:
    """What the planner plans from. Jobs are not asked for: a task that runs says enough about its own."""
    found: list[Fact] = [
        facts.source_of(one) if one.get("kind") == "SyncSource" else facts.schedule_of(one) for one in objects
    ]
    for one in tasks:
        task = facts.task_of(one)
        found += [task, _job(task)] if task.status.job and task.status.state == "Running" else [task]
    return found


def _job(task: Task) -> Job:
    """The Job of a task that runs, with its one pod at work."""
    status = task.status
    name = Name(task.name.namespace, status.job or "")
    attempts = [one.started_at for one in status.attempts if one.ended_at is None and one.started_at is not None]
    started = attempts[-1] if attempts else status.started_at or task.created
    pod = Pod(f"{name.name}-pod", f"{task.uid}-pod", "Running", created=started, scheduled=True, started_at=started)
    return Job(
        name,
        f"{task.uid}-job",
        task.name.name,
        task.uid,
        status.launches or 1,
        started,
        pods=(pod,),
        source=task.source,
        type=task.type,
    )
