"""What a failure leaves behind: screenshot, page, trace, requests; masked, bounded in size, never a reason to fail.

Decided here: what is kept and how much of it. Where it ends up is told by whoever starts the run.
"""

import asyncio
import io
import json
import logging
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Error, Page, Request, Response

from sincro_scraper.masking import Masker

log = logging.getLogger(__name__)

RUN_BYTES = 20_000_000
"""Most that one failure leaves behind."""
FOLDER_BYTES = 500_000_000
"""Most that all failures together keep; the oldest go first."""
COLLECT_SECONDS = 8.0
_ENTRIES = 2_000
_CHUNK_PAGES = 25
"""Pages after which the trace begins anew, so that it never grows with the length of a list."""


@dataclass
class Evidence:
    """Listens to one browser context; `collect` once, when the run has failed."""

    folder: Path
    run_name: str
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

    async def collect(self, page: Page) -> list[str]:
        """Write everything; the paths below the folder of what was written. Bounded in time; never raises."""
        place = self.folder / self.run_name
        written: list[str] = []
        try:
            async with asyncio.timeout(COLLECT_SECONDS):
                await asyncio.to_thread(make_room, self.folder, FOLDER_BYTES - RUN_BYTES)
                await asyncio.to_thread(place.mkdir, parents=True, exist_ok=True)
                parts = (("screenshot.png", self._screenshot), ("page.html", self._html), ("requests.har", self._har))
                left = RUN_BYTES
                for name, make in (*parts, ("trace.zip", self._trace)):
                    data = await self._made(name, make, page)
                    if data and len(data) <= left:
                        left -= len(data)
                        await asyncio.to_thread((place / name).write_bytes, data)
                        written.append(f"{self.run_name}/{name}")
        except (TimeoutError, OSError) as error:
            log.warning("evidence.failed", extra={"what": "folder", "reason": str(error) or type(error).__name__})
        return written

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
        place = self.folder / self.run_name / "trace.part"
        del page
        try:
            await self._context.tracing.stop_chunk(path=place)
            return await asyncio.to_thread(lambda: masked_zip(place.read_bytes(), self.masker))
        finally:
            await asyncio.to_thread(place.unlink, missing_ok=True)

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


def make_room(folder: Path, limit: int) -> None:
    """Delete the oldest runs' folders until what is left is within the limit (bytes)."""
    if not folder.is_dir():
        return
    runs = sorted((run for run in folder.iterdir() if run.is_dir()), key=lambda run: run.stat().st_mtime)
    sizes = {run: sum(file.stat().st_size for file in run.rglob("*") if file.is_file()) for run in runs}
    total = sum(sizes.values())
    for run in runs:
        if total <= limit:
            return
        shutil.rmtree(run, ignore_errors=True)
        total -= sizes[run]
