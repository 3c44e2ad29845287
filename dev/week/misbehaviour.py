"""How the demo ERP misbehaves through the week: which switch, for how long, how much peace after it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spell:
    """A stretch of the week. Switches are (name, value, times); `edits` rows of each list change at its beginning."""

    seconds: float
    switches: tuple[tuple[str, str | None, int | None], ...] = ()
    edits: int = 0
    once: bool = False
    """Not again when the week begins anew."""

    @property
    def title(self) -> str:
        """For people."""
        return ", ".join(f"{name}={value}" if value else name for name, value, _ in self.switches) or "peace"


PEACE = Spell(14, edits=10)
WEEK: tuple[Spell, ...] = (
    PEACE,
    Spell(16, (("slow", "1500", None),)),
    PEACE,
    Spell(12, (("error500", "50%", None),)),
    PEACE,
    Spell(12, (("error503", "60%", None), ("retry_after", "2", None))),
    PEACE,
    Spell(20, (("maintenance", None, None),)),
    PEACE,
    Spell(20, (("logout_after", "1", 6),)),
    PEACE,
    Spell(20, (("rows_shift", "insert", 4),)),
    PEACE,
    Spell(20, (("rows_shift", "delete", 4),)),
    PEACE,
    Spell(16, (("wrong_total", "+1", 3),)),
    PEACE,
    # The one trouble that only a person could judge: it ends in the dead letter at once.
    Spell(16, (("duplicate_key", None, 1),), once=True),
    PEACE,
    Spell(16, (("session_limit", "2", None),)),
    PEACE,
    Spell(12, (("session_seconds", "1", None),)),
    PEACE,
    Spell(12, (("huge_page", "3", None),)),
)
"""Troubles of every kind that passes and that the ERP has a switch for, and one that does not pass by itself."""


def spells(week: Sequence[Spell], seconds: float) -> Iterator[tuple[float, Spell]]:
    """The week's spells, over and over, with the second at which each begins; the last one ends by `seconds`."""
    at, round_ = 0.0, 0
    while week:
        for spell in week:
            if round_ and spell.once:
                continue
            if at + spell.seconds > seconds:
                return
            yield at, spell
            at += spell.seconds
        round_ += 1
