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


def artifact_name(artifact: str) -> str:
    """The file name of an artifact as the scraper wrote it: a path or a name."""
    return artifact.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def task_folders(root: Path, namespace: str, task: str) -> list[Path]:
    """The folders that may hold a task's evidence; none for names that are no names."""
    if not (_NAME.fullmatch(namespace) and re.fullmatch(r"[a-z0-9][-a-z0-9.]{0,252}", task)) or ".." in task:
        return []
    return [root / namespace / task]


def list_evidence(root: Path, namespace: str, task: str) -> list[tuple[str, int]]:
    """Names (relative to the task's folder) and sizes of the files in it, sorted. Reads the folder."""
    found = []
    for folder in task_folders(root, namespace, task):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            name = path.relative_to(folder).as_posix()
            if path.is_file() and find_evidence(root, namespace, task, name):
                found.append((name, path.stat().st_size))
    return found


def find_evidence(root: Path, namespace: str, task: str, name: str) -> EvidenceFile | None:
    """The file of a task under a name such as `screenshot.png` or `attempt-2/trace.zip`; None when there is none.

    Each part of the name is one plain file name, and the file that it leads to lies in the task's folder after all
    links are followed.
    """
    parts = name.split("/")
    if not 1 <= len(parts) <= 3 or not all(_NAME.fullmatch(part) for part in parts):
        return None
    for folder in task_folders(root, namespace, task):
        path = folder.joinpath(*parts)
        try:
            real, home = path.resolve(strict=True), folder.resolve(strict=True)
        except (OSError, RuntimeError):
            continue
        if real.is_file() and real.is_relative_to(home) and home.is_relative_to(root.resolve()):
            media_type = _INLINE.get(real.suffix.lower())
            return EvidenceFile(real, media_type or "application/octet-stream", media_type is not None)
    return None
