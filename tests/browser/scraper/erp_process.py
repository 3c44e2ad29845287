"""The demo ERP as a process of its own, and its control interface, for tests that read it with a real browser."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.services import free_port

ROOT = Path(__file__).parents[3]
TOKEN = "controllo"
USER, PASSWORD = "servizio", "Segreta#2024"
SMALL = "customers=120,orders=130,products=70,prices=90"
START_SECONDS = 30.0


@dataclass(frozen=True)
class Erp:
    """A running demo ERP."""

    url: str

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Ask the control interface; its JSON answer."""
        headers = {"X-Control-Token": TOKEN}
        answer = httpx.request(method, f"{self.url}/__control/{path}", headers=headers, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def truth(self, type_: str, *, details: bool = False) -> list[dict[str, Any]]:
        """The rows as the ERP has them, in canonical form."""
        parameters = {"type": type_, "details": str(details).lower()}
        headers = {"X-Control-Token": TOKEN}
        answer = httpx.get(f"{self.url}/__control/truth", params=parameters, headers=headers, timeout=60)
        answer.raise_for_status()
        return [json.loads(line) for line in answer.text.splitlines()]

    def misbehave(self, name: str, value: str | None = None, times: int | None = None) -> None:
        """Switch a misbehaviour on."""
        self.control("POST", "misbehave", {"name": name, "value": value, "times": times})

    def logins(self) -> dict[str, int]:
        """Counts of logins by their outcome."""
        found: dict[str, int] = self.control("GET", "state")["logins"]
        return found

    def sessions(self) -> int:
        """How many sessions are open."""
        return len(self.control("GET", "state")["sessions"])

    def reset(self, rows: str = SMALL) -> None:
        """As at the start: no sessions, edits, counts, misbehaviour."""
        self.control("DELETE", "misbehave")
        self.control("POST", "unlock", {})
        self.control("POST", "reset", {"rows": rows})


@contextmanager
def running_erp(rows: str = SMALL, *, page_delay_ms: int = 0) -> Iterator[Erp]:
    """An ERP until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "demo_erp", "serve", "--port", str(port), "--rows", rows]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "dev/demo_erp")}
    process = subprocess.Popen([*command, "--page-delay-ms", str(page_delay_ms)], env=environment)
    erp = Erp(f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                httpx.get(f"{erp.url}/healthz", timeout=1).raise_for_status()
                break
            except httpx.HTTPError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield erp
    finally:
        process.terminate()
        process.wait(timeout=10)
