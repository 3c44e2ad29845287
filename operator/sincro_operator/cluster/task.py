"""A run that a schedule owes -> the SyncTask that asks for it. Pure."""

from sincro_contract.durations import format_duration
from sincro_contract.resources.sync_task import TriggeredBy
from sincro_operator.cluster.api import SCHEDULES, TASKS, Object
from sincro_operator.cluster.job import label_value
from sincro_operator.cluster.render import rfc3339
from sincro_operator.cluster.workload import MANAGED_BY, MANAGER, SOURCE, TYPE
from sincro_operator.planning.actions import CreateTask
from sincro_operator.planning.model import RetryPolicy

SCHEDULE = "sincro.dev/schedule"


def build_task(action: CreateTask) -> Object:
    """The whole SyncTask, ready to be created; it goes when its schedule goes."""
    schedule = action.schedule
    spec: Object = {
        "sourceRef": {"name": schedule.source},
        "type": schedule.type,
        "mode": action.mode.value,
        "priority": action.priority,
        "triggeredBy": TriggeredBy.SCHEDULER.value,
        "retryPolicy": _retry_policy(schedule.retry),
        "timeout": format_duration(schedule.timeout),
        "dryRun": action.dry_run,
        "probe": schedule.probe,
        "scheduleRef": schedule.name.name,
        "due": rfc3339(action.due),
    }
    if action.mode_reason is not None:
        spec["modeReason"] = action.mode_reason
    return {
        "apiVersion": TASKS.api_version,
        "kind": TASKS.kind,
        "metadata": {
            "name": action.name.name,
            "namespace": action.name.namespace,
            "labels": {
                "app.kubernetes.io/name": "sincro",
                MANAGED_BY: MANAGER,
                SOURCE: label_value(schedule.source),
                TYPE: label_value(schedule.type),
                SCHEDULE: label_value(schedule.name.name),
            },
            "ownerReferences": [
                {
                    "apiVersion": SCHEDULES.api_version,
                    "kind": SCHEDULES.kind,
                    "name": schedule.name.name,
                    "uid": schedule.uid,
                    "controller": True,
                    "blockOwnerDeletion": False,
                }
            ],
        },
        "spec": spec,
    }


def _retry_policy(policy: RetryPolicy) -> Object:
    return {
        "maxAttempts": policy.max_attempts,
        "initialDelay": format_duration(policy.initial_delay),
        "backoffMultiplier": policy.backoff_multiplier,
        "maxDelay": format_duration(policy.max_delay),
        "jitter": policy.jitter,
    }
