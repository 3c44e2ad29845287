"""The page of metrics: what operator and dashboard say to Prometheus, read from their own registries."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dev.docs.markdown import code, head, section, table
from sincro_dashboard.measurements import Measurements
from sincro_operator.metrics import Metrics, State
from sincro_operator.planning.snapshot import Snapshot

_HEADER = ("metric", "type", "labels", "what it is")


class Exported(NamedTuple):
    """A metric as Prometheus gets it, but for the `_bucket`, `_sum` and `_count` of a histogram."""

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str


def page() -> str:
    """All metrics."""
    text = """
The operator serves them at port 9090, the dashboard at its own port, both at `/metrics`. Histograms have the usual
`_bucket`, `_sum` and `_count`. No label holds a user, a task or a message. [Connect
Prometheus](../how-to/connect-prometheus.md); [what to do about an alert](../alerts.md).
"""
    return (
        head(
            "Metrics",
            "operator/sincro_operator/metrics.py and dashboard/sincro_dashboard/measurements.py",
            text,
        )
        + section("Operator", table(_HEADER, _rows(of_operator())))
        + section("Dashboard", table(_HEADER, _rows(of_dashboard())))
    )


def of_operator() -> Iterator[Exported]:
    """What the operator exports."""
    yield from _kept(vars(Metrics()).values())
    state = State(
        Snapshot(),
        leading=lambda: True,
        loop_age=lambda: 0.0,
        under_way=lambda: 0,
        connected=dict[str, bool],
    )
    for metric in state.collect():
        yield _exported(metric, getattr(metric, "_labelnames", ()))


def of_dashboard() -> Iterator[Exported]:
    """What the dashboard exports."""
    yield from _kept(vars(Measurements()).values())


def _kept(fields: Iterable[Any]) -> Iterator[Exported]:
    for collector in fields:
        if hasattr(collector, "describe") and hasattr(collector, "_labelnames"):
            # The client tells names, types and texts of what has no sample yet, but its labels only to itself.
            for metric in collector.describe():
                yield _exported(metric, collector._labelnames)


def _exported(metric: Any, labels: Iterable[str]) -> Exported:
    name = metric.name + ("_total" if metric.type == "counter" else "")
    return Exported(name, metric.type, tuple(labels), metric.documentation)


def _rows(metrics: Iterable[Exported]) -> Iterator[tuple[str, str, str, str]]:
    for metric in metrics:
        yield code(metric.name), metric.kind, ", ".join(code(label) for label in metric.labels), metric.text
