"""The Socket.IO server: who may listen to what, and the events that they get.

Decided here: the rooms (namespace, source, type), that rights are checked when a client connects and again while it
listens, and that changes of resources are told together, not one by one.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import socketio
from socketio.exceptions import ConnectionRefusedError as Refuse
from starlette.requests import HTTPConnection

from sincro_contract.progress import SOCKET_EVENT, ProgressStatus
from sincro_dashboard.api.services import Services
from sincro_dashboard.cluster.cache import Change, key_of
from sincro_dashboard.cluster.door import ClusterError, Kind
from sincro_dashboard.identity.authenticator import TokenRejected
from sincro_dashboard.identity.authorizer import Forbidden
from sincro_dashboard.identity.credentials import Token
from sincro_dashboard.identity.model import Action, Identity, Shown
from sincro_dashboard.live.pacing import Pacing
from sincro_dashboard.live.sending import PatientManager
from sincro_dashboard.live.transitions import Routed, events_of
from sincro_dashboard.problems import Problem

logger = logging.getLogger(__name__)

CHANGED_EVENT = "sincro:changed"
"""Resources have changed: {resource, namespace, names}; without names when there are many."""

_PROGRESS_INTERVAL = 0.25
_FLUSH_INTERVAL = 0.1
_CHANGES_INTERVAL = 0.5
_MOST_NAMES = 50
_RECHECK_SECONDS = 60.0


def rooms_of(namespace: str, source: str = "", type_: str = "") -> list[str]:
    """The rooms that hear of something: from the widest to the narrowest."""
    rooms = [namespace]
    if source:
        rooms.append(f"{namespace}/{source}")
        if type_:
            rooms.append(f"{namespace}/{source}/{type_}")
    return rooms


def origin_allowed(origin: str, environ: Mapping[str, str], allowed: Iterable[str]) -> bool:
    """True for the server's own origin and those that the settings name. No page can forge what is compared here."""
    if origin in allowed:
        return True
    hosts = {
        environ.get("HTTP_HOST", "").lower(),
        environ.get("HTTP_X_FORWARDED_HOST", "").split(",")[0].strip().lower(),
    }
    return urlsplit(origin).netloc.lower() in hosts - {""}


class Hub:
    """One a process. `run` has to be running for anything to be sent."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._manager = PatientManager()
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            client_manager=self._manager,
            cors_allowed_origins=lambda origin, environ: origin_allowed(
                origin, environ, services.settings.allowed_origins
            ),
            cors_credentials=False,
            ping_interval=20,
            ping_timeout=20,
            max_http_buffer_size=64 * 1024,
            http_compression=True,
            logger=False,
            engineio_logger=False,
        )
        self._pacing = Pacing(_PROGRESS_INTERVAL)
        self._outbox: asyncio.Queue[Routed] = asyncio.Queue()
        self._changed: dict[tuple[Kind, str], set[str]] = {}
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("subscribe", self._subscribe)

    # ------------------------------------------------------------ what comes in

    def changed(self, change: Change) -> None:
        """A resource has changed: a listener of the cache."""
        obj = change.after or change.before
        if obj is None:
            return
        key = key_of(obj)
        self._changed.setdefault((change.kind, key.namespace), set()).add(key.name)
        if change.kind is Kind.TASK:
            for routed in events_of(change.before, change.after):
                self._outbox.put_nowait(routed)

    def progressed(self, routed: Routed) -> None:
        """A scraper has told its progress: a listener of the stream."""
        self._outbox.put_nowait(routed)

    # ------------------------------------------------------------ what goes out

    async def run(self) -> None:
        """Send for ever; returns only by cancellation."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_progress())
            tasks.create_task(self._send_changes())
            tasks.create_task(self._check_again())

    async def _send_progress(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            timeout = _FLUSH_INTERVAL if self._pacing.holding else None
            try:
                async with asyncio.timeout(timeout):
                    routed: Routed | None = await self._outbox.get()
            except TimeoutError:
                routed = None
            now = loop.time()
            ready = self._pacing.due(now)
            if routed is not None and (offered := self._pacing.offer(routed, now)) is not None:
                ready.append(offered)
            for each in ready:
                await self._emit(each)

    async def _emit(self, routed: Routed) -> None:
        event = routed.event
        skipped, cut_off = self._manager.skipped, self._manager.cut_off
        await self._manager.emit(
            SOCKET_EVENT,
            event.to_dict(),
            "/",
            room=rooms_of(routed.namespace, routed.source, event.type),
            replaceable=event.status is ProgressStatus.RUNNING,
        )
        counted = self._services.measurements.events
        counted.labels(outcome="sent").inc()
        counted.labels(outcome="skipped_for_slow_client").inc(self._manager.skipped - skipped)
        counted.labels(outcome="client_cut_off").inc(self._manager.cut_off - cut_off)

    async def _send_changes(self) -> None:
        while True:
            await asyncio.sleep(_CHANGES_INTERVAL)
            changed, self._changed = self._changed, {}
            for (kind, namespace), names in changed.items():
                about: dict[str, Any] = {"resource": kind.value, "namespace": namespace}
                if len(names) <= _MOST_NAMES:
                    about["names"] = sorted(names)
                await self._manager.emit(CHANGED_EVENT, about, "/", room=[namespace], replaceable=False)

    # ------------------------------------------------------------ who listens

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        said = auth if isinstance(auth, dict) else {}
        connection = HTTPConnection(environ["asgi.scope"])
        token = said.get("token")
        try:
            if isinstance(token, str) and token:
                shown = Token(token if token.isascii() else "", Shown.BEARER)
                who = await self._services.authenticator.identify(shown)
            else:
                shown = None
                who = await self._services.identify(connection)
            namespaces = await self._namespaces(who)
        except (Problem, TokenRejected, Forbidden, ClusterError) as error:
            raise Refuse(str(error)) from error
        session = {"token": shown, "connection": connection, "namespaces": namespaces, "wanted": said}
        await self.server.save_session(sid, session)
        self._services.measurements.clients.inc()
        await self._enter(sid, session)

    async def _disconnect(self, _sid: str, _reason: str = "") -> None:
        self._services.measurements.clients.dec()

    async def _subscribe(self, sid: str, wanted: object = None) -> dict[str, object]:
        """Listen to {namespace?, source?, type?} only, from now on."""
        session = await self.server.get_session(sid)
        session["wanted"] = wanted if isinstance(wanted, dict) else {}
        return {"rooms": await self._enter(sid, session)}

    async def _enter(self, sid: str, session: dict[str, Any]) -> list[str]:
        """Be in the rooms that were asked for as far as they are allowed, and in no other."""
        wanted, namespaces = session["wanted"], session["namespaces"]
        namespace, source, type_ = (_word(wanted.get(part)) for part in ("namespace", "source", "type"))
        chosen = namespaces & {namespace} if namespace else namespaces
        rooms = sorted(rooms_of(each, source, type_)[-1] for each in chosen)
        present = set(self.server.rooms(sid)) - {sid}
        for room in present - set(rooms):
            await self.server.leave_room(sid, room)
        for room in set(rooms) - present:
            await self.server.enter_room(sid, room)
        return rooms

    async def _namespaces(self, who: Identity) -> frozenset[str]:
        services = self._services
        allowed = await services.authorizer.namespaces(who, Action.READ_TASKS, services.namespaces())
        if not allowed:
            raise Forbidden(who, Action.READ_TASKS, None)
        return allowed

    async def _check_again(self) -> None:
        while True:
            await asyncio.sleep(_RECHECK_SECONDS)
            await self.check_listeners()

    async def check_listeners(self) -> None:
        """Have each client hear what it may hear now: also namespaces that are new, or that it has gained a right in.

        Whoever may listen to nothing any more is disconnected; a cluster that cannot be asked changes nothing.
        """
        for sid, _ in list(self._manager.get_participants("/", None)):
            try:
                await self._check(sid)
            except KeyError:
                continue  # it has gone in the meantime

    async def _check(self, sid: str) -> None:
        session = await self.server.get_session(sid)
        try:
            if session["token"] is not None:
                who = await self._services.authenticator.identify(session["token"])
            else:
                who = await self._services.identify(session["connection"])
            session["namespaces"] = await self._namespaces(who)
        except (Problem, TokenRejected, Forbidden):
            await self.server.disconnect(sid)
            return
        except ClusterError:
            return
        await self._enter(sid, session)


def _word(value: object) -> str:
    return value[:253] if isinstance(value, str) and "/" not in value else ""
