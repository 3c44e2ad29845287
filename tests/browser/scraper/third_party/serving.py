"""Starts an application of somebody else's as a process, from its script beside this file."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.services import free_port

HERE = Path(__file__).parent
START_SECONDS = 60.0


@contextmanager
def serving(script: str, folder: Path, path: str = "/", by: Path | str = sys.executable) -> Iterator[str]:
    """The application's base URL until the block ends. It has started once `path` answers.

    by: what runs the script; packages of node stand in FOLDER/node_modules.
    """
    port = free_port()
    log = (folder / "server.log").open("w+")
    process = subprocess.Popen(
        [str(by), str(HERE / script), str(folder), str(port)], stdout=log, stderr=log, cwd=folder
    )
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                httpx.get(url + path, timeout=5)
                break
            except httpx.HTTPError:
                if process.poll() is not None or time.monotonic() > deadline:
                    process.kill()
                    log.seek(0)
                    raise RuntimeError(log.read()[-2000:]) from None
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)
        log.close()
