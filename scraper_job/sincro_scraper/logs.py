"""Log lines as JSON, one event name a line, secrets masked. Only how lines look is decided here."""

import json
import logging
import sys
from datetime import UTC, datetime

from sincro_scraper.masking import Masker

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """A record as one JSON object: time, level, event, and the extra fields; `context` is on every line."""

    def __init__(self, context: dict[str, object]) -> None:
        super().__init__()
        self._context = context

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **self._context,
            **extra,
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class PlainLines(logging.Formatter):
    """A record as a person reads it: level, event, reason."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, or more with a traceback."""
        reason = getattr(record, "reason", None)
        line = f"{record.levelname.lower()}: {record.getMessage()}" + (f": {reason}" if reason else "")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class Masked(logging.Formatter):
    """Another formatter's line without secrets: whatever a record holds, the line is what leaves the program."""

    def __init__(self, inner: logging.Formatter, masker: Masker) -> None:
        super().__init__()
        self._inner = inner
        self._masker = masker

    def format(self, record: logging.LogRecord) -> str:
        """One line, masked."""
        return self._masker.text(self._inner.format(record))


def log_to_stderr(
    masker: Masker, context: dict[str, object], *, level: int = logging.INFO, plain: bool = False
) -> None:
    """Send the program's log to stderr. `plain`: for people in a terminal, without JSON."""
    handler = logging.StreamHandler(sys.stderr)
    lines: logging.Formatter = PlainLines() if plain else JsonLines(context)
    handler.setFormatter(Masked(lines, masker))
    root = logging.getLogger("sincro_scraper")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False
