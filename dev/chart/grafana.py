"""`python -m dev.chart.grafana [--check]`: write helm/sincro/files/dashboard.json from `dev.chart.panels`.

Decided here: where panels stand and how Grafana has them written (its dashboard schema 39). Not here: what they show.
"""

import json
import sys
from typing import Any

from dev.chart.panel import Panel
from dev.chart.panels import ROWS
from dev.chart.readme import CHART

DASHBOARD = CHART / "files" / "dashboard.json"
COLUMNS = 24
_HEIGHTS = {"stat": 4, "timeseries": 7}
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}

Json = dict[str, Any]


def dashboard() -> Json:
    """The whole dashboard: a title for each row, and below it the panels in lines of 24 columns."""
    panels: list[Json] = []
    y = 0
    for row in ROWS:
        panels.append(
            {
                "id": len(panels) + 1,
                "title": row.title,
                "type": "row",
                "collapsed": False,
                "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1},
                "panels": [],
            }
        )
        x, y, height = 0, y + 1, 0
        for panel in row.panels:
            if x + panel.width > COLUMNS:
                x, y = 0, y + height
            kind = "stat" if panel.number else "timeseries"
            height = _HEIGHTS[kind]
            place = {"x": x, "y": y, "w": panel.width, "h": height}
            panels.append({"id": len(panels) + 1} | _panel(panel, kind, place))
            x += panel.width
        y += height
    return {
        "title": "Sincro",
        "uid": "sincro",
        "schemaVersion": 39,
        "tags": ["sincro"],
        "timezone": "browser",
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {
            "list": [{"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Prometheus"}]
        },
        "panels": panels,
    }


def _panel(panel: Panel, kind: str, place: Json) -> Json:
    defaults: Json = {"unit": panel.unit, "min": 0}
    if panel.top is not None:
        defaults["max"] = panel.top
    if panel.bad:
        defaults |= {"color": {"mode": "thresholds"}, "thresholds": _thresholds(panel.bad)}
    options: Json
    if kind == "stat":
        options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value"}
    else:
        options = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
    return {
        "title": panel.title,
        "description": panel.description,
        "type": kind,
        "gridPos": place,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": _SOURCE, "expr": expression, "legendFormat": legend}
            for number, (expression, legend) in enumerate(panel.queries.items())
        ],
    }


def _thresholds(bad: str) -> Json:
    """Steps of colour for `<0.99` (red below it) or `>0` (red above it; the numbers are whole)."""
    value = float(bad[1:])
    below, above = ("red", "green") if bad[0] == "<" else ("green", "red")
    edge = value if bad[0] == "<" else value + 1
    return {"mode": "absolute", "steps": [{"color": below, "value": None}, {"color": above, "value": edge}]}


def text() -> str:
    """The file as it should be."""
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(0 if DASHBOARD.read_text() == text() else f"{DASHBOARD}: differs; run python -m dev.chart.grafana")
    DASHBOARD.write_text(text())
