"""What a run reads: everything or what changed, since when, and why. Pure; the asked mode and the last load decide."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sincro_contract.durations import parse_duration
from sincro_contract.run import Mode
from sincro_scraper.profile.streams import StreamSpec

VALUE = "value"
"""In the watermark: the greatest last-change that was read, as ISO 8601."""
READ_AT = "readAt"
"""In the watermark: when the read that it comes from began."""
PROBE = "probe"
"""In the watermark: what the probe saw then."""


@dataclass(frozen=True)
class ReadPlan:
    """`since` is set for a delta only. `reason` says why more is done than was asked."""

    mode: Mode
    since: datetime | None = None
    reason: str | None = None


def plan_read(
    asked: Mode, stream: StreamSpec, watermark: Mapping[str, object] | None, *, same_columns: bool, time_zone: str
) -> ReadPlan:
    """Decide the mode. `watermark`: what the last load of the stream stored; None before the first.

    Since is the greatest change that was read, but never later than that read's own start (a wrong date in the far
    future must not stop the sync for ever), less the profile's lag. time_zone: in which the source tells the time.
    """
    if asked is not Mode.DELTA:
        return ReadPlan(asked)
    if stream.delta is None:
        return ReadPlan(Mode.FULL, reason="the profile has no delta for this stream")
    if watermark is None or READ_AT not in watermark:
        return ReadPlan(Mode.FULL, reason="there is no earlier read to start from")
    if not same_columns:
        return ReadPlan(
            Mode.FULL, reason="the stream's list, columns or key in the profile have changed, or its locale"
        )
    since = datetime.fromisoformat(str(watermark[READ_AT]))
    value = watermark.get(VALUE)
    if value is not None:
        since = min(since, datetime.fromisoformat(str(value)))
    return ReadPlan(Mode.DELTA, _before_repetition(since - parse_duration(stream.delta.lag), ZoneInfo(time_zone)))


def _before_repetition(since: datetime, zone: ZoneInfo) -> datetime:
    """Before an hour that comes twice, where `since` lies in its first pass: later changes have earlier times."""
    local = since.astimezone(zone)
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    if local.fold or first is None or second is None:
        return since
    return since - (first - second)


def may_skip(
    plan: ReadPlan, known: Mapping[str, object] | None, probed: str | None, *, asked: bool, same_columns: bool
) -> bool:
    """Whether a read is left out because the probe saw what it saw at the last one.

    asked: the run may end so. Where the profile makes something else of the same pages, they are read anew.
    """
    if not asked or probed is None or known is None or plan.mode is Mode.FORCE or not same_columns:
        return False
    return known.get(PROBE) == probed


def columns_hash(stream: StreamSpec, *, locale: str, time_zone: str) -> str:
    """A mark of what decides the table's content: which list, its rows, columns and how they read, key, table."""
    content = {"open", "frame", "rows", "skip", "blank", "table", "detail"}
    document = {
        "columns": {name: column.model_dump(mode="json") for name, column in stream.all_columns.items()},
        "key": stream.key,
        "delta": stream.delta.column if stream.delta else None,
        "stream": stream.model_dump(mode="json", include=content),
        "locale": [locale, time_zone],
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]
