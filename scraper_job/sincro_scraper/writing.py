"""Hands the spooled rows to the database in a thread, so that a stop is noticed and undone while it writes."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

from sincro_contract.run import Mode
from sincro_scraper.load import LoadCounts, LoadError, LoadOptions, TableSpec, Target
from sincro_scraper.reading.spool import Spool

STOP_SECONDS = 5.0
T = TypeVar("T")


async def load(target: Target, table: TableSpec, spool: Spool, mode: Mode, options: LoadOptions) -> LoadCounts:
    """Load. When the run is cancelled meanwhile, the load is interrupted; what was committed by then is reported.

    Raises LoadError, asyncio.CancelledError.
    """
    work = asyncio.ensure_future(asyncio.to_thread(target.load, table, spool, mode, options))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        target.interrupt()
        with contextlib.suppress(LoadError, TimeoutError):
            return await asyncio.wait_for(work, STOP_SECONDS)
        raise


async def ask(call: Callable[[], T]) -> T:
    """A short question to the database, off the event loop."""
    return await asyncio.to_thread(call)
