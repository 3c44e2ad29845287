"""kubectl sincro sync: ask for syncs now, and follow them if wished."""

from datetime import timedelta

from sincro_kubectl.changes import Wish, sources_for, sync_task
from sincro_kubectl.command_line import Arguments
from sincro_kubectl.commands.follow import follow_objects
from sincro_kubectl.commands.identity import user_of
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus, UsageError
from sincro_kubectl.fields import Document, printable
from sincro_kubectl.kubectl import Query, Refused
from sincro_kubectl.output import names, object_lines
from sincro_kubectl.resources import SCHEDULES, SOURCES, Schedule, Source, condition, schedule_of, source_of


def run(context: Context, arguments: Arguments) -> ExitStatus:
    """Create them."""
    review, listing = context.kubectl.user(), context.kubectl.read(Query((SOURCES, SCHEDULES)))
    user = user_of(context, review)
    try:
        objects = listing.documents()
    except Refused as refused:
        if refused.reason != "Forbidden" or not arguments.source:
            raise
        objects = []  # who may ask but not look has to know the source's name
    sources = [source_of(one) for one in objects if one.get("kind") == "SyncSource"]
    schedules = [schedule_of(one) for one in objects if one.get("kind") == "SyncSchedule"]
    pairs = [
        (type_, source)
        for type_ in dict.fromkeys(arguments.types)
        for source in _chosen(arguments, type_, sources, schedules)
    ]
    _warn(context, {source for _, source in pairs}, sources)
    calls = [
        context.kubectl.create(sync_task(_wish(context, arguments, type_, source, user))) for type_, source in pairs
    ]
    return created(context, arguments, [call.document() for call in calls])


def created(context: Context, arguments: Arguments, documents: list[Document]) -> ExitStatus:
    """Say what was created, and follow it if that was asked for."""
    if arguments.follow or arguments.wait:
        screen = context.err if arguments.output else context.out
        screen.write([f"{name} created" for name in names(documents)])
        return follow_objects(context, arguments, documents)
    if arguments.output:
        context.out.write(object_lines(documents, arguments.output))
        return ExitStatus.OK
    context.out.write([f"{name} created" for name in names(documents)])
    if context.out.live:
        hint = f"kubectl sincro follow {' '.join(printable(one['metadata']['name']) for one in documents)}"
        context.out.write([context.out.palette.faint(hint)])
    return ExitStatus.OK


def _chosen(arguments: Arguments, type_: str, sources: list[Source], schedules: list[Schedule]) -> list[str]:
    """Where to read from. Raises Refused(NotFound) or UsageError."""
    known = sorted(source.name for source in sources)
    if arguments.source:
        if missing := [name for name in arguments.source if sources and name not in known]:
            raise Refused("NotFound", f"there is no SyncSource {', '.join(missing)} here; there is: {', '.join(known)}")
        return list(dict.fromkeys(arguments.source))
    found = sources_for(type_, sources, schedules)
    if not found:
        raise Refused("NotFound", "there is no SyncSource in this namespace; another one: -n NAMESPACE")
    if len(found) > 1:
        raise UsageError(f"{type_} could come from {', '.join(found)}: say which with --source")
    return found


def _wish(context: Context, arguments: Arguments, type_: str, source: str, user: str) -> Wish:
    when = arguments.not_before
    return Wish(
        source=source,
        type=type_,
        user=user,
        mode=arguments.mode or "Delta",
        priority=arguments.priority,
        not_before=context.clock() + when if isinstance(when, timedelta) else when,
        dry_run=arguments.dry_run,
        confirm_deletions=arguments.confirm_deletions,
    )


def _warn(context: Context, wanted: set[str], sources: list[Source]) -> None:
    """Say what stands in the way before somebody waits for nothing."""
    for source in sources:
        ready = condition(source.conditions, "Ready")
        if source.name in wanted and ready is not None and ready.status == "False":
            context.warn(f"{source.name} is not ready, the sync will wait: {ready.message}")
