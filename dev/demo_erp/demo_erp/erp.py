"""The running ERP: its rows, sessions, switches and counts in one object, which every page is given.

Decides nothing; time and waiting are handed in, so that tests need neither.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from demo_erp.misbehaviour import Misbehaviour, Switch, parse_argument
from demo_erp.sessions import Sessions
from demo_erp.settings import Settings
from demo_erp.store import Store
from demo_erp.viewstate import Sealer

TIME_ZONE = ZoneInfo("Europe/Rome")


@dataclass
class Erp:
    """One server. `clock` gives seconds since the epoch, `sleep` waits that many seconds."""

    settings: Settings
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    requests: Counter[str] = field(default_factory=Counter)
    """Requests by page name, and list pages, callbacks and files by `kind:list`."""

    def __post_init__(self) -> None:
        self.sealer = Sealer(secrets.token_bytes(32))
        self.reset(self.settings)

    def reset(self, settings: Settings) -> None:
        """Back to how a server with these settings starts: no edits, no sessions, no counts."""
        self.settings = settings
        self.store = Store(settings.world)
        self.sessions = Sessions(settings.users)
        self.misbehaviour = Misbehaviour()
        self.requests.clear()
        for argument in settings.misbehave:
            self.misbehaviour.switch_on(*parse_argument(argument))

    def now(self) -> datetime:
        """Local time in Italy, in whole seconds and without a zone: what the ERP writes into its columns."""
        return datetime.fromtimestamp(int(self.clock()), UTC).astimezone(TIME_ZONE).replace(tzinfo=None)

    @property
    def session_seconds(self) -> float:
        switched = self.misbehaviour.number(Switch.SESSION_SECONDS)
        return self.settings.session_seconds if switched is None else switched

    @property
    def wrong_passwords(self) -> int:
        switched = self.misbehaviour.number(Switch.LOCKOUT)
        return self.settings.wrong_passwords if switched is None else int(switched)

    @property
    def session_limit(self) -> int | None:
        switched = self.misbehaviour.number(Switch.SESSION_LIMIT)
        return None if switched is None else int(switched)
