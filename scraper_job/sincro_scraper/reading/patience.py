"""How long to wait before asking again after an error, and when to give up. Pure; the same for browser and HTTP."""

from sincro_scraper.errors import (
    ConfigInvalid,
    CredentialsRejected,
    SchemaDrift,
    ScraperError,
    SessionExpired,
    SourceUnavailable,
)

LONGEST_WAIT_SECONDS = 15
_FIRST_WAIT_SECONDS = 0.5


def wait_before_retry(attempt: int, retries: int, retry_after: int | None) -> float | None:
    """Seconds to wait after the failed attempt number `attempt` (from 1), or None to give up.

    What the source asks for is respected; when that is long, the run ends and the operator waits instead.
    """
    if attempt > retries:
        return None
    if retry_after is not None:
        return float(retry_after) if retry_after <= LONGEST_WAIT_SECONDS else None
    return float(_FIRST_WAIT_SECONDS * 2 ** (attempt - 1))


def basic_refused(url: str) -> ScraperError:
    """What a 401 means where the profile has a basic authentication that goes along with every request."""
    return CredentialsRejected(f"{url}: user or password of requests.basicAuth were refused (status 401)")


def error_for_status(status: int, url: str, retry_after: int | None) -> ScraperError | None:
    """What an HTTP status of a page means for the run; None when it is fine."""
    if status < 400:
        return None
    where = f"{url} answered with status {status}"
    if status == 401:
        return SessionExpired(where)
    if status == 403:
        return ConfigInvalid(f"{where}: the user may not see this page", code="Forbidden")
    if status in (404, 410):
        return SchemaDrift(f"{where}: the page does not exist", code="PageMissing")
    if status in (408, 429) or status >= 500:
        code = "TooManyRequests" if status == 429 else f"Status{status}"
        return SourceUnavailable(where, code=code, retry_after_seconds=retry_after)
    return SourceUnavailable(where, code=f"Status{status}")
