"""kubectl sincro status: the screen that one wants, once or again and again."""

from datetime import datetime

from sincro_kubectl.command_line import Arguments
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus
from sincro_kubectl.kubectl import KubectlError, Query, Refused
from sincro_kubectl.output import document_lines
from sincro_kubectl.resources import FINAL, SCHEDULES, SOURCES, TASKS, schedule_of, source_of, task_of
from sincro_kubectl.terminal import Live
from sincro_kubectl.views import status as view
from sincro_kubectl.views.survey import Status, document, survey

NOT_ENDED = ",".join(f"status.state!={state}" for state in FINAL)
"""A field selector: the API server leaves out the many that have ended."""
_SECONDS = 2.0


def run(context: Context, arguments: Arguments) -> ExitStatus:
    """Show it."""
    if not arguments.watch:
        _once(context, arguments)
        return ExitStatus.OK
    live = Live(context.out)
    try:
        while True:
            _again(context, arguments, live)
            context.pause(_SECONDS)
    except KeyboardInterrupt:
        return ExitStatus.OK


def _once(context: Context, arguments: Arguments) -> None:
    now = context.clock()
    found = _look(context, arguments, now)
    if arguments.output in ("json", "yaml"):
        context.out.write(document_lines(document(found), arguments.output))
    else:
        context.out.write(_lines(context, arguments, found, now))


def _again(context: Context, arguments: Arguments, live: Live) -> None:
    now = context.clock()
    try:
        lines = _lines(context, arguments, _look(context, arguments, now), now)
    except KubectlError as error:
        lines = [f"{error}"]
    if context.out.live:
        live.fill(lines)
    else:
        context.out.write([*lines, ""])


def _look(context: Context, arguments: Arguments, now: datetime) -> Status:
    everywhere = arguments.all_namespaces
    upper = context.kubectl.read(Query((SOURCES, SCHEDULES), everywhere=everywhere))
    lower = context.kubectl.read(Query((TASKS,), everywhere=everywhere, selector=NOT_ENDED))
    objects = upper.documents()
    sources = [source_of(one) for one in objects if one.get("kind") == "SyncSource"]
    schedules = [schedule_of(one) for one in objects if one.get("kind") == "SyncSchedule"]
    tasks = [task_of(one) for one in lower.documents()]
    if arguments.sources:
        wanted = set(arguments.sources)
        if missing := sorted(wanted - {source.name for source in sources}):
            raise Refused("NotFound", f"there is no SyncSource {', '.join(missing)} here")
        sources = [source for source in sources if source.name in wanted]
        schedules = [schedule for schedule in schedules if schedule.source in wanted]
        tasks = [task for task in tasks if task.source in wanted]
    return survey(sources, schedules, tasks, now)


def _lines(context: Context, arguments: Arguments, found: Status, now: datetime) -> list[str]:
    palette, wide = context.out.palette, arguments.output == "wide"
    return view.lines(found, now, palette, everywhere=arguments.all_namespaces, wide=wide)
