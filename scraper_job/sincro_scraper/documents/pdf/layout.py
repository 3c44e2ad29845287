"""What a profile may say about a PDF export beyond its headers. Every part has a default that suits most exports."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfLayout:
    """How the export is laid out. Headers are named by their texts; patterns are regular expressions without case.

    anchors: headers of columns that are filled in every row (default: the first header); a line with none of them
    filled continues the row before it. totals: first words of lines that sum up. declared: a pattern, looked for in
    every line, whose first group is the number of rows that the file says it has (`Totale record: (\\S+)`). ignored:
    patterns of whole lines that are neither rows nor parts of one; a page number as the first or last line of a page,
    and "no data" as the only line of a table, always are. ends: patterns of whole lines that end the table, until its
    headers come again. joiners: what stands between the lines of a wrapped cell, by header: a space unless told
    otherwise, "\\n" where the lines are the value's own, "" where words are broken.
    """

    anchors: tuple[str, ...] = ()
    totals: tuple[str, ...] = ("totale", "totali", "total", "totals", "totaux", "gesamt", "gesamtsumme", "summe")
    declared: str | None = None
    ignored: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    joiners: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineRules:
    """The layout's patterns, compiled. Raises ValueError for one that is no regular expression."""

    totals: frozenset[str]
    declared: re.Pattern[str] | None
    ignored: re.Pattern[str] | None
    ends: re.Pattern[str] | None

    @classmethod
    def of(cls, layout: PdfLayout) -> "LineRules":
        """Compile the layout's patterns."""
        try:
            return cls(
                frozenset(word.casefold() for word in layout.totals),
                re.compile(layout.declared, re.IGNORECASE) if layout.declared else None,
                _any_of(layout.ignored),
                _any_of(layout.ends),
            )
        except re.error as error:
            raise ValueError(f"a pattern of the PDF layout is no regular expression: {error}") from None


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE) if patterns else None


PAGE_NUMBER = re.compile(
    r"(?:(?:pagina|pag\.|page|seite|p\.)\s*\d+(?:\s*(?:di|of|von|de|sur|/)\s*\d+)?)"
    r"|[-–]?\s*\d+(?:\s*(?:/|di|of|von|sur)\s*\d+)?\s*[-–]?",
    re.IGNORECASE,
)
NOTHING_TO_SHOW = re.compile(
    r"(?:nessuna?\s+\w+(?:\s+(?:da visualizzare|trovat[oa]|presente))?"
    r"|no (?:data|records?|rows?|items?)(?: to display| found)?"
    r"|keine (?:daten|datensätze|einträge)(?: vorhanden| gefunden)?"
    r"|aucune? (?:donnée|enregistrement|élément)s?(?: à afficher| trouvée?)?)[.!]?",
    re.IGNORECASE,
)
