"""Instants and durations as people read them in a terminal.

Decided here: the words (`3m ago`, `in 2h10m`) and where they are cut. Not here: which instants are worth showing.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

_FORM = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)")
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_instant(value: object) -> datetime | None:
    """An RFC 3339 instant as the API server writes it, in UTC; None for anything else."""
    found = _FORM.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        whole = datetime.fromisoformat(found[1] + (found[3] if found[3] != "Z" else "+00:00")).astimezone(UTC)
        return whole + timedelta(seconds=float(found[2] or 0))
    except (ValueError, OverflowError):
        return None


def parse_duration(text: str) -> timedelta:
    """A duration such as 90s, 1h30m or 7d. Raises ValueError, naming the text."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is not a duration: write it like 30s, 10m, 1h30m or 7d")
    try:
        return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))
    except OverflowError:
        raise ValueError(f"{text!r} is too long") from None


def span(value: timedelta) -> str:
    """The two largest units, the smaller one only while it matters: `45s`, `3m20s`, `12m`, `2h10m`, `3d4h`; `0s`."""
    seconds = max(0, int(value.total_seconds()))
    for index, (length, unit) in enumerate(_UNITS):
        count, rest = divmod(seconds, length)
        if not count:
            continue
        if index + 1 == len(_UNITS) or count >= 10:
            return f"{count}{unit}"
        smaller, smaller_unit = _UNITS[index + 1]
        return f"{count}{unit}" + (f"{rest // smaller}{smaller_unit}" if rest // smaller else "")
    return "0s"


def ago(instant: datetime | None, now: datetime) -> str:
    """`3m ago`; `just now` within a second, and for what lies ahead because clocks differ; `never` for None."""
    if instant is None:
        return "never"
    return f"{span(now - instant)} ago" if now - instant >= timedelta(seconds=1) else "just now"


def ahead(instant: datetime, now: datetime) -> str:
    """`in 3m`; `now` once it has come."""
    return f"in {span(instant - now)}" if instant - now >= timedelta(seconds=1) else "now"


def clock(instant: datetime, now: datetime, zone: tzinfo | None) -> str:
    """`14:05` on the same day, `Tue 25 Nov 14:05` within half a year, otherwise with the year; None: local time."""
    local, today = instant.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if abs(instant - now) < timedelta(days=180):
        return f"{local:%a %d %b %H:%M}"
    return f"{local:%d %b %Y %H:%M}"


def iso(instant: datetime | None) -> str | None:
    """RFC 3339 in whole seconds, for documents; None stays None."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if instant is not None else None
