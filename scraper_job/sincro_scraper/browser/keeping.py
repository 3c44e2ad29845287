"""Where the evidence of a failure is kept: in a mounted folder, or in a bucket. Never a reason to fail.

Decided here: under which names, and that both are bounded in time. What is kept is decided by evidence.py.
"""

import asyncio
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sincro_contract.evidence import EvidenceBucket

log = logging.getLogger(__name__)

RUN_BYTES = 20_000_000
"""Most that one failure leaves behind."""
FOLDER_BYTES = 500_000_000
"""Most that all failures together keep in a folder; the oldest go first. A bucket has lifecycle rules for that."""
FOLDER_SECONDS = 8.0
BUCKET_SECONDS = 30.0
MEDIA_TYPES = {".png": "image/png", ".html": "text/html", ".har": "application/json", ".zip": "application/zip"}

Files = Sequence[tuple[str, bytes]]
"""Names such as screenshot.png, and what is in them."""


class Place(Protocol):
    """Keeps the files of one failed run."""

    async def keep(self, files: Files) -> list[str]:
        """Write them; where each one that was written is found. Bounded in time; never raises."""
        ...


@dataclass(frozen=True)
class Folder:
    """A folder, with one folder a run in it; addresses are relative to it."""

    root: Path
    run_name: str

    async def keep(self, files: Files) -> list[str]:
        """See Place."""
        written: list[str] = []
        try:
            async with asyncio.timeout(FOLDER_SECONDS):
                await asyncio.to_thread(make_room, self.root, FOLDER_BYTES - RUN_BYTES)
                place = self.root / self.run_name
                await asyncio.to_thread(place.mkdir, parents=True, exist_ok=True)
                for name, data in files:
                    await asyncio.to_thread((place / name).write_bytes, data)
                    written.append(f"{self.run_name}/{name}")
        except (TimeoutError, OSError) as error:
            _failed("folder", error)
        return written


@dataclass(frozen=True)
class Bucket:
    """A bucket; addresses are s3://bucket/key. arguments: as EvidenceBucket.client_arguments gives them."""

    settings: EvidenceBucket
    arguments: dict[str, Any]
    folder: str

    async def keep(self, files: Files) -> list[str]:
        """See Place."""
        # Only a failed run needs it, and it is a library of 16 MB.
        from obstore import put_async
        from obstore.exceptions import BaseError
        from obstore.store import S3Store

        written: list[str] = []
        try:
            store = S3Store(self.settings.bucket, **self.arguments)
            async with asyncio.timeout(BUCKET_SECONDS):
                for name, data in files:
                    key = f"{self.folder}/{name}"
                    media_type = MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream")
                    await put_async(store, key, data, attributes={"Content-Type": media_type})
                    written.append(self.settings.address(key))
        except (TimeoutError, OSError, BaseError) as error:
            _failed("bucket", error)
        return written


def _failed(what: str, error: Exception) -> None:
    reason = (str(error) or type(error).__name__).splitlines()[0][:500]
    log.warning("evidence.failed", extra={"what": what, "reason": reason})


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
