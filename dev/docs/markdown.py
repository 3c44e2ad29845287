"""The pieces of a page in Markdown: head, sections, tables. How they look is decided here, not what they say."""

import json
from collections.abc import Iterable, Sequence


def head(title: str, source: str, text: str) -> str:
    """Title, where the page comes from, and what it is about."""
    return f"# {title}\n\n<!-- Made by `python -m dev.docs` from {source}. Change it there. -->\n\n{text.strip()}\n"


def section(title: str, *parts: str, level: int = 2) -> str:
    """A heading with what follows it; empty parts are left out."""
    body = "\n".join(part.strip("\n") + "\n" for part in parts if part)
    return f"\n{'#' * level} {title}\n\n{body}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table. Bars and line ends in cells are escaped; a column that is empty in all rows is left out."""
    found = [list(row) for row in rows]
    used = [index for index in range(len(header)) if index == 0 or any(row[index] for row in found)]
    lines = [[header[index] for index in used], ["---"] * len(used), *([row[i] for i in used] for row in found)]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines) + "\n"


def code(text: str) -> str:
    """Text as code within a line."""
    return f"`{text}`" if text else ""


def block(text: str, language: str = "text") -> str:
    """Text as a block of code."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def value(something: object) -> str:
    """A JSON value as code; nothing for None, empty lists and empty maps."""
    if something is None or something == [] or something == {}:
        return ""
    return code(json.dumps(something, ensure_ascii=False))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
