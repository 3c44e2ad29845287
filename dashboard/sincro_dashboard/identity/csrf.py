"""Whether a change that a browser's own credentials carry was meant by its user. PURE.

Decided here: a changing request by cookie, proxy or without credentials must come from our own pages: the token that
only they can read, and, where the browser says so, the same origin. Bearer tokens need none of it: no browser adds one.
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

CSRF_HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token(secret: str) -> str:
    """The token of a session: a hash of what the browser keeps from scripts, so that nothing has to be stored."""
    return hashlib.sha256(b"sincro-csrf\0" + secret.encode()).hexdigest()[:40]


def csrf_objection(method: str, headers: Mapping[str, str], expected: str) -> str | None:
    """Why the request may not change anything, as a sentence; None when it may."""
    if method.upper() in SAFE_METHODS:
        return None
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return f"The browser says that this request comes from another site ({site})."
    origin = headers.get("origin")
    if site is None and origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        return "The Origin header names another site than the Host header."
    if not hmac.compare_digest(headers.get(CSRF_HEADER, "").encode(), expected.encode()):
        return f"The header {CSRF_HEADER} is missing or wrong: read csrfToken from GET /api/session."
    return None
