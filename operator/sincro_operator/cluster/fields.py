"""Reading the fields of API objects: what stands for a field that is absent or cannot be read.

Decided here: an unreadable field is its default and a line in the log, never an exception. Equal texts are kept once.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from sys import intern
from typing import Any, TypeVar

from pydantic import ValidationError

from sincro_contract.durations import parse_duration
from sincro_operator.cluster.api import Object
from sincro_operator.planning.model import Name

logger = logging.getLogger(__name__)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a time that every object has and this one has not."""
Value = TypeVar("Value")


def read(parent: object, key: str, how: Callable[[Any], Value], default: Value) -> Value:
    """`parent[key]` as `how` reads it; the default when it is absent, null or unreadable (which is logged)."""
    value = parent.get(key) if isinstance(parent, dict) else None
    if value is None:
        return default
    try:
        return how(value)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, ValidationError):
        logger.warning("unreadable_field", extra={"field": key, "value": str(value)[:100]})
        return default


def child(parent: object, key: str) -> Object:
    """`parent[key]` where it is an object, else an empty one."""
    value = parent.get(key) if isinstance(parent, dict) else None
    return value if isinstance(value, dict) else {}


def children(parent: object, key: str) -> list[Object]:
    """The objects of the list `parent[key]`."""
    value = parent.get(key) if isinstance(parent, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def instant(value: str) -> datetime:
    """An RFC 3339 time, in UTC."""
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def duration(value: str) -> timedelta:
    """See parse_duration."""
    return parse_duration(value)


def text(value: object) -> str:
    """A text that occurs in few objects."""
    return str(value)


def shared(value: object) -> str:
    """A text that occurs in many objects: kept once."""
    return intern(str(value))


def milliseconds(value: object) -> timedelta:
    """A number of milliseconds."""
    return timedelta(milliseconds=float(str(value)))


def name_of(obj: Object) -> Name:
    """The object's namespace and name."""
    metadata = child(obj, "metadata")
    return Name(shared(metadata.get("namespace") or ""), text(metadata.get("name") or ""))
