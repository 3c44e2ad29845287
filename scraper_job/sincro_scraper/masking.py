"""Keeps secrets out of everything that leaves the program: messages, logs, evidence. One mask for all of them."""

import base64
import html
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "•••"
_SHORTEST = 4
"""Shorter secrets are masked only where they stand alone; to mask a single letter would make every text unreadable."""


def spellings(secret: str) -> set[str]:
    """The forms in which a secret turns up: plain, in addresses and forms, in JSON, in HTML, in base64."""
    raw = secret.encode()
    forms = {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        quote(secret, safe="").replace("%", "%25"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        html.escape(secret, quote=False),
        html.escape(secret).replace("&#x27;", "&#39;"),
    }
    encoded = base64.b64encode(raw).decode()
    forms |= {encoded, encoded.rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("=")}
    forms |= {json.dumps(form)[1:-1] for form in set(forms)}
    return {form for form in forms if len(form) >= _SHORTEST}


class Masker:
    """Replaces every spelling of the known secrets. Longest first, so that no tail of a longer one stays."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in spellings(secret)}
        self._texts = sorted(forms, key=len, reverse=True)
        self._bytes = [text.encode() for text in self._texts]

    def text(self, text: str) -> str:
        """The text without secrets."""
        for form in self._texts:
            text = text.replace(form, MASK)
        return text

    def data(self, data: bytes) -> bytes:
        """The bytes without secrets."""
        for form in self._bytes:
            data = data.replace(form, MASK.encode())
        return data
