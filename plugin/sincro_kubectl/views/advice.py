"""What a person can do: about a class of errors, and about a reason to wait.

Decided here: the advice. The reasons themselves, and whether a class is worth another attempt, are the operator's.
"""

from sincro_contract.exit_codes import ErrorClass

_BY_ERROR: dict[ErrorClass, str] = {
    ErrorClass.CONFIG_INVALID: "Correct the profile or the SyncSource, then retry.",
    ErrorClass.CREDENTIALS_REJECTED: "Correct user and password in the credentials Secret, then retry.",
    ErrorClass.LOCALE_MISMATCH: "The ERP did not speak the expected language: look at the screenshot, then correct the"
    " ERP user's language or the profile, and retry.",
    ErrorClass.SCHEMA_DRIFT: "The ERP's page changed: compare the screenshot with the profile, correct it, retry.",
    ErrorClass.GUARD_TRIPPED: "More rows are missing than the profile allows to delete. If they are really gone, retry"
    " with --confirm-deletions.",
    ErrorClass.SOURCE_UNAVAILABLE: "See whether the ERP answers, then retry.",
    ErrorClass.DATABASE_UNAVAILABLE: "See whether the database answers and has room, then retry.",
    ErrorClass.SESSION_LOST: "See whether somebody else logs in with the same ERP user, then retry.",
    ErrorClass.UNKNOWN: "Read the Job's log, if it is still there, then retry.",
    ErrorClass.TIMEOUT: "Allow more time (spec.timeout) or find out why the ERP is slow, then retry.",
    ErrorClass.DISRUPTED: "See what keeps disturbing the nodes (evictions, drains), then retry.",
    ErrorClass.PREEMPTED: "Nothing: it gave its slot to a person's sync and runs again.",
    ErrorClass.IMAGE_UNAVAILABLE: "Correct the scraper image's name, or the nodes' way to the registry, then retry.",
    ErrorClass.UNSCHEDULABLE: "Make room for the pod: node selector, tolerations, memory and CPU; then retry.",
    ErrorClass.OUT_OF_MEMORY: "Allow the scraper more memory (spec.scraper.resources of the SyncSource), then retry.",
    ErrorClass.CANCELLED: "Nothing: it was cancelled. Ask for a new sync if it is wanted after all.",
}

IN_THE_WAY = ("TypeBusy", "SourceBusy", "TypeLimit", "GlobalLimit", "QueuedBehind")
"""Reasons of `waitingFor` by which some other sync is in the way."""


def about_error(error: str) -> str:
    """What to do about a class of errors; empty for one that this version does not know."""
    try:
        return _BY_ERROR[ErrorClass(error)]
    except ValueError:
        return ""


def about_waiting(reason: str, *, source: str, type_: str, schedule: str) -> str:
    """What to do about a reason to wait; empty when the reason's own sentence says all there is to say."""
    sync_now = f"kubectl sincro sync {type_} --source {source}"
    match reason:
        case "Paused":
            return f"kubectl sincro resume {source}; or {sync_now}: a person's sync passes the pause."
        case "Suspended":
            return f"kubectl sincro resume --schedule {schedule}; or {sync_now}: a person's sync passes it."
        case "QuietHours":
            return f"Nothing: it starts by itself. To have it now: {sync_now}."
        case "BackingOff" | "NotBefore":
            return "Nothing: it starts by itself."
        case "SourceNotFound":
            return f"Create the SyncSource {source}, or cancel the sync."
        case "ProfileNotRead":
            return "Nothing: the operator is about to read the profile."
        case "UnknownStream":
            return "Cancel it, or add the stream to the profile."
        case _ if reason in IN_THE_WAY:
            return "Nothing: it starts by itself."
        case _:
            return ""
