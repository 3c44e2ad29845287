"""A reason why nothing starts for the time being, in the words that people read. A shape; the rules make them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """`until` is when it ends by itself; None when somebody or something else has to act."""

    reason: str
    message: str
    until: datetime | None = None
