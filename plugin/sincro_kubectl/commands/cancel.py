"""kubectl sincro cancel: stop syncs, or take them out of the queue."""

from sincro_kubectl.changes import cancel_objection, cancel_patch
from sincro_kubectl.command_line import Arguments
from sincro_kubectl.commands.follow import follow_objects
from sincro_kubectl.commands.identity import user_of
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus
from sincro_kubectl.kubectl import Query, Refused
from sincro_kubectl.output import names, object_lines
from sincro_kubectl.resources import TASKS, task_of


def run(context: Context, arguments: Arguments) -> ExitStatus:
    """Cancel them. One that is over is an error, after the others have been cancelled."""
    review = context.kubectl.user()
    calls = [context.kubectl.read(Query((TASKS,), name=name)) for name in dict.fromkeys(arguments.tasks)]
    tasks = [task_of(call.document()) for call in calls]
    user = user_of(context, review)
    objections = [said for task in tasks if (said := cancel_objection(task))]
    patches = [
        context.kubectl.patch(TASKS, task.name, task.namespace, cancel_patch("" if task.cancelled_by else user))
        for task in tasks
        if not cancel_objection(task)
    ]
    documents = [call.document() for call in patches]
    waited = ExitStatus.OK
    if documents:
        screen = context.err if arguments.output else context.out
        if not arguments.output or arguments.wait:
            screen.write([f"{name} is being cancelled" for name in names(documents)])
        if arguments.wait:
            waited = follow_objects(context, arguments, documents)
        elif arguments.output:
            context.out.write(object_lines(documents, arguments.output))
    if objections:
        raise Refused("Conflict", "; ".join(objections))
    # Cancelled is what was wished for here; an end of its own before the stop arrived is no failure of this command.
    return ExitStatus.OK if waited in (ExitStatus.CANCELLED, ExitStatus.DEAD_LETTERED) else waited
