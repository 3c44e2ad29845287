"""kubectl sincro retry: repeat dead letters, one by one or a group."""

from sincro_kubectl.changes import retry_objection, retry_wish, sync_task
from sincro_kubectl.command_line import Arguments
from sincro_kubectl.commands.dead_letters import read_groups
from sincro_kubectl.commands.identity import user_of
from sincro_kubectl.commands.sync import created
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus, UsageError
from sincro_kubectl.kubectl import Query, Refused
from sincro_kubectl.resources import TASKS, Task, task_of
from sincro_kubectl.views.dead_letters import find, to_repeat


def run(context: Context, arguments: Arguments) -> ExitStatus:
    """Repeat them; when one of them cannot be repeated nothing is."""
    review = context.kubectl.user()
    tasks = _group(context, arguments.group) if arguments.group else _named(context, arguments.tasks)
    user = user_of(context, review)
    confirm = arguments.confirm_deletions
    if objections := [said for task in tasks if (said := retry_objection(task, confirm_deletions=confirm))]:
        raise Refused("Conflict", "; ".join(objections))
    calls = [
        context.kubectl.create(
            sync_task(
                retry_wish(
                    task, user, mode=arguments.mode or "", confirm_deletions=confirm, priority=arguments.priority
                )
            )
        )
        for task in tasks
    ]
    return created(context, arguments, [call.document() for call in calls])


def _named(context: Context, names: list[str]) -> list[Task]:
    calls = [context.kubectl.read(Query((TASKS,), name=name)) for name in dict.fromkeys(names)]
    return [task_of(call.document()) for call in calls]


def _group(context: Context, fingerprint: str) -> list[Task]:
    groups = find(read_groups(context), fingerprint)
    if len(groups) > 1:
        raise UsageError(f"{fingerprint} begins several: {', '.join(one.fingerprint for one in groups)}")
    tasks = to_repeat(groups)
    if not tasks:
        raise Refused("NotFound", f"no dead letter of the group {fingerprint} waits here: kubectl sincro dead-letters")
    return tasks
