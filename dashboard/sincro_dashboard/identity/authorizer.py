"""Whether somebody may do something: a SubjectAccessReview in their name, remembered for a short time.

Decided here: for how long an answer holds, and that what was not allowed is forbidden. Which right stands for which
action: `identity.model`.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection

from sincro_dashboard.cluster.door import Cluster, Object
from sincro_dashboard.identity.model import Action, Identity

_REMEMBERED = 16384


class Forbidden(Exception):
    """Somebody may not do something. The text names who, what, where, and the missing right."""

    def __init__(self, identity: Identity, action: Action, namespace: str | None) -> None:
        where = f'in the namespace "{namespace}"' if namespace else "in any namespace"
        super().__init__(
            f'"{identity.user}" may not {action.words} ({action.attributes(None).get("group", "core")}) {where}.'
        )
        self.action = action


class Authorizer:
    """Asks the API server and remembers the answer."""

    def __init__(self, cluster: Cluster, seconds: float, monotonic: Callable[[], float]) -> None:
        self._cluster = cluster
        self._seconds = seconds
        self._monotonic = monotonic
        self._answers: OrderedDict[tuple[object, ...], tuple[float, bool]] = OrderedDict()

    async def allowed(self, identity: Identity, action: Action, namespace: str | None) -> bool:
        """True when the identity may do this in the namespace (None: in all of them). Raises ClusterError."""
        key = (identity.user, identity.groups, identity.uid, identity.extra, action, namespace)
        known = self._answers.get(key)
        now = self._monotonic()
        if known is not None and known[0] > now:
            return known[1]
        status = await self._cluster.review_access(_spec(identity, action, namespace))
        answer = bool(status.get("allowed")) and not status.get("denied")
        self._answers[key] = (now + self._seconds, answer)
        self._answers.move_to_end(key)
        while len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)
        return answer

    async def require(self, identity: Identity, action: Action, namespace: str) -> None:
        """Raise Forbidden unless the identity may do this."""
        if not await self.allowed(identity, action, namespace):
            raise Forbidden(identity, action, namespace)

    async def namespaces(self, identity: Identity, action: Action, candidates: Collection[str]) -> frozenset[str]:
        """Those of the candidates in which the identity may do this."""
        if await self.allowed(identity, action, None):
            return frozenset(candidates)
        return frozenset([name for name in candidates if await self.allowed(identity, action, name)])


def _spec(identity: Identity, action: Action, namespace: str | None) -> Object:
    return {
        "user": identity.user,
        "groups": list(identity.groups),
        "uid": identity.uid,
        "extra": {name: list(values) for name, values in identity.extra},
        "resourceAttributes": action.attributes(namespace),
    }
