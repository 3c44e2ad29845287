"""The page of error classes and exit codes. What each class means is said here; the rest is the contract's."""

from dev.docs.markdown import code, head, section, table
from sincro_contract.exit_codes import EXIT_OK, ErrorClass

_MEANING = {
    ErrorClass.CONFIG_INVALID: ("Profile, address or Secret are wrong", "correct what the message names"),
    ErrorClass.CREDENTIALS_REJECTED: (
        "The ERP refused user or password. Never tried a second time",
        "correct the Secret, then ask for a sync by hand",
    ),
    ErrorClass.LOCALE_MISMATCH: (
        "The browser does not speak the locale",
        "look at the image, and at proxies on the way",
    ),
    ErrorClass.SCHEMA_DRIFT: ("A page is not what the profile says", "run `sincro-scraper check`, correct the profile"),
    ErrorClass.GUARD_TRIPPED: (
        "More rows are gone than the profile allows; nothing was deleted",
        "look at the ERP; if it is right, ask again with `confirmDeletions: true` and `mode: Full`",
    ),
    ErrorClass.SOURCE_UNAVAILABLE: ("The ERP is down, slow or in maintenance, or its list does not hold still", ""),
    ErrorClass.DATABASE_UNAVAILABLE: ("The database does not answer", ""),
    ErrorClass.SESSION_LOST: ("The session ended again and again", "does somebody else use the service user?"),
    ErrorClass.UNKNOWN: ("Anything that nobody foresaw, and any other exit code", "look at the log of the pod"),
    ErrorClass.TIMEOUT: ("The attempt took longer than `spec.timeout`", "a longer timeout, or a faster transport"),
    ErrorClass.DISRUPTED: ("The pod was evicted, drained or deleted", ""),
    ErrorClass.PREEMPTED: ("A person's sync took the slot", ""),
    ErrorClass.IMAGE_UNAVAILABLE: ("The scraper's image cannot be pulled", "name, registry, `imagePullSecrets`"),
    ErrorClass.UNSCHEDULABLE: ("No node takes the pod", "requests, `nodeSelector`, `tolerations`"),
    ErrorClass.OUT_OF_MEMORY: ("The container ran out of memory", "a higher limit: `spec.scraper.resources`"),
    ErrorClass.CANCELLED: ("A person cancelled it", ""),
}


def page() -> str:
    """Every class. Raises KeyError for one that has no meaning yet."""
    text = f"""
How an attempt ended stands in `status.lastError.class` and in `status.attempts[].class` of a SyncTask. A scraper says
it by the exit code of its container ({EXIT_OK} is success); classes without a code come from what Kubernetes says of
the pod.

A *permanent* class ends the SyncTask as a dead letter at once: another attempt would fail the same way. A *transient*
one is tried again by `retryPolicy`. A *free* one costs no attempt.
"""
    return head("Error classes and exit codes", "contract/sincro_contract/exit_codes.py", text) + section(
        "Classes",
        table(
            ("class", "exit code", "kind", "what it means", "what to do"),
            (_row(error) for error in ErrorClass),
        ),
    )


def _row(error: ErrorClass) -> tuple[str, str, str, str, str]:
    meaning, remedy = _MEANING[error]
    known = ErrorClass.from_exit_code(error.exit_code) is error and error is not ErrorClass.UNKNOWN
    kind = "permanent" if error.permanent else "transient" if error.costs_attempt else "free"
    return code(error.value), str(error.exit_code) if known else "", kind, meaning, remedy
