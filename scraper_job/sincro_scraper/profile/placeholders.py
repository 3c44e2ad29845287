"""`{username}`, `{since:%d/%m/%Y}`, `{page}`: which placeholders a profile may use, and how they are filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from urllib.parse import quote

KNOWN = frozenset({"username", "password", "totp", "since", "now", "page"})
SECRET_PREFIX = "secret."  # noqa: S105 - the name of a placeholder

_PLACEHOLDER = re.compile(r"\{([a-zA-Z][a-zA-Z0-9_.-]*)(?::([^{}]*))?\}")


@dataclass(frozen=True)
class MissingPlaceholderError(Exception):
    """A placeholder for which this run has no value."""

    name: str

    def __str__(self) -> str:
        return f"there is no value for {{{self.name}}}"


def check_placeholders(text: str) -> str:
    """Return the text. Raises ValueError naming a placeholder that does not exist."""
    for name, form in _PLACEHOLDER.findall(text):
        if name not in KNOWN and not name.startswith(SECRET_PREFIX):
            close = get_close_matches(name, sorted(KNOWN), n=1)
            hint = f"; did you mean {{{close[0]}}}?" if close else ""
            raise ValueError(f"there is no placeholder {{{name}}}{hint}")
        if form and name not in ("since", "now"):
            raise ValueError(f"{{{name}}} takes no format")
    return text


def placeholders_in(text: str) -> frozenset[str]:
    """The names of the placeholders in a text."""
    return frozenset(name for name, _ in _PLACEHOLDER.findall(text))


def fill_placeholders(text: str, values: Mapping[str, str | datetime], date_format: str) -> str:
    """Put values in. Instants are written in `date_format` (strftime) unless the placeholder brings its own.

    Raises MissingPlaceholderError.
    """

    def value_of(match: re.Match[str]) -> str:
        name, form = match.group(1), match.group(2)
        if name not in values:
            raise MissingPlaceholderError(name)
        value = values[name]
        return value.strftime(form or date_format) if isinstance(value, datetime) else value

    return _PLACEHOLDER.sub(value_of, text)


_COLUMN = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def columns_in(address: str) -> tuple[str, ...]:
    """The columns of a row that an address such as /customers/{code} takes, in their order."""
    return tuple(_COLUMN.findall(address))


def address_of_row(address: str, row: Mapping[str, object]) -> str | None:
    """The address with a row's values put in, as they may stand in one; None where a value is missing."""
    if any(row.get(name) in (None, "") for name in columns_in(address)):
        return None
    return _COLUMN.sub(lambda match: quote(str(row[match.group(1)]), safe=""), address)
