"""One launch of a task -> the Job that runs it. Pure.

Decided here: everything that stands in the Job. Its retries belong to the operator (backoffLimit 0, nothing ignored):
attempts, backoff and reasons stand in one place, and a disrupted pod is never quietly replaced by a second session.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sincro_contract.evidence import EvidenceBucket
from sincro_contract.exit_codes import PERMANENT_EXIT_CODES
from sincro_contract.resources.conditions import API_VERSION
from sincro_contract.run import (
    CREDENTIALS_DIR,
    DATABASE_CA_FILE,
    DATABASE_URL_FILE,
    EVIDENCE_BUCKET_DIR,
    EVIDENCE_DIR,
    PROFILE_FILE,
    REDIS_CA_FILE,
    REDIS_CA_VARIABLE,
    REDIS_URL_VARIABLE,
    RUN_FILE,
    SESSION_KEY_FILE,
    TERMINATION_MESSAGE_FILE,
    RunSpec,
    TaskReference,
)
from sincro_operator.cluster.api import JOBS, TASKS, Object
from sincro_operator.cluster.facts import LaunchSettings
from sincro_operator.cluster.workload import (
    CONTAINER,
    LAUNCH,
    MANAGED_BY,
    MANAGER,
    MODE,
    OPERATOR,
    REVISION,
    SOURCE,
    TASK,
    TASK_UID,
    TYPE,
)
from sincro_operator.planning.actions import LaunchJob
from sincro_operator.planning.model import Task
from sincro_operator.tracing.spans import traceparent

TRACEPARENT = "sincro.dev/traceparent"
"""An annotation of Jobs and pods: the W3C header of the attempt's span."""

RUN_ANNOTATION = "sincro.dev/run"
_USER = 10001
_READ_ONLY = 0o440
_MARGIN = timedelta(minutes=1)
"""Beyond the run's own time limit, which ends it with an outcome; the Job's limit is for a run that does not listen."""


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A key of a Secret in the namespace of the task."""

    name: str
    key: str


@dataclass(frozen=True, slots=True)
class CaReference:
    """Authorities for TLS: a key of a Secret or ConfigMap in the namespace of the task."""

    name: str
    key: str
    is_secret: bool


@dataclass(frozen=True, slots=True)
class JobSettings:
    """What all Jobs have in common; sources override image and resources."""

    image: str
    image_pull_policy: str = "IfNotPresent"
    image_pull_secrets: tuple[str, ...] = ()
    resources: Object = field(default_factory=dict)
    node_selector: Object = field(default_factory=dict)
    tolerations: tuple[Object, ...] = ()
    runtime_class: str | None = None
    manual_priority_class: str | None = None
    scheduled_priority_class: str | None = None
    redis_url: SecretKey | None = None
    session_key: SecretKey | None = None
    redis_ca: CaReference | None = None
    database_ca: CaReference | None = None
    database_ssl_mode: str | None = None
    """What the URL of a database asks for itself goes before it."""
    traced: bool = False
    """Traces are exported: Jobs carry the id of theirs."""
    evidence_claim: str | None = None
    evidence_bucket: EvidenceBucket | None = None
    evidence_secret: str | None = None
    start_deadline: timedelta = timedelta(minutes=5)
    keep: timedelta = timedelta(hours=1)
    """How long a finished Job stays: long enough for an operator that was away to read how it ended."""
    grace: timedelta = timedelta(seconds=10)
    operator: str = ""
    """Which of several operators makes them."""


def label_value(text: str) -> str:
    """The text as a label value: itself where it is one, else cut, with a hash of the whole to keep it apart."""
    if re.fullmatch(r"[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?", text):
        return text
    safe = re.sub(r"[^-._A-Za-z0-9]", "-", text)[:52].strip("-._")
    return f"{safe or 'x'}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def build_job(launch: LaunchJob, settings: JobSettings) -> Object:
    """The whole Job, ready to be created."""
    task, source = launch.task, source_settings(launch)
    labels = _labels(task)
    annotations = {TASK: task.name.name, LAUNCH: str(launch.launch), SOURCE: task.source, MODE: launch.mode.value}
    if launch.status.source_revision is not None:
        annotations[REVISION] = launch.status.source_revision
    if settings.operator:
        annotations[OPERATOR] = settings.operator
    if settings.traced:
        annotations[TRACEPARENT] = traceparent(task.uid, launch.attempt)
    time_limit = task.timeout + settings.start_deadline + _MARGIN
    return {
        "apiVersion": JOBS.api_version,
        "kind": JOBS.kind,
        "metadata": {
            "name": launch.job.name,
            "namespace": launch.job.namespace,
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [
                {
                    "apiVersion": API_VERSION,
                    "kind": TASKS.kind,
                    "name": task.name.name,
                    "uid": task.uid,
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
        },
        "spec": {
            "parallelism": 1,
            "completions": 1,
            "backoffLimit": 0,
            "podReplacementPolicy": "Failed",
            "podFailurePolicy": {
                "rules": [
                    {
                        "action": "FailJob",
                        "onExitCodes": {
                            "containerName": CONTAINER,
                            "operator": "In",
                            "values": list(PERMANENT_EXIT_CODES),
                        },
                    },
                    {"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                ]
            },
            "activeDeadlineSeconds": _seconds(time_limit),
            "ttlSecondsAfterFinished": _seconds(settings.keep),
            "template": {
                "metadata": {
                    "labels": labels,
                    "annotations": annotations | {RUN_ANNOTATION: run_spec(launch, settings).to_json()},
                },
                "spec": _pod_spec(launch, source, settings),
            },
        },
    }


def source_settings(launch: LaunchJob) -> LaunchSettings:
    """What the source says about its Jobs."""
    settings = launch.source.launch
    return settings if isinstance(settings, LaunchSettings) else LaunchSettings()


def run_spec(launch: LaunchJob, settings: JobSettings) -> RunSpec:
    """What the scraper is told."""
    task, source = launch.task, source_settings(launch)
    return RunSpec(
        task=TaskReference(namespace=task.name.namespace, name=task.name.name, uid=task.uid),
        source=task.source,
        type=task.type,
        mode=launch.mode,
        attempt=launch.attempt,
        dry_run=task.dry_run,
        confirm_deletions=task.confirm_deletions,
        probe=launch.probe,
        base_url=source.base_url,
        locale=source.locale,
        time_zone=launch.source.time_zone,
        timeout_seconds=_seconds(task.timeout),
        evidence=settings.evidence_claim is not None,
        evidence_bucket=settings.evidence_bucket,
    )


def _labels(task: Task) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": "sincro",
        "app.kubernetes.io/component": "scraper",
        MANAGED_BY: MANAGER,
        SOURCE: label_value(task.source),
        TYPE: label_value(task.type),
        TASK_UID: task.uid,
        "sincro.dev/triggered-by": task.triggered_by.value,
    }


def _seconds(value: timedelta) -> int:
    return max(1, round(value.total_seconds()))


def _pod_spec(launch: LaunchJob, source: LaunchSettings, settings: JobSettings) -> Object:
    by_person = launch.task.triggered_by.by_person
    priority_class = settings.manual_priority_class if by_person else settings.scheduled_priority_class
    volumes, mounts = _volumes(source, settings)
    spec: Object = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": _seconds(settings.grace),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": CONTAINER,
                "image": source.image or settings.image,
                "imagePullPolicy": settings.image_pull_policy,
                "args": ["job"],
                "env": _environment(launch, source, settings),
                "resources": source.resources or settings.resources,
                "terminationMessagePath": str(TERMINATION_MESSAGE_FILE),
                "terminationMessagePolicy": "File",
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": mounts,
            }
        ],
        "volumes": volumes,
    }
    optional: dict[str, Any] = {
        "priorityClassName": priority_class,
        "imagePullSecrets": [{"name": name} for name in settings.image_pull_secrets],
        "nodeSelector": source.node_selector or settings.node_selector,
        "tolerations": source.tolerations or list(settings.tolerations),
        "runtimeClassName": source.runtime_class or settings.runtime_class,
    }
    return spec | {key: value for key, value in optional.items() if value}


def _environment(launch: LaunchJob, source: LaunchSettings, settings: JobSettings) -> list[Object]:
    locale = f"{source.locale.replace('-', '_')}.UTF-8"
    environment: list[Object] = [
        {"name": "LANG", "value": locale},
        {"name": "LANGUAGE", "value": source.locale.replace("-", "_")},
        {"name": "LC_ALL", "value": locale},
        {"name": "TZ", "value": launch.source.time_zone},
        {"name": "HOME", "value": "/tmp"},  # noqa: S108 - the pod's own emptyDir
    ]
    if settings.redis_url is not None:
        reference = {"name": settings.redis_url.name, "key": settings.redis_url.key, "optional": True}
        environment.append({"name": REDIS_URL_VARIABLE, "valueFrom": {"secretKeyRef": reference}})
    optional = {
        REDIS_CA_VARIABLE: str(REDIS_CA_FILE) if settings.redis_ca else None,
        # Where tracing is on: whatever the scraper or its proxies trace hangs below the attempt's span.
        "TRACEPARENT": traceparent(launch.task.uid, launch.attempt) if settings.traced else None,
        "PGSSLMODE": settings.database_ssl_mode,
        "PGSSLROOTCERT": str(DATABASE_CA_FILE) if settings.database_ca else None,
    }
    return environment + [{"name": name, "value": value} for name, value in optional.items() if value]


def _volumes(source: LaunchSettings, settings: JobSettings) -> tuple[list[Object], list[Object]]:
    """Volumes and where they are mounted."""
    annotation = f"metadata.annotations['{RUN_ANNOTATION}']"
    secret: Object = {
        "secretName": source.database_secret,
        "items": [_item(source.database_key, DATABASE_URL_FILE.name)],
    }
    parts: list[tuple[str, Object, str, bool]] = [
        ("scratch", {"emptyDir": {}}, "/tmp", False),  # noqa: S108
        (
            "run",
            {"downwardAPI": {"items": [{"path": RUN_FILE.name, "fieldRef": {"fieldPath": annotation}}]}},
            str(RUN_FILE.parent),
            True,
        ),
        (
            "profile",
            {"configMap": {"name": source.profile, "items": [_item(source.profile_key, PROFILE_FILE.name)]}},
            str(PROFILE_FILE.parent),
            True,
        ),
        (
            "credentials",
            {"secret": {"secretName": source.credentials_secret, "defaultMode": _READ_ONLY}},
            str(CREDENTIALS_DIR),
            True,
        ),
        ("database", {"secret": secret | {"defaultMode": _READ_ONLY}}, str(DATABASE_URL_FILE.parent), True),
    ]
    if settings.session_key is not None:
        key = settings.session_key
        secret = {"secretName": key.name, "optional": True, "items": [_item(key.key, SESSION_KEY_FILE.name)]}
        parts.append(("session", {"secret": secret | {"defaultMode": _READ_ONLY}}, str(SESSION_KEY_FILE.parent), True))
    for name, reference, file in (
        ("redis-ca", settings.redis_ca, REDIS_CA_FILE),
        ("database-ca", settings.database_ca, DATABASE_CA_FILE),
    ):
        if reference is not None:
            parts.append((name, _ca_volume(reference, file.name), str(file.parent), True))
    if settings.evidence_claim is not None:
        claim = {"persistentVolumeClaim": {"claimName": settings.evidence_claim}}
        parts.append(("evidence", claim, str(EVIDENCE_DIR), False))
    if settings.evidence_secret is not None:
        # Optional: what is missing for evidence is never a reason not to sync.
        secret = {"secretName": settings.evidence_secret, "optional": True, "defaultMode": _READ_ONLY}
        parts.append(("evidence-bucket", {"secret": secret}, str(EVIDENCE_BUCKET_DIR), True))
    volumes = [{"name": name} | volume for name, volume, _, _ in parts]
    mounts = [
        {"name": name, "mountPath": path} | ({"readOnly": True} if read_only else {})
        for name, _, path, read_only in parts
    ]
    return volumes, mounts


def _ca_volume(reference: CaReference, file: str) -> Object:
    """Nothing secret, but wherever people keep it."""
    items = [_item(reference.key, file)]
    if reference.is_secret:
        return {"secret": {"secretName": reference.name, "items": items, "defaultMode": _READ_ONLY}}
    return {"configMap": {"name": reference.name, "items": items}}


def _item(key: str, path: str) -> Object:
    return {"key": key, "path": path}
