"""The page of what operator, scraper and browser tell each other: run specification, outcome, progress event."""

from pydantic import BaseModel

from dev.docs.markdown import code, head, section, table
from dev.docs.schema import FIELD_HEADER, definitions, flat_rows
from sincro_contract.progress import (
    PROGRESS_STREAM,
    PROGRESS_STREAM_MAXLEN,
    SOCKET_EVENT,
    ProgressEvent,
    ProgressRecord,
)
from sincro_contract.result import TERMINATION_MESSAGE_LIMIT, Outcome
from sincro_contract.run import (
    CREDENTIALS_DIR,
    DATABASE_CA_FILE,
    DATABASE_URL_FILE,
    EVIDENCE_BUCKET_DIR,
    EVIDENCE_DIR,
    PROFILE_FILE,
    REDIS_CA_FILE,
    REDIS_CA_VARIABLE,
    REDIS_URL_VARIABLE,
    RUN_FILE,
    SESSION_KEY_FILE,
    TERMINATION_MESSAGE_FILE,
    RunSpec,
)

_PLACES = (
    (RUN_FILE, "The run specification"),
    (PROFILE_FILE, "The source's profile"),
    (CREDENTIALS_DIR, "The source's Secret: files `username`, `password`, and `totp` where the ERP asks for one"),
    (DATABASE_URL_FILE, "The URL of the database that is filled"),
    (SESSION_KEY_FILE, "Optional: the key that a kept browser session is encrypted with"),
    (EVIDENCE_DIR, "Optional: the volume for screenshots, pages and traces of failures"),
    (DATABASE_CA_FILE, "Optional: the authorities that a database's certificate may come from"),
    (REDIS_CA_FILE, "Optional: the same for Redis"),
    (
        EVIDENCE_BUCKET_DIR,
        "Optional: the Secret of the bucket for them: `accessKey`, `secretKey`, `sessionToken`, `ca.crt`",
    ),
    (TERMINATION_MESSAGE_FILE, f"The outcome, at most {TERMINATION_MESSAGE_LIMIT} bytes"),
)


def page() -> str:
    """All of it."""
    places = table(("path in the container", "what it is"), ((code(str(path)), text) for path, text in _PLACES))
    return (
        head(
            "Run, outcome, progress",
            "contract/sincro_contract",
            "What the operator tells a scraper, what it answers, and what people see meanwhile. JSON, camelCase.",
        )
        + section(
            "Files of a scraper's pod",
            places,
            f"`{REDIS_URL_VARIABLE}` is the URL of Redis, where there is one, `{REDIS_CA_VARIABLE}` the file of its"
            " authorities; `PGSSLMODE` and `PGSSLROOTCERT` say the same of the database, where its URL does not.",
        )
        + _document("Run specification", RunSpec, "The operator writes it as an annotation of the pod.")
        + _document(
            "Outcome", Outcome, "The container's termination message; [error classes](errors.md) are by exit code."
        )
        + _document(
            "Progress event",
            ProgressEvent,
            f"Socket.IO event `{SOCKET_EVENT}`. Every run appends at most one a second to the Redis stream"
            f" `{PROGRESS_STREAM}` (about {PROGRESS_STREAM_MAXLEN} entries are kept), as the field `event` beside"
            f" {', '.join(code(name) for name in ProgressRecord.model_fields if name != 'event')}.",
        )
    )


def _document(title: str, model: type[BaseModel], text: str) -> str:
    schema = model.model_json_schema(by_alias=True)
    return section(title, text, table(FIELD_HEADER, flat_rows(schema)), definitions(schema))
