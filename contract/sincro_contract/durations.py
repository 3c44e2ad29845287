"""Durations as Kubernetes writes them: `30s`, `10m`, `1h30m`. One grammar for the schema and for the programs."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import StringConstraints

DURATION_PATTERN = r"^([0-9]{1,6}(\.[0-9]{1,3})?(ms|s|m|h))+$"
Duration = Annotated[str, StringConstraints(pattern=DURATION_PATTERN, max_length=32)]

_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def parse_duration(text: str) -> timedelta:
    """Read a duration such as `1h30m`.

    Raises ValueError, naming the text, for anything that DURATION_PATTERN does not match.
    """
    if not re.match(DURATION_PATTERN, text):
        raise ValueError(f"{text!r} is not a duration: write it like 30s, 10m or 1h30m")
    return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text)))


def format_duration(value: timedelta) -> str:
    """Write a duration the way people read it: `1h30m`, `45s`, `250ms`, `0s`. Days become hours."""
    milliseconds = round(value.total_seconds() * 1000)
    if milliseconds <= 0:
        return "0s"
    seconds, rest = divmod(milliseconds, 1000)
    if seconds == 0:
        return f"{rest}ms"
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    return "".join(f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m"), (seconds, "s")) if n)
