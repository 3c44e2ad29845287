"""kubectl sincro dead-letters: what was given up, by cause."""

from sincro_kubectl.command_line import Arguments
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus
from sincro_kubectl.kubectl import Query, Refused
from sincro_kubectl.output import document_lines, object_lines
from sincro_kubectl.resources import SOURCES, TASKS, source_of, task_of
from sincro_kubectl.views import dead_letters as view


def run(context: Context, arguments: Arguments) -> ExitStatus:
    """Show them."""
    everywhere = arguments.all_namespaces
    settled_too = arguments.all or bool(arguments.group)
    groups = read_groups(context, everywhere=everywhere, settled_too=settled_too, only=arguments)
    if arguments.group:
        groups = view.find(groups, arguments.group)
        if not groups:
            raise Refused("NotFound", f"there is no dead letter of the group {arguments.group} here")
    if arguments.output == "name":
        context.out.write(object_lines([letter.task.document for group in groups for letter in group.letters], "name"))
    elif arguments.output:
        context.out.write(document_lines(view.document(groups), arguments.output))
    elif arguments.group and len(groups) == 1:
        now, palette = context.clock(), context.out.palette
        context.out.write(view.group_lines(groups[0], now, palette, context.zone, everywhere=everywhere))
    else:
        context.out.write(view.lines(groups, context.clock(), context.out.palette, everywhere=everywhere))
    return ExitStatus.OK


def read_groups(
    context: Context, *, everywhere: bool = False, settled_too: bool = False, only: Arguments | None = None
) -> list[view.Group]:
    """The dead letters of the namespace (or of all), of some sources and types alone if `only` names any."""
    query = Query((TASKS,), everywhere=everywhere, selector="status.state=DeadLettered")
    letters = context.kubectl.read(query)
    repeats = context.kubectl.read(Query((TASKS,), everywhere=everywhere, selector="spec.triggeredBy=Retry"))
    sources = context.kubectl.read(Query((SOURCES,), everywhere=everywhere))
    tasks = [task_of(one) for one in letters.documents()]
    if only is not None:
        tasks = [
            task
            for task in tasks
            if (not only.source or task.source in only.source) and (not only.type or task.type in only.type)
        ]
    return view.group(
        tasks,
        [task_of(one) for one in repeats.documents()],
        [source_of(one) for one in sources.documents()],
        settled_too=settled_too,
    )
