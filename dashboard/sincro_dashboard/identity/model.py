"""The words of identity: who somebody is, how they showed it, and the actions that can be allowed.

Decided here: which right of the cluster stands for which action. Not here: whether somebody has it (`authorizer`).
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from sincro_contract.resources.conditions import GROUP
from sincro_dashboard.cluster.door import Object


class Shown(StrEnum):
    """How a request showed who sends it."""

    BEARER = "bearer"
    """An Authorization header: a program, or a page of somebody else that was given a token."""
    COOKIE = "cookie"
    """The session cookie of the pages. A browser adds it by itself, so changes need the CSRF token."""
    PROXY = "proxy"
    """Headers of a trusted proxy. The browser's cookie for the proxy travels by itself, too."""
    ANONYMOUS = "anonymous"
    """Nothing at all; only where the settings name a user for it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A user as the cluster knows them."""

    user: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()
    shown: Shown = Shown.BEARER

    @property
    def by_browser(self) -> bool:
        """True when a browser adds the credentials by itself: what changes something must prove its origin."""
        return self.shown is not Shown.BEARER


class Action(Enum):
    """What can be allowed: verb, resource, subresource. Subresources that the API does not have are rights only."""

    READ_TASKS = ("list", "synctasks", "")
    READ_SOURCES = ("list", "syncsources", "")
    READ_SCHEDULES = ("list", "syncschedules", "")
    SYNC = ("create", "synctasks", "")
    FORCE = ("create", "synctasks", "force")
    """Wipe and read anew."""
    URGENT = ("create", "synctasks", "urgent")
    """Ask with a priority above that of everything scheduled."""
    BEHALF = ("create", "synctasks", "behalf")
    """Ask in somebody else's name."""
    CANCEL = ("patch", "synctasks", "")
    PAUSE_SOURCE = ("patch", "syncsources", "")
    PAUSE_SCHEDULE = ("patch", "syncschedules", "")
    READ_EVIDENCE = ("get", "synctasks", "evidence")
    """Screenshots and pages of the ERP: more than what a status says."""
    READ_LOG = ("get", "pods", "log")

    def attributes(self, namespace: str | None) -> Object:
        """The resourceAttributes of a SubjectAccessReview; namespace None asks for all of them at once."""
        verb, resource, subresource = self.value
        group = {} if resource == "pods" else {"group": GROUP}
        return (
            {"verb": verb, "resource": resource}
            | group
            | ({"subresource": subresource} if subresource else {})
            | ({"namespace": namespace} if namespace is not None else {})
        )

    @property
    def words(self) -> str:
        """The right as people write it: `create synctasks/force`."""
        verb, resource, subresource = self.value
        return f"{verb} {resource}" + (f"/{subresource}" if subresource else "")
