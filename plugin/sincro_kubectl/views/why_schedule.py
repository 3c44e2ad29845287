"""Why a schedule does or does not sync now, and when it will; the same for a source.

Decided here: the order of the answers: what a person has stopped comes before what the operator says.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from sincro_kubectl.fields import Document, filled
from sincro_kubectl.instants import ago, ahead, clock, iso
from sincro_kubectl.resources import Schedule, Source, Statistics, Task, condition
from sincro_kubectl.table import plural
from sincro_kubectl.views import advice
from sincro_kubectl.views.survey import by_why
from sincro_kubectl.views.tasks import running_for
from sincro_kubectl.views.why_task import Answer, Explanation, blocker_words


def why_schedule(
    schedule: Schedule, source: Source | None, active: Task | None, now: datetime, zone: tzinfo | None
) -> Explanation:
    """Answer for one schedule; `active` is its open task, if it has one."""
    answers = [
        *_stopped(schedule, source),
        *([Answer("Now", _active(active, now))] if active is not None else []),
        *_next(schedule, source, now, zone),
        *_cadence(schedule),
        *_past(schedule.statistics, now),
        *_skipped(schedule),
        *_do_schedule(schedule, source, active),
    ]
    full = f"Full {schedule.full}" if schedule.full else ""
    delta = f"Delta {schedule.delta}" if schedule.delta else ""
    what = (
        f"{schedule.type} from {schedule.source}, {', '.join(part for part in (full, delta) if part) or 'no cadence'}"
    )
    state = "suspended" if schedule.suspended else "paused" if source is not None and source.paused else "active"
    headline = f"{what}: {state if source is not None else 'without its source'}."
    return Explanation("SyncSchedule", schedule.namespace, schedule.name, headline, tuple(answers), _facts(schedule))


def why_source(source: Source, tasks: Sequence[Task], now: datetime, zone: tzinfo | None) -> Explanation:
    """Answer for one source; `tasks` are its tasks that have not ended."""
    answers = _source_trouble(source, now, zone)
    answers += [Answer("Slot", blocker_words(task, now)) for task in tasks if task.state == "Running"]
    waiting = sum(task.state != "Running" for task in tasks)
    if waiting:
        answers.append(
            Answer("Queue", f"{plural(waiting, 'sync waits', 'syncs wait')}: kubectl sincro status {source.name}")
        )
    if source.failure is not None:
        failure = source.failure
        words = f"{failure.type}, {ago(failure.time, now)}: {failure.error}: {failure.message}"
        answers.append(Answer("Failed", words))
    if source.dead_lettered:
        words = f"{plural(source.dead_lettered, 'sync was', 'syncs were')} given up: kubectl sincro dead-letters"
        answers.append(Answer("Failed", words))
    if source.paused:
        answers.append(Answer("Do", f"kubectl sincro resume {source.name}"))
    sessions = plural(source.max_concurrent, "session")
    headline = f"{source.url}, {sessions}: {'paused' if source.paused else 'active'}."
    facts: Document = {"paused": source.paused, "circuit": source.circuit, "running": source.running}
    facts |= {"queued": source.queued, "retrying": source.retrying, "deadLettered": source.dead_lettered}
    return Explanation("SyncSource", source.namespace, source.name, headline, tuple(answers), facts)


def _source_trouble(source: Source, now: datetime, zone: tzinfo | None) -> list[Answer]:
    found = []
    if not source.seen:
        found.append(Answer("Why", "No operator has looked at this source yet: is it running?"))
    if source.paused:
        words = f"Paused{by_why(source.paused_by, source.pause_reason)}; a person's syncs still run."
        found.append(Answer("Why", words))
    ready = condition(source.conditions, "Ready")
    if ready is not None and ready.status == "False":
        found.append(Answer("Why", f"Not ready ({ready.reason}): {ready.message}"))
    if source.circuit != "Closed":
        found.append(Answer("Why", f"The circuit is {source.circuit}: {source.circuit_message}"))
        again = source.circuit_retry
        if again is not None and again > now:
            found.append(Answer("Start", f"One sync tries again at {clock(again, now, zone)} ({ahead(again, now)})."))
    return found


def _stopped(schedule: Schedule, source: Source | None) -> list[Answer]:
    found = []
    if schedule.suspended:
        found.append(Answer("Why", f"It is suspended{by_why(schedule.suspended_by, schedule.suspend_reason)}."))
    if source is None:
        found.append(Answer("Why", f"There is no SyncSource {schedule.source} in this namespace."))
    elif source.paused:
        found.append(Answer("Why", f"Its source is paused{by_why(source.paused_by, source.pause_reason)}."))
    elif source.circuit == "Open":
        found.append(Answer("Why", f"Its source's circuit is open: {source.circuit_message}"))
    if not schedule.seen:
        found.append(Answer("Why", "No operator has looked at it yet: is it running?"))
    ready = condition(schedule.conditions, "Ready")
    if ready is not None and ready.status == "False" and ready.message:
        found.append(Answer("Why", f"{ready.reason}: {ready.message}"))
    if schedule.rollout == "Shadow":
        found.append(Answer("Why", "Its rollout is Shadow: what would have run is recorded, nothing is started."))
    elif schedule.rollout == "DryRun":
        found.append(Answer("Why", "Its rollout is DryRun: it reads and compares, and writes nothing."))
    return found


def _active(task: Task, now: datetime) -> str:
    if task.state == "Running":
        return blocker_words(task, now)
    passed = running_for(task, now)
    reason = task.waiting_message or "kubectl sincro why " + task.name
    return f"{task.name} is {task.state.lower()}{f' for {passed}' if passed else ''}: {reason}"


def _next(schedule: Schedule, source: Source | None, now: datetime, zone: tzinfo | None) -> list[Answer]:
    if schedule.suspended or (source is not None and source.paused):
        return [Answer("Start", "Not before it is resumed.")]
    found = []
    for instant, mode in ((schedule.next_delta, "Delta"), (schedule.next_full, "Full")):
        if instant is not None:
            found.append(Answer("Start", f"{mode} is due at {clock(instant, now, zone)} ({ahead(instant, now)})."))
    if found and schedule.quiet_hours:
        hours = ", ".join(f"{start}-{end}" for start, end in schedule.quiet_hours)
        zone_name = schedule.time_zone or (source.time_zone if source is not None else "")
        found.append(Answer("Quiet", f"Nothing scheduled starts {hours}{f' ({zone_name})' if zone_name else ''}."))
    return found


def _cadence(schedule: Schedule) -> list[Answer]:
    if not schedule.interval or not schedule.interval_reason:
        return []
    return [Answer("Interval", f"Delta every {schedule.interval}: {schedule.interval_reason}")]


def _past(one: Statistics, now: datetime) -> list[Answer]:
    if one.last_success is None and one.last_failure is None:
        return [Answer("Last", "It has never synced.")]
    words = f"Succeeded {ago(one.last_success, now)}" + (
        f", failed {ago(one.last_failure, now)}" if one.last_failure else ""
    )
    details = [
        f"{one.success_rate} succeed" if one.success_rate else "",
        f"{one.average} on average" if one.average else "",
    ]
    more = ", ".join(part for part in details if part)
    return [Answer("Last", f"{words}{f' ({more})' if more else ''}.")]


def _skipped(schedule: Schedule) -> list[Answer]:
    if not schedule.skipped:
        return []
    reason = f", the last one: {schedule.last_skip_reason}" if schedule.last_skip_reason else "."
    return [Answer("Skipped", f"{plural(schedule.skipped, 'run was', 'runs were')} skipped{reason}")]


def _do_schedule(schedule: Schedule, source: Source | None, active: Task | None) -> list[Answer]:
    about = {"source": schedule.source, "type_": schedule.type, "schedule": schedule.name}
    if schedule.suspended:
        return [Answer("Do", advice.about_waiting("Suspended", **about))]
    if source is not None and source.paused:
        return [Answer("Do", advice.about_waiting("Paused", **about))]
    return [Answer("Do", f"kubectl sincro why {active.name}")] if active is not None else []


def _facts(schedule: Schedule) -> Document:
    upcoming = filled({"full": iso(schedule.next_full), "delta": iso(schedule.next_delta)})
    return filled(
        {
            "source": schedule.source,
            "type": schedule.type,
            "suspended": schedule.suspended,
            "next": upcoming,
            "activeTask": schedule.active_task or None,
            "lastSuccessTime": iso(schedule.statistics.last_success),
            "lastFailureTime": iso(schedule.statistics.last_failure),
            "skipped": schedule.skipped,
        }
    )
