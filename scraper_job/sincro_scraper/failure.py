"""What an exception means for the outcome: class, code, a message for a person, a fingerprint. Decided in one place."""

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.result import RunError
from sincro_scraper.documents import DocumentError
from sincro_scraper.errors import ScraperError, fingerprint_of
from sincro_scraper.load import DatabaseUnavailable, LoadError
from sincro_scraper.masking import Masker

_MESSAGE = 1024


def run_error(error: BaseException, masker: Masker, artifacts: list[str] | None = None) -> RunError:
    """The error as the termination message carries it, without secrets."""
    retry_after: int | None = None
    if isinstance(error, ScraperError):
        error_class, code, message = error.error_class, error.code, error.message
        retry_after = error.retry_after_seconds
    elif isinstance(error, LoadError | DocumentError):
        error_class, code, message = error.error_class, error.code, str(error)
    else:
        error_class, code = ErrorClass.UNKNOWN, type(error).__name__
        message = f"unexpected: {type(error).__name__}: {error}"
    message = masker.text(message)
    return RunError.model_validate(
        {
            "class": error_class,
            "code": code[:64],
            "message": message if len(message) <= _MESSAGE else message[: _MESSAGE - 1] + "…",
            "fingerprint": fingerprint_of(error_class, code, message),
            "artifacts": artifacts or [],
            "retryAfterSeconds": retry_after,
        }
    )


def exit_code_of(error: BaseException) -> int:
    """What the process exits with for this error."""
    if isinstance(error, ScraperError):
        return error.exit_code
    if isinstance(error, LoadError | DocumentError):
        return error.error_class.exit_code
    return ErrorClass.UNKNOWN.exit_code


def is_database(error: BaseException) -> bool:
    """True where the source is not to blame, so that its page is no evidence."""
    return isinstance(error, DatabaseUnavailable)
