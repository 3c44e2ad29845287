"""Sends what is owed to the webhook, and writes onto the SyncTask that it was sent: at least once, beside the planner.

Decided here: nothing but the order request, then record. A crash in between sends the same id again.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from sincro_operator.cluster.api import TASKS, Api, ApiError, NotFound
from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.facts import NOTICED
from sincro_operator.cluster.writes import about
from sincro_operator.notices.delivery import Answer, Deliver, LetGo, Outbox, Wait
from sincro_operator.notices.message import Form, body_of, notice_id
from sincro_operator.notices.signature import headers_of, key_of
from sincro_operator.planning.model import Task
from sincro_operator.planning.notice import owed

logger = logging.getLogger(__name__)

_LIMIT = aiohttp.ClientTimeout(total=10, connect=5)
_RECORD_AGAIN = 2.0


@dataclass(frozen=True)
class Target:
    """Where to, as it stands in the mounted Secret now. `secret` None: unsigned."""

    url: str
    secret: str | None
    form: Form


class Sender:
    """One request at a time. Only the leader sends."""

    def __init__(
        self,
        api: Api,
        cache: Cache,
        target: Callable[[], Target],
        *,
        may_act: Callable[[], bool],
        now: Callable[[], datetime],
        sent: Callable[[str], None] = lambda _outcome: None,
        look: float = 1.0,
    ) -> None:
        """`target` is asked before every request; it may raise OSError or ValueError while the Secret is not right.
        `sent` is told of each outcome: sent, failed, let_go. `look`: seconds between two looks for new dead letters."""
        self._api = api
        self._cache = cache
        self._target = target
        self._may_act = may_act
        self._now = now
        self._sent = sent
        self._look = look
        self._outbox = Outbox()
        self._recorded: set[str] = set()
        """What is on its way into the cache: sent, and written down."""
        self._unrecorded: dict[str, str] = {}
        """What is to be written down, by uid: leadership may end before it is."""

    async def run(self) -> None:
        """Send for ever; returns only by cancellation."""
        async with aiohttp.ClientSession(timeout=_LIMIT, cookie_jar=aiohttp.DummyCookieJar()) as session:
            while True:
                if not self._may_act() or not await self._step(session):
                    await asyncio.sleep(self._look)

    async def _step(self, session: aiohttp.ClientSession) -> bool:
        """One step; False when there is nothing to do now."""
        letters = [task for task in self._cache.snapshot.tasks() if owed(task)]
        owed_ones = {task.uid for task in letters}
        self._recorded &= owed_ones
        self._unrecorded = {uid: words for uid, words in self._unrecorded.items() if uid in owed_ones}
        for task in letters:
            if task.uid in self._unrecorded:
                await self._record(task, self._unrecorded[task.uid])
                return True
        match self._outbox.next_step((task for task in letters if task.uid not in self._recorded), self._now()):
            case Deliver(task):
                answer = await self._request(session, task)
                self._outbox.answered(task, answer, self._now())
                line = about(task) | {"status": answer.status}
                if not answer.taken:
                    logger.warning("notice_failed", extra=line | {"error": answer.words})
                    self._sent("failed")
                    return True
                logger.info("notice_sent", extra=line)
                await self._record(task, self._now().isoformat(timespec="seconds"))
                self._sent("sent")
            case LetGo(task):
                logger.warning("notice_let_go", extra=about(task))
                await self._record(task, "not sent: too old to be news")
                self._sent("let_go")
            case Wait():
                return False
        return True

    async def _request(self, session: aiohttp.ClientSession, task: Task) -> Answer:
        try:
            target = self._target()
            key = key_of(target.secret) if target.secret is not None else None
        except (OSError, ValueError) as error:
            return Answer(None, words=str(error))
        body = body_of(task, target.form)
        headers = headers_of(key, notice_id(task), int(self._now().timestamp()), body)
        headers |= {"Content-Type": "application/json", "User-Agent": "sincro"}
        try:
            # A redirect is an answer like any other that is not 2xx: what is signed goes where the Secret says.
            async with session.post(target.url, data=body, headers=headers, allow_redirects=False) as response:
                return Answer(response.status, _retry_after(response.headers.get("Retry-After")), f"{response.status}")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # Never the exception's own words: they hold the URL, and the URL may be the secret.
            return Answer(None, words=type(error).__name__)

    async def _record(self, task: Task, words: str) -> None:
        """Write it down, as often as it takes; only then is the next one sent."""
        self._unrecorded[task.uid] = words
        while self._may_act():
            try:
                body = {"metadata": {"annotations": {NOTICED: words}}}
                self._cache.tasks.upsert(await self._api.patch(TASKS, task.name, body))
            except NotFound:
                pass
            except ApiError as error:
                logger.warning("notice_not_recorded", extra=about(task) | {"error": str(error)})
                await asyncio.sleep(_RECORD_AGAIN)
                continue
            del self._unrecorded[task.uid]
            self._recorded.add(task.uid)
            self._outbox.settled(task)
            return


def _retry_after(value: str | None) -> timedelta | None:
    with suppress(ValueError, TypeError, OverflowError):
        return timedelta(seconds=max(0, int(value or "")))
    return None
