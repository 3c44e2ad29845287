"""kubectl sincro history: syncs that have ended, as far as the cluster still holds them."""

from sincro_kubectl.command_line import Arguments
from sincro_kubectl.commands.identity import user_of
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus
from sincro_kubectl.kubectl import Query
from sincro_kubectl.output import as_list, document_lines, object_lines
from sincro_kubectl.resources import TASKS, task_of
from sincro_kubectl.views import history as view


def run(context: Context, arguments: Arguments) -> ExitStatus:
    """Show it."""
    call = context.kubectl.read(Query((TASKS,), everywhere=arguments.all_namespaces, selector=_selector(arguments)))
    me = [user_of(context, context.kubectl.user())] if arguments.mine else []
    wanted = view.Filter(
        sources=tuple(arguments.source),
        types=tuple(arguments.type),
        users=(*arguments.by, *me),
        states=tuple(arguments.state),
        since=arguments.since,
    )
    now = context.clock()
    tasks = view.select((task_of(one) for one in call.documents()), wanted, now, arguments.limit)
    documents = [task.document for task in tasks]
    if arguments.output == "name":
        context.out.write(object_lines(documents, "name"))
    elif arguments.output in ("json", "yaml"):
        context.out.write(document_lines(as_list(documents), arguments.output))
    else:
        wide = arguments.output == "wide"
        everywhere = arguments.all_namespaces
        context.out.write(view.lines(tasks, now, context.out.palette, everywhere=everywhere, wide=wide))
    return ExitStatus.OK


def _selector(arguments: Arguments) -> str:
    """What the API server can leave out by itself: where one thing alone is asked for."""
    pairs = [
        ("spec.sourceRef.name", arguments.source),
        ("spec.type", arguments.type),
        ("status.state", arguments.state),
    ]
    return ",".join(f"{field}={values[0]}" for field, values in pairs if len(values) == 1)
