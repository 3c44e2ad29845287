"""The cheap look before a scheduled read: one page that changes with every change, reduced to a mark."""

from sincro_scraper.profile.streams import StreamSpec
from sincro_scraper.reading.intake import digest
from sincro_scraper.reading.transports import Transports


async def probe_mark(transports: Transports, stream: StreamSpec) -> str:
    """Total and rows of the page that the profile's probe leads to, as a mark. Raises ScraperError."""
    steps = stream.probe.open if stream.probe is not None else ()
    if not steps:
        steps = stream.delta.open if stream.delta is not None and stream.delta.by == "sorted" else stream.open
    return digest(await transports.first_page(steps))
