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
MOST_ATTEMPTS = 40
"""Attempts whose evidence is looked for."""
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


def is_task(namespace: str, task: str) -> bool:
    """Whether these may be the names of a namespace and a task, and so part of a path."""
    names = re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", namespace) and re.fullmatch(
        r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", task
    )
    return names is not None


def is_file_name(name: str) -> bool:
    """Whether this may be the name of a file of evidence."""
    return _NAME.fullmatch(name) is not None


def attempt_and_file(name: str) -> tuple[int, str] | None:
    """The parts of a name such as `2/screenshot.png`; None for what is none."""
    attempt, slash, file = name.partition("/")
    if not slash or not re.fullmatch(r"[1-9][0-9]?", attempt) or not is_file_name(file):
        return None
    return int(attempt), file


def media_type_of(name: str) -> str | None:
    """What a file may be shown as; None: only as a download."""
    return _INLINE.get(Path(name).suffix.lower())


def run_folder(root: Path, namespace: str, task: str, attempt: int) -> Path | None:
    """Where the scraper leaves what an attempt failed with; None for names that are no names.

    No name has a `_` in it: what is another's cannot be reached by a name that reads the same when joined.
    """
    return root / f"{namespace}_{task}_{attempt}" if is_task(namespace, task) else None


def list_evidence(root: Path, namespace: str, task: str) -> list[tuple[str, int]]:
    """Names such as `2/screenshot.png` (attempt and file) and sizes of what is there, by attempt. Reads the folders."""
    found = []
    for attempt in range(1, MOST_ATTEMPTS + 1):
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
    wanted = attempt_and_file(name)
    folder = run_folder(root, namespace, task, wanted[0]) if wanted else None
    if wanted is None or folder is None:
        return None
    file = wanted[1]
    try:
        real, home = (folder / file).resolve(strict=True), folder.resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    if not (real.is_file() and real.parent == home and home.parent == root.resolve()):
        return None
    media_type = media_type_of(real.name)
    return EvidenceFile(real, media_type or "application/octet-stream", media_type is not None)
