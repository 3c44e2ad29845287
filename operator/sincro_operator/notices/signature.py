"""The signature of a webhook's request, as the Standard Webhooks specification (1.0) has it. Pure.

A receiver computes it over id, timestamp and the body as received, compares in constant time, and refuses timestamps
that are more than a few minutes away from its own clock: what was overheard cannot be sent again later.
"""

import base64
import binascii
import hashlib
import hmac

_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: base64 behind `whsec_`, else the text itself. Raises ValueError when empty or
    not base64."""
    secret = secret.strip()
    if not secret:
        raise ValueError("the webhook's signing secret is empty")
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(f"the webhook's signing secret is not base64 behind {_PREFIX}") from error


def headers_of(key: bytes | None, identity: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers webhook-id, webhook-timestamp (seconds) and, where there is a key, webhook-signature."""
    headers = {"webhook-id": identity, "webhook-timestamp": str(timestamp)}
    if key is not None:
        signed = f"{identity}.{timestamp}.".encode() + body
        digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        headers["webhook-signature"] = f"v1,{digest}"
    return headers
