"""Who leads: one holder of a coordination Lease acts, the others keep their caches warm and wait.

Decided here: when leadership is held, lost and taken. A holder that could not renew stops before another may begin:
`renew_deadline` < `duration`. Expiry is measured by our own clock from when a renewal was seen: no clocks are compared.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sincro_operator.cluster.api import LEASES, AlreadyExists, Api, ApiError, Conflict, NotFound, Object
from sincro_operator.cluster.fields import child
from sincro_operator.planning.model import Name

logger = logging.getLogger(__name__)

_SOON = 0.25
"""Seconds until a holder whose renewal failed tries again."""


@dataclass(frozen=True, slots=True)
class LeaseSettings:
    """Times in seconds. A successor acts at the latest `duration` + `retry` after the last renewal."""

    name: Name
    duration: int = 6
    renew_deadline: float = 4.0
    renew: float = 1.5
    retry: float = 1.0


class Leadership:
    """Takes, keeps and gives up the Lease. `held` is exact at every moment: it turns false by time alone."""

    def __init__(
        self,
        api: Api,
        settings: LeaseSettings,
        identity: str,
        now: Callable[[], datetime],
        *,
        changed: Callable[[], None],
        randomness: random.Random | None = None,
    ) -> None:
        self._api = api
        self._settings = settings
        self._identity = identity
        self._now = now
        self._changed = changed
        self._random = randomness or random.Random()  # noqa: S311 - jitter, not a secret
        self._valid_until = 0.0
        self._version = ""
        self._seen: tuple[str, str] = ("", "")
        """Holder and renewTime as last read, and below since when they have not changed."""
        self._seen_at = 0.0
        self._leading = False
        self._given_up = False
        self._attempt = asyncio.Lock()
        """Held by whoever asks or writes: what is given up is not renewed by an attempt that was under way."""

    @property
    def held(self) -> bool:
        """True while this process may act."""
        return asyncio.get_running_loop().time() < self._valid_until

    async def run(self) -> None:
        """Compete until the Lease is given up, then wait; returns only by cancellation."""
        while not self._given_up:
            began = asyncio.get_running_loop().time()
            pause = self._settings.renew
            try:
                async with asyncio.timeout(self._settings.renew_deadline):
                    async with self._attempt:
                        if not self._given_up:
                            await self._try(began)
            except (ApiError, TimeoutError) as error:
                logger.warning("lease_not_reached", extra={"error": str(error) or type(error).__name__})
                self._version = ""
                pause = _SOON
            self._tell()
            if not self.held:
                pause = self._settings.retry
            await asyncio.sleep(pause * (0.9 + 0.2 * self._random.random()))
            self._tell()
        await asyncio.Event().wait()

    def _tell(self) -> None:
        if self.held != self._leading:
            self._leading = self.held
            logger.info("leading" if self._leading else "not_leading", extra={"identity": self._identity})
            self._changed()

    async def _try(self, began: float) -> None:
        """One attempt to take or renew; on success leadership lasts `renew_deadline` from when it began."""
        try:
            if self.held and self._version:
                lease = await self._write(self._version, {})
            else:
                current = await self._api.get(LEASES, self._settings.name)
                if not self._free(current):
                    return
                transitions = child(current, "spec").get("leaseTransitions") or 0
                taken = {} if self._holder(current) == self._identity else self._taking(transitions + 1)
                lease = await self._write(child(current, "metadata").get("resourceVersion") or "", taken)
        except NotFound:
            lease = await self._create()
        except (Conflict, AlreadyExists):
            # Somebody else was faster, or took it from us: look again next time, and do not act until then.
            self._version = ""
            self._valid_until = 0.0
            return
        self._version = child(lease, "metadata").get("resourceVersion") or ""
        self._valid_until = began + self._settings.renew_deadline

    def _free(self, lease: Object) -> bool:
        """True when nobody holds it, we do, or its holder has not renewed for as long as it promised to."""
        spec, now = child(lease, "spec"), asyncio.get_running_loop().time()
        holder = self._holder(lease)
        record = (holder, str(spec.get("renewTime") or ""))
        if record != self._seen:
            self._seen, self._seen_at = record, now
        duration = spec.get("leaseDurationSeconds") or self._settings.duration
        return holder in ("", self._identity) or now - self._seen_at >= duration

    @staticmethod
    def _holder(lease: Object) -> str:
        return str(child(lease, "spec").get("holderIdentity") or "")

    def _taking(self, transitions: int) -> Object:
        return {"acquireTime": _micro_time(self._now()), "leaseTransitions": transitions}

    def _spec(self, more: Object) -> Object:
        return {
            "holderIdentity": self._identity,
            "leaseDurationSeconds": self._settings.duration,
            "renewTime": _micro_time(self._now()),
        } | more

    async def _write(self, version: str, more: Object) -> Object:
        body = {"metadata": {"resourceVersion": version}, "spec": self._spec(more)}
        return await self._api.patch(LEASES, self._settings.name, body)

    async def _create(self) -> Object:
        body = {
            "apiVersion": LEASES.api_version,
            "kind": LEASES.kind,
            "metadata": {"name": self._settings.name.name, "namespace": self._settings.name.namespace},
            "spec": self._spec(self._taking(0)),
        }
        return await self._api.create(LEASES, self._settings.name.namespace, body)

    async def release(self) -> None:
        """Give the Lease up for good, so that a successor need not wait. Call it when nothing is written any more."""
        self._given_up = True
        async with self._attempt:
            if not self.held:
                return
            self._valid_until = 0.0
            self._leading = False
            body = {
                "metadata": {"resourceVersion": self._version},
                "spec": {"holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": _micro_time(self._now())},
            }
            try:
                await self._api.patch(LEASES, self._settings.name, body)
            except ApiError as error:
                logger.warning("lease_not_released", extra={"error": str(error)})


class Alone:
    """Leadership without a Lease, for an operator that is known to be the only one."""

    held = True

    async def run(self) -> None:
        """Nothing to compete for."""
        await asyncio.Event().wait()

    async def release(self) -> None:
        """Nothing to give up."""


def _micro_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
