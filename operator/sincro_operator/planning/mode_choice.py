"""Delta when possible, Full when necessary, and why.

Decided here: which Deltas become Full. Not here: a Delta that finds out while it runs that it cannot be one (the
scraper says so in its result), or when a Full is due anyway (planning.due).
"""

from datetime import datetime

from sincro_contract.run import Mode
from sincro_operator.planning.clock import clock_time
from sincro_operator.planning.model import Source, TypeStatistics

NEEDS_FULL = frozenset({"DeltaIncomplete"})
"""Codes of errors by which a Delta says that only a Full can help."""


def why_full(
    source: Source, record: TypeStatistics | None, full_due: datetime | None = None, last_code: str = ""
) -> str | None:
    """Why a Delta of this type has to be a Full; None when it need not.

    `full_due` is the last instant for which the schedule owed a Full, `last_code` the code of the task's last error.
    """
    if record is None or record.last_full is None:
        return "No Full has succeeded yet"
    if record.full_profile_hash and source.profile_hash and record.full_profile_hash != source.profile_hash:
        return "The profile has changed since the last Full"
    if full_due is not None and record.last_full < full_due:
        return f"The Full that was due at {clock_time(full_due)} has not succeeded"
    if last_code in NEEDS_FULL:
        return "The last Delta's own check failed"
    return None


def choose(
    asked: Mode, source: Source, record: TypeStatistics | None, full_due: datetime | None = None, last_code: str = ""
) -> tuple[Mode, str | None]:
    """The mode to run in, and why it is not the one that was asked for."""
    if asked is not Mode.DELTA:
        return asked, None
    reason = why_full(source, record, full_due, last_code)
    return (Mode.FULL, reason) if reason is not None else (asked, None)
