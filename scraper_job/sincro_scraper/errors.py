"""Every way a run ends badly. Each error knows its class (and so the exit code) and a finer code word for people.

Not decided here: whether there is another attempt (the operator does), and what is done about the evidence.

    ScraperError
    ├── ConfigInvalid          20  the profile, the run specification or a mounted file is wrong
    ├── CredentialsRejected    21  the source does not let this user in
    ├── LocaleMismatch         22  some layer of the browser does not speak the locale that was asked for
    ├── SchemaDrift            23  the page is not what the profile describes
    ├── GuardTripped           24  too much would be deleted
    ├── SourceUnavailable      30  the source is down, slow, in maintenance, or does not hold still
    ├── DatabaseUnavailable    31  the database cannot be reached or fell over
    ├── SessionLost            32  the source ends our session again and again
    ├── TimedOut                   timeoutSeconds are over
    └── Terminated                 somebody asked the program to stop (SIGTERM)
"""

import hashlib
import re
from typing import ClassVar

from sincro_contract.exit_codes import ErrorClass

TERMINATED_EXIT_CODE = 143
"""What a shell reports for a program that SIGTERM ended."""

_VARIABLE_PARTS = re.compile(r"[0-9a-f]{8,}|\d+|'[^']*'|\"[^\"]*\"")


ProfilePath = tuple[str | int, ...]
"""A place in the profile; relative to the stream where it begins with `columns` or another of a stream's words."""


class ScraperError(Exception):
    """A run that ends badly for a known reason. `code` is one word; `message` is for a person.

    `place`: which words of the profile did not fit, where that is known.
    """

    error_class: ClassVar[ErrorClass] = ErrorClass.UNKNOWN
    default_code: ClassVar[str] = "Unexpected"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        retry_after_seconds: int | None = None,
        place: ProfilePath = (),
    ) -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.code = code or self.default_code
        self.retry_after_seconds = retry_after_seconds

    @property
    def exit_code(self) -> int:
        """What the process exits with."""
        return self.error_class.exit_code

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that are equal for equal causes: numbers and quoted values do not count."""
        return fingerprint_of(self.error_class, self.code, self.message)


def fingerprint_of(error_class: ErrorClass, code: str, message: str) -> str:
    """Group failures: class and code, and the message without the parts that differ from run to run."""
    stable = _VARIABLE_PARTS.sub("#", message.splitlines()[0] if message else "")
    return hashlib.sha256(f"{error_class.value}|{code}|{stable}".encode()).hexdigest()[:16]


class ConfigInvalid(ScraperError):
    """Somebody has to correct the profile, the resource or a Secret."""

    error_class = ErrorClass.CONFIG_INVALID
    default_code = "ConfigInvalid"


class CredentialsRejected(ScraperError):
    """The source refused user and password (or locked the user). Never tried again within a run."""

    error_class = ErrorClass.CREDENTIALS_REJECTED
    default_code = "LoginRejected"


class LocaleMismatch(ScraperError):
    """The browser's effective locale, time zone or number format is not the one that was forced."""

    error_class = ErrorClass.LOCALE_MISMATCH
    default_code = "LocaleMismatch"


class SchemaDrift(ScraperError):
    """Headers, rows or values are not what the profile describes. The message says what was expected and found."""

    error_class = ErrorClass.SCHEMA_DRIFT
    default_code = "SchemaDrift"


class GuardTripped(ScraperError):
    """More rows would be deleted than the profile allows; nothing was written."""

    error_class = ErrorClass.GUARD_TRIPPED
    default_code = "DeletionGuard"


class SourceUnavailable(ScraperError):
    """The source does not answer, answers with an error or a maintenance page, or changes under our hands."""

    error_class = ErrorClass.SOURCE_UNAVAILABLE
    default_code = "SourceUnavailable"


class DatabaseUnavailable(ScraperError):
    """The database cannot be reached, or went away while it was written to. The previous state stands."""

    error_class = ErrorClass.DATABASE_UNAVAILABLE
    default_code = "DatabaseUnavailable"


class SessionLost(ScraperError):
    """The source ended our session more often than the run logs in again."""

    error_class = ErrorClass.SESSION_LOST
    default_code = "SessionLost"


class SessionExpired(SessionLost):
    """The session ended just now: raised while reading, answered by logging in again and reading afresh."""

    default_code = "SessionExpired"


class UnstableList(SourceUnavailable):
    """Rows moved while the pages were read: raised by the proof, answered by reading afresh a few times."""

    default_code = "UnstablePagination"


class TimedOut(ScraperError):
    """The time for the run is over."""

    error_class = ErrorClass.TIMEOUT
    default_code = "Timeout"


class Terminated(ScraperError):
    """The program was asked to stop. Nothing was written; it costs no attempt."""

    error_class = ErrorClass.DISRUPTED
    default_code = "Terminated"

    @property
    def exit_code(self) -> int:
        """As a shell reports it."""
        return TERMINATED_EXIT_CODE
