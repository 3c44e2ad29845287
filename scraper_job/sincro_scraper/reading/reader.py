"""Reads one stream to a proven end: again after a lost session, again when rows moved, a bounded number of times.

Decided here: how often, and what the last failure then means. The pages come from a transport, the proof from intake.
"""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from sincro_scraper.errors import SessionExpired, SessionLost, UnstableList
from sincro_scraper.reading.extraction import PageOfRows
from sincro_scraper.reading.intake import Intake

log = logging.getLogger(__name__)

READS = 3
"""Times a list that moves while it is read is read at most."""
LOGINS = 3
"""Times a run logs in at most."""

Pages = Callable[[], AsyncGenerator[PageOfRows, None]]


@dataclass
class StreamReading:
    """How one stream is read. `open_pages` begins at the first page; `log_in` gets a new session."""

    open_pages: Pages
    new_intake: Callable[[], Intake]
    log_in: Callable[[], Awaitable[None]]
    on_rows: Callable[[int, int | None], Awaitable[None]]

    async def read(self) -> Intake:
        """Read to the end. Raises ScraperError; SessionLost and UnstableList only after the last try."""
        logins, reads = 1, 1
        while True:
            intake = self.new_intake()
            try:
                await self._once(intake)
                return intake
            except SessionExpired as error:
                if logins >= LOGINS:
                    raise SessionLost(f"the session was lost {logins} times in this run; {error.message}") from error
                logins += 1
                log.warning("session.expired", extra={"reason": error.message, "login": logins})
                await self.log_in()
            except UnstableList as error:
                if reads >= READS:
                    error.message = f"{error.message} (read {reads} times)"
                    raise
                reads += 1
                log.warning("list.unstable", extra={"reason": error.message, "read": reads})

    async def _once(self, intake: Intake) -> None:
        pages = self.open_pages()
        try:
            async for page in pages:
                wanted = intake.take(page)
                await self.on_rows(intake.ledger.rows, intake.ledger.last_total)
                if not wanted:
                    break
            intake.finish()
        finally:
            await pages.aclose()
