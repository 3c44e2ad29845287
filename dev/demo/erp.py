"""The demo ERP's control interface, as demo and e2e tests use it: its true rows, its edits, its misbehaviour."""

import json
import urllib.request
from typing import Any

TOKEN = "controllo"


class DemoErp:
    """A running demo ERP. Every call raises urllib.error.URLError (an OSError) when it does not answer."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def truth(self, stream: str, *, details: bool = False) -> list[dict[str, Any]]:
        """The real rows in canonical form, by key; detail pages' fields only on request."""
        lines = self._call("GET", f"truth?type={stream}&details={'true' if details else 'false'}").splitlines()
        return [json.loads(line) for line in lines]

    def mutate(self, edits: int, stream: str) -> dict[str, list[dict[str, Any]]]:
        """Edit so many rows; the keys that were created, updated and deleted."""
        answer: dict[str, Any] = json.loads(self._call("POST", "mutate", {"edits": edits, "types": [stream]}))
        changes: dict[str, list[dict[str, Any]]] = answer[stream]
        return changes

    def misbehave(self, name: str, value: str | None = None, times: int | None = None) -> None:
        """Switch a misbehaviour on; see dev/demo_erp/README.md."""
        body = {"name": name, "value": value, "times": times}
        self._call("POST", "misbehave", {key: part for key, part in body.items() if part is not None})

    def behave(self) -> None:
        """Switch every misbehaviour off and let locked users in again."""
        self._call("DELETE", "misbehave")
        self._call("POST", "unlock", {})

    def state(self) -> dict[str, Any]:
        """Sessions, logins, requests so far."""
        answer: dict[str, Any] = json.loads(self._call("GET", "state"))
        return answer

    def reset(self, **body: object) -> None:
        """As at the start, with other numbers of rows if asked."""
        self._call("POST", "reset", body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> str:
        request = urllib.request.Request(  # noqa: S310 - http to a port of this machine
            f"{self._url}/__control/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Control-Token": TOKEN, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            text: str = answer.read().decode()
        return text
