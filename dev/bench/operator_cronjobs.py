"""The peer of the bench of due schedules: Kubernetes' own CronJob controller, as the cluster runs it and a tuned one.

The tuned one is a process beside the API server, as the operator is one here, with that controller alone. The cluster's
own one goes on, and is kept from making Jobs in the bench's namespace, and there only.
"""

import asyncio
import os
import shutil
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from copy import deepcopy
from datetime import datetime
from functools import partial
from pathlib import Path

from dev.bench.operator_setup import NAMESPACES, BenchError, many, until, watching
from sincro_operator.cluster.api import Api, ApiError, NotFound, Object, Resource
from sincro_operator.planning.model import Name

CRONJOBS = Resource("batch", "v1", "cronjobs", "CronJob")
POLICIES = Resource("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy")
POLICY_BINDINGS = Resource(
    "admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"
)
PROGRAM = "kube-controller-manager"
STARTED = "Starting cronjob controller"
OWN_USERS = ("system:serviceaccount:kube-system:cronjob-controller", "system:kube-controller-manager")
"""Who the cluster's own controller is, with service accounts of its controllers and without."""


def job_like(job: Object) -> Object:
    """Metadata and spec for a Job like this one, without what belongs to it alone."""
    spec, metadata = deepcopy(job["spec"]), job["metadata"]
    spec.pop("selector", None)
    labels, pod_labels = dict(metadata["labels"]), spec["template"]["metadata"]["labels"]
    for some in (labels, pod_labels):
        for label in [label for label in some if "job" in label or "controller" in label]:
            del some[label]
    return {"metadata": {"labels": labels, "annotations": metadata["annotations"]}, "spec": spec}


async def cronjob_skews(
    api: Api, space: str, count: int, like: Object, due: datetime, process: Process | None = None
) -> list[float]:
    """Seconds from the minute until the Job of each of so many CronJobs is seen; `process`: who is to make them."""
    bodies = [
        {
            "apiVersion": CRONJOBS.api_version,
            "kind": CRONJOBS.kind,
            "metadata": {"name": f"cron-{number}"},
            "spec": {
                "schedule": f"{due.minute} {due.hour} * * *",
                "timeZone": "Etc/UTC",
                "jobTemplate": like,
            },
        }
        for number in range(count)
    ]
    async with watching(api, space) as seen:
        await many(partial(api.create, CRONJOBS, space, body) for body in bodies)
        left = due.timestamp() - time.time()
        if left < 3:
            raise BenchError(f"{count} CronJobs were not made in time: {left:.1f} s are left")
        await seen.until(lambda: len(seen.jobs) >= count or not _works(process), left + 600)
        if not _works(process):
            raise BenchError("the controller ended")
    return [at - due.timestamp() for at in seen.jobs.values()]


def _works(process: Process | None) -> bool:
    return process is None or process.returncode is None


# ---------------------------------------------------------------- a controller of our own


def controller_program() -> str | None:
    """The controller manager on PATH, by its own name or in the one program that dev/cluster builds; None without."""
    return shutil.which(PROGRAM) or shutil.which("kube")


@asynccontextmanager
async def tuned_controller(api: Api, space: str, program: str, qps: int, syncs: int) -> AsyncIterator[Process]:
    """A CronJob controller with these limits serves the namespace, and no other does. Yields its process."""
    words = [
        "--controllers=cronjob-controller",
        f"--kubeconfig={os.environ.get('KUBECONFIG') or Path.home() / '.kube/config'}",
        "--leader-elect=false",
        "--secure-port=0",
        f"--kube-api-qps={qps}",
        f"--kube-api-burst={qps}",
        f"--concurrent-cron-job-syncs={syncs}",
    ]
    made: list[Resource] = []
    with tempfile.TemporaryDirectory() as folder:
        # The program does what the name says by which it is called: it may be many in one.
        named = Path(folder) / PROGRAM
        named.symlink_to(program)
        process = await _started(named, words, Path(folder) / "log")
        try:
            for resource, spec in (
                (POLICIES, _policy(space)),
                (POLICY_BINDINGS, {"policyName": space, "validationActions": ["Deny"]}),
            ):
                head = {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": space}}
                await api.create(resource, "", head | {"spec": spec})
                made.append(resource)
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            for resource in reversed(made):
                with suppress(ApiError):
                    await api.delete(resource, Name("", space))


async def _started(program: Path, words: list[str], log: Path) -> Process:
    """The controller once it says that it works; on a busy machine it may give up on the API server at first."""
    for _ in range(5):
        with log.open("wb") as sink:
            process = await asyncio.create_subprocess_exec(program, *words, stdout=sink, stderr=sink)

        async def settled(process: Process = process) -> bool:
            return STARTED in _text(log) or process.returncode is not None

        await until("the controller has started", settled, 120)
        if process.returncode is None:
            return process
    raise BenchError(f"the controller does not start: {_text(log)[-2000:]}")


def _text(log: Path) -> str:
    return log.read_text("utf-8", "replace")


def _policy(space: str) -> Object:
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": space}},
            "resourceRules": [
                {"apiGroups": ["batch"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["jobs"]}
            ],
        },
        "matchConditions": [{"name": "own", "expression": f"request.userInfo.username in {list(OWN_USERS)}"}],
        "validations": [{"expression": "false", "message": "another CronJob controller serves this namespace"}],
    }


async def is_gone(api: Api, namespace_: str) -> bool:
    """Whether the namespace has been deleted in full."""
    try:
        await api.get(NAMESPACES, Name("", namespace_))
    except NotFound:
        return True
    return False
