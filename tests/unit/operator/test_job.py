"""The whole Job of a launch, and what changes in it."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sincro_contract.evidence import EvidenceBucket
from sincro_contract.resources.sync_task import TriggeredBy
from sincro_contract.run import Mode, RunSpec
from sincro_operator.cluster.facts import source_of, task_of
from sincro_operator.cluster.job import CaReference, JobSettings, SecretKey, build_job, label_value
from sincro_operator.cluster.workload import job_of
from sincro_operator.planning.actions import LaunchJob
from sincro_operator.planning.model import Name
from sincro_operator.tracing.spans import traceparent
from tests.unit.operator import objects

SETTINGS = JobSettings(
    image="sincro/scraper:1",
    resources={"limits": {"memory": "1Gi"}},
    manual_priority_class="sincro-manual",
    scheduled_priority_class="sincro-scheduled",
)


def launch(task: dict[str, Any] | None = None, source: dict[str, Any] | None = None) -> LaunchJob:
    fact = task_of(task or objects.task())
    return LaunchJob(
        task=fact,
        source=source_of(source or objects.source()),
        job=Name("acme", "t1-2"),
        launch=2,
        attempt=1,
        mode=Mode.FULL,
        status=replace(fact.status, source_revision="4-p1"),
    )


def test_the_whole_job() -> None:
    job = build_job(launch(), SETTINGS)
    run = json.loads(job["spec"]["template"]["metadata"]["annotations"].pop("sincro.dev/run"))
    labels = {
        "app.kubernetes.io/name": "sincro",
        "app.kubernetes.io/component": "scraper",
        "app.kubernetes.io/managed-by": "sincro-operator",
        "sincro.dev/source": "erp",
        "sincro.dev/type": "customers",
        "sincro.dev/task-uid": "uid-t1",
        "sincro.dev/triggered-by": "Manual",
    }
    annotations = {"sincro.dev/task": "t1", "sincro.dev/launch": "2", "sincro.dev/source": "erp"}
    annotations |= {"sincro.dev/mode": "Full", "sincro.dev/source-revision": "4-p1"}
    assert job == {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": "t1-2",
            "namespace": "acme",
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": [
                {
                    "apiVersion": "sincro.dev/v1alpha1",
                    "kind": "SyncTask",
                    "name": "t1",
                    "uid": "uid-t1",
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
                        "onExitCodes": {"containerName": "scraper", "operator": "In", "values": [20, 21, 22, 23, 24]},
                    },
                    {"action": "FailJob", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                ]
            },
            "activeDeadlineSeconds": 1800 + 300 + 60,
            "ttlSecondsAfterFinished": 3600,
            "template": {
                "metadata": {"labels": labels, "annotations": annotations},
                "spec": {
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "terminationGracePeriodSeconds": 10,
                    "priorityClassName": "sincro-manual",
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": 10001,
                        "runAsGroup": 10001,
                        "fsGroup": 10001,
                        "fsGroupChangePolicy": "OnRootMismatch",
                        "seccompProfile": {"type": "RuntimeDefault"},
                    },
                    "containers": [
                        {
                            "name": "scraper",
                            "image": "sincro/scraper:1",
                            "imagePullPolicy": "IfNotPresent",
                            "args": ["job"],
                            "env": [
                                {"name": "LANG", "value": "it_IT.UTF-8"},
                                {"name": "LANGUAGE", "value": "it_IT"},
                                {"name": "LC_ALL", "value": "it_IT.UTF-8"},
                                {"name": "TZ", "value": "Europe/Rome"},
                                {"name": "HOME", "value": "/tmp"},
                            ],
                            "resources": {"limits": {"memory": "1Gi"}},
                            "terminationMessagePath": "/dev/termination-log",
                            "terminationMessagePolicy": "File",
                            "securityContext": {
                                "allowPrivilegeEscalation": False,
                                "readOnlyRootFilesystem": True,
                                "capabilities": {"drop": ["ALL"]},
                            },
                            "volumeMounts": [
                                {"name": "scratch", "mountPath": "/tmp"},
                                {"name": "run", "mountPath": "/etc/sincro/run", "readOnly": True},
                                {"name": "profile", "mountPath": "/etc/sincro/profile", "readOnly": True},
                                {"name": "credentials", "mountPath": "/etc/sincro/credentials", "readOnly": True},
                                {"name": "database", "mountPath": "/etc/sincro/database", "readOnly": True},
                            ],
                        }
                    ],
                    "volumes": [
                        {"name": "scratch", "emptyDir": {}},
                        {
                            "name": "run",
                            "downwardAPI": {
                                "items": [
                                    {
                                        "path": "run.json",
                                        "fieldRef": {"fieldPath": "metadata.annotations['sincro.dev/run']"},
                                    }
                                ]
                            },
                        },
                        {
                            "name": "profile",
                            "configMap": {
                                "name": "erp-profile",
                                "items": [{"key": "profile.yaml", "path": "profile.yaml"}],
                            },
                        },
                        {"name": "credentials", "secret": {"secretName": "erp-user", "defaultMode": 0o440}},
                        {
                            "name": "database",
                            "secret": {
                                "secretName": "erp-database",
                                "items": [{"key": "url", "path": "url"}],
                                "defaultMode": 0o440,
                            },
                        },
                    ],
                },
            },
        },
    }
    assert run == {
        "schemaVersion": "v1alpha1",
        "task": {"namespace": "acme", "name": "t1", "uid": "uid-t1"},
        "source": "erp",
        "type": "customers",
        "mode": "Full",
        "attempt": 1,
        "dryRun": False,
        "confirmDeletions": False,
        "probe": False,
        "baseUrl": "http://erp.acme.svc:8080",
        "locale": "it-IT",
        "timeZone": "Europe/Rome",
        "timeoutSeconds": 1800,
        "evidence": False,
    }


def pod_spec(job: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = job["spec"]["template"]["spec"]
    return spec


def test_a_scheduled_sync_has_the_lower_priority_class() -> None:
    scheduled = launch(objects.task(spec={"triggeredBy": TriggeredBy.SCHEDULER.value}))
    assert pod_spec(build_job(scheduled, SETTINGS))["priorityClassName"] == "sincro-scheduled"


def test_what_a_source_says_comes_before_the_settings() -> None:
    scraper = {
        "image": "own:2",
        "resources": {"limits": {"cpu": "2"}},
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "erp", "operator": "Exists"}],
        "runtimeClassName": "gvisor",
    }
    settings = replace(SETTINGS, node_selector={"pool": "batch"}, runtime_class="runc")
    spec = pod_spec(build_job(launch(source=objects.source(spec={"scraper": scraper})), settings))
    container = spec["containers"][0]
    assert (container["image"], container["resources"]) == ("own:2", {"limits": {"cpu": "2"}})
    assert spec["nodeSelector"] == {"disk": "ssd"}
    assert spec["tolerations"] == [{"key": "erp", "operator": "Exists"}]
    assert spec["runtimeClassName"] == "gvisor"


def test_optional_parts_are_there_when_they_are_set() -> None:
    settings = replace(
        SETTINGS,
        redis_url=SecretKey("redis", "url"),
        session_key=SecretKey("session", "key"),
        evidence_claim="evidence",
        image_pull_secrets=("registry",),
    )
    job = build_job(launch(), settings)
    spec = pod_spec(job)
    assert spec["containers"][0]["env"][-1] == {
        "name": "SINCRO_REDIS_URL",
        "valueFrom": {"secretKeyRef": {"name": "redis", "key": "url", "optional": True}},
    }
    assert spec["volumes"][-2:] == [
        {
            "name": "session",
            "secret": {
                "secretName": "session",
                "optional": True,
                "items": [{"key": "key", "path": "key"}],
                "defaultMode": 0o440,
            },
        },
        {"name": "evidence", "persistentVolumeClaim": {"claimName": "evidence"}},
    ]
    assert spec["containers"][0]["volumeMounts"][-1] == {"name": "evidence", "mountPath": "/var/lib/sincro/evidence"}
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    run = RunSpec.model_validate_json(job["spec"]["template"]["metadata"]["annotations"]["sincro.dev/run"])
    assert run.evidence is True


def test_a_bucket_for_evidence_comes_with_its_secret() -> None:
    bucket = EvidenceBucket(bucket="evidence", endpoint="https://s3.example.com")
    job = build_job(launch(), replace(SETTINGS, evidence_bucket=bucket, evidence_secret="s3"))
    spec = pod_spec(job)
    assert spec["volumes"][-1] == {
        "name": "evidence-bucket",
        "secret": {"secretName": "s3", "optional": True, "defaultMode": 0o440},
    }
    mount = {"name": "evidence-bucket", "mountPath": "/etc/sincro/evidence-bucket", "readOnly": True}
    assert spec["containers"][0]["volumeMounts"][-1] == mount
    run = RunSpec.model_validate_json(job["spec"]["template"]["metadata"]["annotations"]["sincro.dev/run"])
    assert (run.evidence, run.evidence_bucket) == (False, bucket)


def test_the_jobs_own_limit_is_above_the_runs() -> None:
    settings = replace(SETTINGS, start_deadline=timedelta(minutes=1), keep=timedelta(minutes=5))
    job = build_job(launch(objects.task(spec={"timeout": "90s"})), settings)
    assert job["spec"]["activeDeadlineSeconds"] == 90 + 60 + 60
    assert job["spec"]["ttlSecondsAfterFinished"] == 300


@pytest.mark.parametrize("text", ["customers", "a" * 63, "x.y_z-1"])
def test_a_text_that_is_a_label_value_stays_itself(text: str) -> None:
    assert label_value(text) == text


@pytest.mark.parametrize("text", ["a" * 64, "a" * 253, "ends-with-", "è", "", "with space", "..."])
def test_any_other_text_becomes_one(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?", label_value(text))


def test_two_long_names_do_not_share_a_label() -> None:
    assert label_value("a" * 70 + "x") != label_value("a" * 70 + "y")


def test_authorities_of_tls_are_mounted_and_named() -> None:
    tls = replace(
        SETTINGS,
        redis_ca=CaReference("company-ca", "bundle.pem", is_secret=False),
        database_ca=CaReference("db-ca", "ca.crt", is_secret=True),
        database_ssl_mode="verify-full",
    )
    spec = build_job(launch(), tls)["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    environment = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert environment["SINCRO_REDIS_CA"] == "/etc/sincro/redis-ca/ca.crt"
    assert environment["PGSSLROOTCERT"] == "/etc/sincro/database-ca/ca.crt"
    assert environment["PGSSLMODE"] == "verify-full"
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert volumes["redis-ca"]["configMap"] == {
        "name": "company-ca",
        "items": [{"key": "bundle.pem", "path": "ca.crt"}],
    }
    assert volumes["database-ca"]["secret"]["secretName"] == "db-ca"
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    assert mounts["redis-ca"] == {"name": "redis-ca", "mountPath": "/etc/sincro/redis-ca", "readOnly": True}
    assert mounts["database-ca"]["mountPath"] == "/etc/sincro/database-ca"


def test_job_and_pod_say_which_of_several_operators_made_them() -> None:
    job = build_job(launch(), replace(SETTINGS, operator="shop/sincro-operator"))
    for metadata in (job["metadata"], job["spec"]["template"]["metadata"]):
        assert metadata["annotations"]["sincro.dev/operator"] == "shop/sincro-operator"
    assert job_of(job).operator == "shop/sincro-operator"
    assert job_of(build_job(launch(), SETTINGS)).operator == ""


def test_where_syncs_are_traced_job_and_pod_carry_the_id() -> None:
    task = launch()
    job = build_job(task, replace(SETTINGS, traced=True))
    expected = traceparent(task.task.uid, task.attempt)
    for metadata in (job["metadata"], job["spec"]["template"]["metadata"]):
        assert metadata["annotations"]["sincro.dev/traceparent"] == expected
    assert {"name": "TRACEPARENT", "value": expected} in pod_spec(job)["containers"][0]["env"]
    assert "TRACEPARENT" not in str(build_job(task, SETTINGS))
