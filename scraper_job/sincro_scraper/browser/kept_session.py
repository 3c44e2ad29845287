"""A session of the source that outlives a run: sealed and unsealed. What does not unseal was never there.

Decided here: what is kept, and when it is too old. Not here: where it is stored, and whether it still holds.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from sincro_scraper.errors import ConfigInvalid


@dataclass(frozen=True)
class KeptSession:
    """The browser's storage state, and what was proven with it.

    `proven`: marks of streams whose pages over HTTP were equal to the browser's.
    """

    username: str
    base_url: str
    user_agent: str
    state: Mapping[str, Any] = field(repr=False)
    proven: frozenset[str] = frozenset()


def seal(session: KeptSession, key: bytes, now: datetime) -> bytes:
    """Encrypt. Raises ConfigInvalid for a key that is none."""
    document = {
        "username": session.username,
        "baseUrl": session.base_url,
        "userAgent": session.user_agent,
        "state": session.state,
        "proven": sorted(session.proven),
    }
    return _cipher(key).encrypt_at_time(json.dumps(document).encode(), int(now.timestamp()))


def unseal(
    blob: bytes | None, key: bytes, now: datetime, keep: timedelta, *, username: str, base_url: str
) -> KeptSession | None:
    """The session, if it is one, was kept with this key for this user and address, and is no older than `keep`.

    Raises ConfigInvalid for a key that is none.
    """
    if blob is None:
        return None
    try:
        text = _cipher(key).decrypt_at_time(blob, int(keep.total_seconds()), int(now.timestamp()))
        document = json.loads(text)
        session = KeptSession(
            username=document["username"],
            base_url=document["baseUrl"],
            user_agent=document["userAgent"],
            state=document["state"],
            proven=frozenset(document["proven"]),
        )
    except (InvalidToken, ValueError, KeyError, TypeError):
        return None
    return session if (session.username, session.base_url) == (username, base_url) else None


def _cipher(key: bytes) -> Fernet:
    try:
        return Fernet(key)
    except (ValueError, TypeError):
        message = "the session key is not a Fernet key (32 bytes, base64)"
        raise ConfigInvalid(message, code="SessionKeyInvalid") from None
