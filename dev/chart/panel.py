"""One panel of the Grafana dashboard, and the forms of expression that panels share.

Decided here: what a panel consists of. Not here: which there are (`dev.chart.panels`), how Grafana writes it down
(`dev.chart.grafana`).
"""

from dataclasses import dataclass

YES_NO = "bool_yes_no"
RANGE = "[$__rate_interval]"
"""For what happens often; what happens now and then is looked at over an hour."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `queries`: expression -> legend. `unit`: Grafana's name of it. `width`: of 24 columns."""

    title: str
    unit: str
    description: str
    queries: dict[str, str]
    width: int = 8
    number: bool = False
    """The last value, large, instead of a course."""
    bad: str = ""
    """From which value on a number is red: `>0`, `<0.99`."""
    top: float | None = None
    """The upper end of the axis."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with a title, and its panels from left to right."""

    title: str
    panels: tuple[Panel, ...]


def last_hour(metric: str, by: str = "", where: str = "") -> str:
    """How often it happened in the hour before. A rate would make sixty an hour of one in a minute."""
    return f"sum{f' by ({by}) ' if by else ''}(increase({metric}{where}[1h]))"


def quantile(share: float, metric: str, by: str = "", window: str = "[1h]") -> str:
    """A quantile of a histogram, in its own unit."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({metric}_bucket{window})))"


def once(metric: str, by: str = "", *, where: str = "", of: str = "") -> str:
    """What every replica says of the kinds of syncs, counted once. `of`: labels it has beside the kind and `by`."""
    labels = dict.fromkeys(("namespace", "source", "type", *filter(None, (by, of))))
    return f"sum{f' by ({by}) ' if by else ''}(max by ({', '.join(labels)}) ({metric}{where}))"
