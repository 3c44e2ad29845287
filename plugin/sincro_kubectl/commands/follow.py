"""kubectl sincro follow: the progress of syncs that are there already."""

from sincro_kubectl.command_line import Arguments
from sincro_kubectl.commands.following import Manner, follow
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus
from sincro_kubectl.fields import Document
from sincro_kubectl.kubectl import Query
from sincro_kubectl.output import object_lines
from sincro_kubectl.resources import TASKS, task_of


def run(context: Context, arguments: Arguments) -> ExitStatus:
    """Follow them; a name that does not exist is an error before anything is followed."""
    calls = [context.kubectl.read(Query((TASKS,), name=name)) for name in dict.fromkeys(arguments.tasks)]
    return follow_objects(context, arguments, [call.document() for call in calls])


def follow_objects(context: Context, arguments: Arguments, documents: list[Document]) -> ExitStatus:
    """Follow SyncTasks of one namespace, as --follow, --wait, --timeout and -o say."""
    tasks = [task_of(document) for document in documents]
    until = context.clock() + arguments.timeout if arguments.timeout is not None else None
    manner = Manner(until, getattr(arguments, "wait", False), context.err if arguments.output else context.out)
    status, following = follow(context, tasks[0].namespace, [task.name for task in tasks], manner)
    if arguments.output:
        context.out.write(object_lines([task.document for task in following.ends], arguments.output))
    return status
