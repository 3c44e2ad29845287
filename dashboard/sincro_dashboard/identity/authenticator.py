"""Who a bearer token belongs to: a TokenReview, remembered for a short time.

Decided here: for how long an answer holds. A token's own expiry is the API server's to judge, so a good answer holds
for at most the settings' review time and a bad one for a shorter one.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from sincro_dashboard.cluster.door import Cluster
from sincro_dashboard.identity.credentials import Token
from sincro_dashboard.identity.model import Identity

_BAD_ANSWER_SECONDS = 5.0
_REMEMBERED = 4096


class TokenRejected(Exception):
    """The API server does not accept the token (expired, forged, for another audience). The text is for the caller."""


class Authenticator:
    """Asks the API server and remembers the answer under the token's hash; the token itself is not kept."""

    def __init__(
        self, cluster: Cluster, audiences: tuple[str, ...], seconds: float, monotonic: Callable[[], float]
    ) -> None:
        self._cluster = cluster
        self._audiences = audiences
        self._seconds = seconds
        self._monotonic = monotonic
        self._answers: OrderedDict[bytes, tuple[float, Identity | None]] = OrderedDict()

    async def identify(self, token: Token) -> Identity:
        """The identity behind a token. Raises TokenRejected, or ClusterError when nobody can be asked."""
        if not token.value:
            raise TokenRejected("The credentials are not a bearer token.")
        key = hashlib.sha256(f"{token.shown}\0{token.value}".encode()).digest()
        known = self._answers.get(key)
        now = self._monotonic()
        if known is None or known[0] <= now:
            identity = self._identity(await self._cluster.review_token(token.value, self._audiences), token)
            hold = self._seconds if identity is not None else min(_BAD_ANSWER_SECONDS, self._seconds)
            known = (now + hold, identity)
            self._answers[key] = known
            self._answers.move_to_end(key)
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        if known[1] is None:
            raise TokenRejected(
                "The cluster does not accept this token: it may be expired or meant for another audience."
            )
        return known[1]

    def _identity(self, status: dict[str, object], token: Token) -> Identity | None:
        user = status.get("user")
        if not status.get("authenticated") or not isinstance(user, dict) or not user.get("username"):
            return None
        granted = status.get("audiences")
        if self._audiences and not set(self._audiences) & set(granted if isinstance(granted, list) else []):
            # An authenticator that knows nothing of audiences answers without them: then the token is not for us.
            return None
        extra = user.get("extra") or {}
        return Identity(
            user=str(user["username"]),
            groups=tuple(user.get("groups") or ()),
            uid=str(user.get("uid") or ""),
            extra=tuple((str(name), tuple(values)) for name, values in extra.items()),
            shown=token.shown,
        )
