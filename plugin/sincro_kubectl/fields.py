"""Fields of the API server's JSON: what stands for one that is absent or of the wrong type, and what may be printed.

Decided here: reading never fails, and no text can carry into a terminal what a terminal obeys.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sincro_kubectl.instants import parse_instant

Document = dict[str, Any]

_CONTROL = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " "),
    **dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))),
}


def printable(text: str) -> str:
    """The text on one line without anything that a terminal obeys: escapes, other controls, changes of direction."""
    return " ".join(text.translate(_CONTROL).split())


def filled(document: Document) -> Document:
    """The document without fields that are None."""
    return {name: value for name, value in document.items() if value is not None}


def child(node: object, name: str) -> Mapping[str, Any]:
    """The object below this name; an empty one where there is none."""
    value = node.get(name) if isinstance(node, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def children(node: object, name: str) -> list[Mapping[str, Any]]:
    """The objects of the list below this name."""
    value = node.get(name) if isinstance(node, Mapping) else None
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def text(node: Mapping[str, Any], name: str, default: str = "") -> str:
    """The text below this name, made printable."""
    value = node.get(name)
    return printable(value) if isinstance(value, str) else default


def texts(node: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The texts of the list below this name, made printable."""
    value = node.get(name)
    return tuple(printable(item) for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def number(node: Mapping[str, Any], name: str, default: int = 0) -> int:
    """The whole number below this name."""
    value = node.get(name)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else default


def maybe(node: Mapping[str, Any], name: str) -> int | None:
    """The whole number below this name; None where there is nothing."""
    return number(node, name) if name in node else None


def instant(node: Mapping[str, Any], name: str) -> datetime | None:
    """The instant below this name."""
    return parse_instant(node.get(name))
