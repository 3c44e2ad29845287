"""A page of the documents, as tests read it: its commands, its blocks of YAML, its links and its headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HERE_DOCUMENT = re.compile(r"<<'(\w+)'\n(.*?)\n\1\n?", re.DOTALL)
_LINK = re.compile(r"\[(?:[^\]]|\n)*?\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @cached_property
    def _fenced(self) -> list[tuple[str, str]]:
        return _FENCE.findall(self.text)

    @cached_property
    def _prose(self) -> str:
        return _FENCE.sub("", self.text)

    @cached_property
    def _indented(self) -> str:
        return "\n".join(line[4:] for line in self._prose.splitlines() if line.startswith("    ")) + "\n"

    @property
    def commands(self) -> list[str]:
        """Every line of shell, without comments, prompts' outputs and documents given on standard input."""
        shell = [body for language, body in self._fenced if language in ("", "sh", "bash")]
        text = _HERE_DOCUMENT.sub("\n", "\n".join([self._indented, *shell]))
        lines = re.sub(r"\\\n\s*", "", text).splitlines()
        return [line for line in (re.sub(r"(^|\s+)#.*$", "", line).strip() for line in lines) if line]

    @property
    def blocks(self) -> Iterator[tuple[str, Any]]:
        """Each YAML document: the file that its block names in a first comment (else ""), and what it holds."""
        given = [("", body) for _, body in _HERE_DOCUMENT.findall(self._indented)]
        for name, body in [*(_named(body) for language, body in self._fenced if language == "yaml"), *given]:
            for document in yaml.safe_load_all(body):
                yield name, document

    @property
    def files(self) -> set[str]:
        """The files that the reader is told to write."""
        return {name for name, _ in self.blocks if name} | set(re.findall(r"save it as `([^`]+)`", self.text))

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self._prose)

    @property
    def anchors(self) -> set[str]:
        """What #links can point to: headings, as the usual renderers name them."""
        found: set[str] = set()
        for heading in re.findall(r"^#+ (.+)$", self._prose, re.MULTILINE):
            words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
            number = sum(1 for other in found if re.fullmatch(re.escape(words) + r"(-\d+)?", other))
            found.add(f"{words}-{number}" if number else words)
        return found


def _named(body: str) -> tuple[str, str]:
    first = re.match(r"# ([\w.-]+\.ya?ml)", body)
    return (first[1] if first else ""), body


def pages(*patterns: str) -> list[Page]:
    """The pages that the patterns (from the root) name, each once."""
    return [Page(path) for path in sorted({path for pattern in patterns for path in ROOT.glob(pattern)})]
