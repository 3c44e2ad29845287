"""What a failure leaves behind: screenshot, page, trace, requests; masked, bounded in size, never a reason to fail.

Decided here: what is kept and how much of it. Where it ends up: keeping.py.
"""

import asyncio
import io
import json
import logging
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Error, Page, Request, Response

from sincro_scraper.browser.keeping import RUN_BYTES
from sincro_scraper.masking import Masker

log = logging.getLogger(__name__)

COLLECT_SECONDS = 8.0
_ENTRIES = 2_000
_CHUNK_PAGES = 25
"""Pages after which the trace begins anew, so that it never grows with the length of a list."""


@dataclass
class Evidence:
    """Listens to one browser context; `collect` once, when the run has failed."""

    masker: Masker
    secrets: Sequence[str]
    clock: Callable[[], datetime]
    _context: BrowserContext | None = None
    _entries: list[dict[str, Any]] = field(default_factory=list)
    _pages: int = 0

    async def begin(self, context: BrowserContext) -> None:
        """Begin to record. Never raises."""
        self._context = context
        context.on("response", self._on_response)
        context.on("requestfailed", self._on_failed)
        try:
            await context.tracing.start(screenshots=False, snapshots=True, sources=False)
            await context.tracing.start_chunk()
        except Error as error:
            log.warning("evidence.failed", extra={"what": "trace", "reason": error.message})

    async def page_read(self) -> None:
        """A page of the list was read: older parts of the trace are let go. Never raises."""
        self._pages += 1
        if self._context is None or self._pages % _CHUNK_PAGES:
            return
        try:
            await self._context.tracing.stop_chunk()
            await self._context.tracing.start_chunk()
        except Error as error:
            log.warning("evidence.failed", extra={"what": "trace", "reason": error.message})

    async def collect(self, page: Page) -> list[tuple[str, bytes]]:
        """Names and contents of everything that is to be kept, masked. Bounded in time; never raises."""
        found: list[tuple[str, bytes]] = []
        parts = (("screenshot.png", self._screenshot), ("page.html", self._html), ("requests.har", self._har))
        left = RUN_BYTES
        try:
            async with asyncio.timeout(COLLECT_SECONDS):
                for name, make in (*parts, ("trace.zip", self._trace)):
                    data = await self._made(name, make, page)
                    if data and len(data) <= left:
                        left -= len(data)
                        found.append((name, data))
        except TimeoutError:
            log.warning("evidence.failed", extra={"what": "page", "reason": "it took too long"})
        return found

    async def _made(self, name: str, make: Callable[[Page], Any], page: Page) -> bytes:
        try:
            data: bytes = await make(page)
        except (Error, OSError, zipfile.BadZipFile) as error:
            log.warning("evidence.failed", extra={"what": name, "reason": str(error).splitlines()[0]})
            return b""
        return data

    async def _screenshot(self, page: Page) -> bytes:
        """What is to be seen; where a secret is written out on the page, a bar covers it."""
        covers = [page.get_by_text(secret) for secret in self.secrets if secret]
        return await page.screenshot(mask=covers, timeout=3000, animations="disabled")

    async def _html(self, page: Page) -> bytes:
        return self.masker.data((await page.content()).encode())

    async def _har(self, page: Page) -> bytes:
        """Addresses, statuses and times; no headers, cookies or bodies, where secrets travel."""
        del page
        version = {"version": "1.2", "creator": {"name": "sincro-scraper", "version": "1"}, "entries": self._entries}
        return self.masker.data(json.dumps({"log": version}, ensure_ascii=False).encode())

    async def _trace(self, page: Page) -> bytes:
        if self._context is None:
            return b""
        del page
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "trace.zip"
            await self._context.tracing.stop_chunk(path=file)
            return await asyncio.to_thread(lambda: masked_zip(file.read_bytes(), self.masker))

    def _on_response(self, response: Response) -> None:
        self._note(response.request, response.status, response.status_text)

    def _on_failed(self, request: Request) -> None:
        self._note(request, 0, request.failure or "failed")

    def _note(self, request: Request, status: int, text: str) -> None:
        if len(self._entries) >= _ENTRIES:
            del self._entries[: _ENTRIES // 2]
        timing = request.timing
        empty: dict[str, Any] = {"cookies": [], "headers": [], "headersSize": -1, "bodySize": -1}
        self._entries.append(
            {
                "startedDateTime": self.clock().isoformat(),
                "time": max(0.0, float(timing.get("responseStart", 0) or 0)),
                "request": {
                    "method": request.method,
                    "url": request.url,
                    "httpVersion": "",
                    "queryString": [],
                    **empty,
                },
                "response": {
                    "status": status,
                    "statusText": text,
                    "httpVersion": "",
                    "content": {"size": -1, "mimeType": ""},
                    "redirectURL": "",
                    **empty,
                },
                "cache": {},
                "timings": {"send": 0, "wait": 0, "receive": 0},
                "_resourceType": request.resource_type,
            }
        )


def masked_zip(data: bytes, masker: Masker) -> bytes:
    """A ZIP file with every entry masked. Images stay as they are: text in them is pixels, and was covered."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            target.writestr(masker.text(entry.filename), masker.data(source.read(entry)))
    return out.getvalue()
