"""The hidden state that a page hands to the browser and wants back unchanged (__VIEWSTATE, __EVENTVALIDATION)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

GENERATOR = "C2EE9ABB"


class StateError(Exception):
    """The state posted back is missing, altered or another page's."""


@dataclass(frozen=True)
class Sealer:
    """Seals states with a secret that lives as long as the server."""

    secret: bytes

    def seal(self, page: str, owner: str, state: Mapping[str, object]) -> str:
        """A text that only this server can have made, for this page and this owner (a session or login form)."""
        body = json.dumps({"page": page, "owner": owner, "state": state}, separators=(",", ":")).encode()
        return base64.b64encode(self._mac(body)[:16] + body).decode()

    def open(self, page: str, owner: str, text: str) -> dict[str, object]:
        """The state of a sealed text. StateError if it is not one, or not of this page and owner."""
        try:
            raw = base64.b64decode(text, validate=True)
        except ValueError as error:
            raise StateError("not a state") from error
        mac, body = raw[:16], raw[16:]
        if not hmac.compare_digest(mac, self._mac(body)[:16]):
            raise StateError("altered state")
        sealed = json.loads(body)
        if (sealed["page"], sealed["owner"]) != (page, owner):
            raise StateError("another page's state")
        state: dict[str, object] = sealed["state"]
        return state

    def validation(self, viewstate: str) -> str:
        """The __EVENTVALIDATION that belongs to a __VIEWSTATE."""
        return base64.b64encode(self._mac(b"event:" + viewstate.encode())).decode()

    def check_validation(self, viewstate: str, validation: str) -> None:
        if not hmac.compare_digest(self.validation(viewstate), validation):
            raise StateError("event validation failed")

    def _mac(self, body: bytes) -> bytes:
        return hmac.new(self.secret, body, hashlib.sha256).digest()
