"""Waiting until what was closed is closed.

Whoever gives up a TLS connection in the middle of an answer does not wait for the other side's goodbye. An event loop
that is closed before it has come leaves the socket to the collector, and the warning to whatever test runs then.
"""

import asyncio
import gc
from typing import cast


def _is_open(thing: object) -> bool:
    """Of a socket's own transport: the one that TLS lays over it may not know that it has ended."""
    # Not isinstance: many a lazy proxy answers it with an import.
    if not issubclass(type(thing), asyncio.Transport):
        return False
    transport = cast(asyncio.Transport, thing)
    return not transport.is_closing() and transport.get_extra_info("sslcontext") is None


async def none_open(within: float = 30) -> None:
    """Return when this process has no open transport. Raises TimeoutError after so many seconds."""
    async with asyncio.timeout(within):
        while any(_is_open(thing) for thing in gc.get_objects()):  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.02)
    # What is closing is closed by the loop's next turn.
    await asyncio.sleep(0)
