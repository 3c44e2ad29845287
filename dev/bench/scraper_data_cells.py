"""Nanoseconds that a cell costs to parse, by type: it runs once a cell. Key: scraper.cell_ns_TYPE, and _max of them."""

import timeit

from dev.bench.scraper_setup import run
from sincro_scraper.localisation import ParserOptions, ValueKind, locale_named, parser_for

CALLS = 50_000
CELLS = (
    (ValueKind.TEXT, " Officina dell'Età S.r.l. ", ParserOptions()),
    (ValueKind.INTEGER, "1.234", ParserOptions()),
    (ValueKind.DECIMAL, "1.234,56", ParserOptions(decimals=2)),
    (ValueKind.MONEY, "-1.234,56 €", ParserOptions()),
    (ValueKind.PERCENT, "22,5 %", ParserOptions()),
    (ValueKind.DATE, "31/12/2026", ParserOptions()),
    (ValueKind.DATETIME, "31/12/2026 14:30:59", ParserOptions(time_zone="Europe/Rome")),
    (ValueKind.BOOLEAN, "Sì", ParserOptions()),
)


def bench() -> dict[str, float]:
    """See the module. The best of five rounds: everything else is the machine's other work."""
    locale = locale_named("it-IT")
    found: dict[str, float] = {}
    for kind, text, options in CELLS:
        parse = parser_for(kind, locale, options)
        seconds = min(timeit.repeat(lambda parse=parse, text=text: parse(text), number=CALLS, repeat=5))  # type: ignore[misc]
        found[f"scraper.cell_ns_{kind}"] = seconds / CALLS * 1e9
    return found | {"scraper.cell_ns_max": max(found.values())}


if __name__ == "__main__":
    run("scraper_data_cells", bench)
