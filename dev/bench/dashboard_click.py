"""From a person's click to the running container, while every slot is busy with scheduled work and much more waits.

The real dashboard and operator as processes beside the cluster, a scraper that only sleeps: what is measured is
POST /api/{type}/sync (token, rights, rate limit, admission), the planner's preemption, the stopped pod's end, the new
Job, and its pod on the node; not the time that Chromium takes. Keys: dashboard.click_to_container_p95_s (the request is
sent -> the container is seen to run), dashboard.click_to_container_p50_s, dashboard.click_answered_p95_s (-> 202).
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import aiohttp

from dev.bench.operator_latency import SCHEDULED, containers, make_people
from dev.bench.operator_setup import (
    TYPES,
    BenchError,
    Resource,
    connected,
    make_sources,
    many,
    namespace,
    operator,
    percentile,
    run,
    task_body,
)
from sincro_operator.cluster.api import TASKS, Api

ACCOUNTS = Resource("", "v1", "serviceaccounts", "ServiceAccount")
BINDINGS = Resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding")
PORT = 19393
SLOTS = 4


@asynccontextmanager
async def dashboard(space: str) -> AsyncIterator[str]:
    """A dashboard process for one namespace, ready; its URL."""
    variables = {
        "NAMESPACES": space,
        "HOST": "127.0.0.1",
        "PORT": str(PORT),
        "LOG_LEVEL": "warning",
        "MANUAL_SYNCS_PER_MINUTE": "1000",
    }
    environment = os.environ | {f"SINCRO_DASHBOARD_{name}": value for name, value in variables.items()}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "sincro_dashboard", env=environment)
    url = f"http://127.0.0.1:{PORT}"
    try:
        async with asyncio.timeout(60), aiohttp.ClientSession() as session:
            while not await _ready(session, url):  # noqa: ASYNC110 - a server tells nobody when it begins
                await asyncio.sleep(0.1)
        yield url
    except TimeoutError:
        raise BenchError("the dashboard was not ready within a minute") from None
    finally:
        process.terminate()
        await process.wait()


async def _ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def person(api: Api, space: str) -> str:
    """Somebody with all rights in the namespace; a token."""
    await api.create(ACCOUNTS, space, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "anna"}})
    binding = {
        "apiVersion": BINDINGS.api_version,
        "kind": BINDINGS.kind,
        "metadata": {"name": "anna"},
        "roleRef": {"apiGroup": BINDINGS.group, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "anna", "namespace": space}],
    }
    await api.create(BINDINGS, space, binding)
    command = ["kubectl", "-n", space, "create", "token", "anna"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    token, _ = await process.communicate()
    return token.decode().strip()


async def bench(arguments: argparse.Namespace) -> dict[str, float]:
    """See the module."""
    async with connected() as api, namespace(api, "bench-click") as space:
        crowd = max(1, arguments.queued // 4)
        sources = await make_sources(api, space, crowd, baseUrl="http://erp?sleep=600", maxConcurrent=4)
        people = await make_people(api, space, arguments.clicks)
        token = await person(api, space)
        async with (
            operator(space, maxConcurrentJobs=SLOTS) as process,
            containers(api, space) as seen,
            dashboard(space) as url,
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        ):
            await process.until("caches_complete")
            await many(
                partial(
                    api.create,
                    TASKS,
                    space,
                    task_body(f"s{number}", sources[number // 4 % crowd], TYPES[number % 4], **SCHEDULED),
                )
                for number in range(arguments.queued)
            )
            async with asyncio.timeout(180):
                while len(seen.running) < SLOTS:
                    seen.changed.clear()
                    await seen.changed.wait()
            taken, answered = [], []
            for source in people:
                clicked = time.time()
                async with session.post(f"{url}/api/customers/sync", params={"source": source}) as answer:
                    document = await answer.json()
                    if answer.status != 202:
                        raise BenchError(f"{answer.status}: {document}")
                answered.append(time.time() - clicked)
                taken.append(await seen.until_running(document["taskId"]) - clicked)
    return {
        "dashboard.click_to_container_p95_s": percentile(taken, 0.95),
        "dashboard.click_to_container_p50_s": percentile(taken, 0.5),
        "dashboard.click_answered_p95_s": percentile(answered, 0.95),
    }


if __name__ == "__main__":
    run(__doc__, bench, clicks=30, queued=400)
