"""kubectl sincro pause and resume: sources, and schedules by --schedule."""

from collections.abc import Callable

from sincro_kubectl.changes import pause_patch, resume_patch
from sincro_kubectl.command_line import Arguments
from sincro_kubectl.commands.identity import user_of
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus
from sincro_kubectl.fields import Document
from sincro_kubectl.kubectl import Query
from sincro_kubectl.output import names, object_lines
from sincro_kubectl.resources import SCHEDULES, SOURCES, Schedule, Source, schedule_of, source_of
from sincro_kubectl.views.survey import by_why

_Held = Source | Schedule


def pause(context: Context, arguments: Arguments) -> ExitStatus:
    """Hold back; what is held back already stays as it is, with its first reason."""
    review = context.kubectl.user()
    found = _read(context, arguments)
    user = user_of(context, review)

    def change(one: _Held) -> Document | None:
        return None if _stopped(one) else pause_patch(_kind(one), user, arguments.reason)

    return _apply(context, arguments, found, change)


def resume(context: Context, arguments: Arguments) -> ExitStatus:
    """Let go."""

    def change(one: _Held) -> Document | None:
        return resume_patch(_kind(one)) if _stopped(one) else None

    return _apply(context, arguments, _read(context, arguments), change)


def _read(context: Context, arguments: Arguments) -> list[_Held]:
    sources = [context.kubectl.read(Query((SOURCES,), name=name)) for name in dict.fromkeys(arguments.sources)]
    schedules = [context.kubectl.read(Query((SCHEDULES,), name=name)) for name in dict.fromkeys(arguments.schedule)]
    return [
        *(source_of(call.document()) for call in sources),
        *(schedule_of(call.document()) for call in schedules),
    ]


def _apply(
    context: Context, arguments: Arguments, found: list[_Held], change: Callable[[_Held], Document | None]
) -> ExitStatus:
    calls = []
    for one in found:
        patch = change(one)
        kind = SOURCES if isinstance(one, Source) else SCHEDULES
        calls.append((one, context.kubectl.patch(kind, one.name, one.namespace, patch) if patch is not None else None))
    results = [(one, call.document() if call is not None else None) for one, call in calls]
    if arguments.output:
        context.out.write(object_lines([document or one.document for one, document in results], arguments.output))
        return ExitStatus.OK
    context.out.write([_said(one, document) for one, document in results])
    return ExitStatus.OK


def _said(one: _Held, document: Document | None) -> str:
    name = names([document or one.document])[0]
    word = "paused" if isinstance(one, Source) else "suspended"
    if document is not None:
        return f"{name} {'resumed' if _stopped(one) else word}"
    if not _stopped(one):
        return f"{name} unchanged: it is not {word}"
    who, why = (one.paused_by, one.pause_reason) if isinstance(one, Source) else (one.suspended_by, one.suspend_reason)
    return f"{name} unchanged: {word} already{by_why(who, why)}"


def _stopped(one: _Held) -> bool:
    return one.paused if isinstance(one, Source) else one.suspended


def _kind(one: _Held) -> str:
    return "SyncSource" if isinstance(one, Source) else "SyncSchedule"
