"""A thousand Socket.IO clients, a hundred of which never read: the others hear of progress within a second."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from tests.integration.dashboard.crowd import measure
from tests.services import RedisServer
from tests.unit.dashboard.fake_cluster import ALICE

ROOT = Path(__file__).parents[3]
READING, SILENT = 900, 100


async def test_a_thousand_clients_hear_of_progress_within_a_second(redis_server: RedisServer) -> None:
    server = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs in this loop yet
        [sys.executable, "-m", "tests.integration.dashboard.crowd_server", redis_server.url],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        assert server.stdout is not None
        port = int(await asyncio.to_thread(server.stdout.readline))
        crowd = await measure(
            f"http://127.0.0.1:{port}",
            redis_server.url,
            ALICE,
            reading=READING,
            silent=SILENT,
            events=20,
            interval=0.5,
        )
    finally:
        server.terminate()
        server.wait(timeout=20)
        if server.stdout:
            server.stdout.close()
    delay = crowd.percentile(0.95)
    sys.stdout.write(f"progress to {READING} clients beside {SILENT} silent ones: p95 {delay:.3f} s\n")
    assert crowd.heard[20] == READING
    assert delay < 1.0
