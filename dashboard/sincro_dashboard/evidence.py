"""The evidence of failures on the mounted volume: screenshot, page, trace.

Decided here: which files belong to a task, and that nothing outside its folder is ever opened. Files of the ERP are not
trusted: they are shown as pictures or handed out as downloads, never as pages of ours.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sincro_contract.model import Document

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_MOST_ATTEMPTS = 40
_INLINE = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".txt": "text/plain",
}

EvidenceKind = Literal["screenshot", "page", "trace", "har", "text", "other"]


class EvidenceView(Document):
    """One file of evidence."""

    name: str
    kind: EvidenceKind
    size: int
    url: str


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file that may be sent."""

    path: Path
    media_type: str
    inline: bool
    """False: as a download."""


def kind_of(name: str) -> EvidenceKind:
    """What a file is, by its name."""
    suffix = Path(name).suffix.lower()
    if suffix in (".png", ".jpg", ".jpeg", ".webp"):
        return "screenshot"
    if suffix in (".html", ".htm", ".mhtml"):
        return "page"
    if suffix == ".har":
        return "har"
    if suffix == ".zip":
        return "trace"
    return "text" if suffix in (".txt", ".log", ".json") else "other"


def run_folder(root: Path, namespace: str, task: str, attempt: int) -> Path | None:
    """Where the scraper leaves what an attempt failed with; None for names that are no names."""
    names = re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", namespace) and re.fullmatch(
        r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", task
    )
    return root / f"{namespace}-{task}-{attempt}" if names else None


def list_evidence(root: Path, namespace: str, task: str) -> list[tuple[str, int]]:
    """Names such as `2/screenshot.png` (attempt and file) and sizes of what is there, by attempt. Reads the folders."""
    found = []
    for attempt in range(1, _MOST_ATTEMPTS + 1):
        folder = run_folder(root, namespace, task, attempt)
        if folder is None or not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            name = f"{attempt}/{path.name}"
            if find_evidence(root, namespace, task, name):
                found.append((name, path.stat().st_size))
    return found


def find_evidence(root: Path, namespace: str, task: str, name: str) -> EvidenceFile | None:
    """The file of a task under a name such as `2/screenshot.png`; None when there is none.

    The file that the name leads to lies in the folder of this task and attempt after all links are followed.
    """
    attempt, slash, file = name.partition("/")
    if not slash or not re.fullmatch(r"[1-9][0-9]?", attempt) or not _NAME.fullmatch(file):
        return None
    folder = run_folder(root, namespace, task, int(attempt))
    if folder is None:
        return None
    try:
        real, home = (folder / file).resolve(strict=True), folder.resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    if not (real.is_file() and real.parent == home and home.parent == root.resolve()):
        return None
    media_type = _INLINE.get(real.suffix.lower())
    return EvidenceFile(real, media_type or "application/octet-stream", media_type is not None)
