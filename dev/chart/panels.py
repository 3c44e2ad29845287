"""What the Grafana dashboard shows: its rows and panels, each with unit, description and queries.

Decided here: what is asked of the syncs, and how it is named; of the programs: `dev.chart.panels_of_programs`. Each
replica of the operator says the same of what is in the cluster, so such gauges are max or min before they are sums.
"""

from dev.chart.panel import YES_NO, Panel, Row, last_hour, once, quantile
from dev.chart.panels_of_programs import DASHBOARD, OPERATOR

_FRESH = "(min by (namespace, schedule) (sincro_fresh) unless on (namespace, schedule) sincro_schedule_held)"
_ENDED = '{state=~"Succeeded|DeadLettered"}'
_RUNNING, _WAITING = '{state="Running"}', '{state=~"Queued|Retrying"}'
_BURN = "By recording rules, over three windows. The objective allows 1%; 14.4% in 1 h and 6% in 6 h raise alerts"
_OR_NONE = " or vector(0)"
_AGE = "(time() - max by (namespace, schedule) (sincro_last_success_timestamp_seconds))"

GLANCE = Row(
    "At a glance",
    (
        Panel(
            "Success in a day",
            "percentunit",
            "Share of ended syncs that succeeded; the objective is 99%",
            {f'sum(rate(sincro_syncs_total{{state="Succeeded"}}[1d])) / sum(rate(sincro_syncs_total{_ENDED}[1d]))': ""},
            width=3,
            number=True,
            bad="<0.99",
            top=1,
        ),
        Panel(
            "Fresh now",
            "percentunit",
            "Share of the schedules with an objective that meet it; those that people hold back do not count",
            {f"avg{_FRESH}": ""},
            width=3,
            number=True,
            bad="<0.99",
            top=1,
        ),
        Panel(
            "Running",
            "short",
            "Syncs that have a slot",
            {once("sincro_tasks", where=_RUNNING) + _OR_NONE: ""},
            width=3,
            number=True,
        ),
        Panel(
            "Waiting",
            "short",
            "Syncs that are queued, or wait for a further attempt",
            {once("sincro_tasks", where=_WAITING, of="state") + _OR_NONE: ""},
            width=3,
            number=True,
        ),
        Panel(
            "Dead letters",
            "short",
            "Given up, not retried, and nothing of their kind has succeeded since; they wait for a person",
            {once("sincro_open_dead_letters") + _OR_NONE: ""},
            width=3,
            number=True,
            bad=">0",
        ),
        Panel(
            "Open circuits",
            "short",
            "Sources that are left alone after repeated failures",
            {"sum(max by (namespace, source) (sincro_circuit_open)) or vector(0)": ""},
            width=3,
            number=True,
            bad=">0",
        ),
        Panel(
            "Paused sources",
            "short",
            "Sources whose scheduled syncs a person holds back",
            {"sum(max by (namespace, source) (sincro_source_paused)) or vector(0)": ""},
            width=3,
            number=True,
        ),
        Panel(
            "Leaders",
            "short",
            "Operators that act: one for each part that the cluster is split into; none means that nothing is started",
            {"sum(sincro_leader) or vector(0)": ""},
            width=3,
            number=True,
            bad="<1",
        ),
    ),
)

QUEUE = Row(
    "Queue",
    (
        Panel(
            "Why syncs wait",
            "short",
            "Waiting SyncTasks by the first reason that holds them",
            {once("sincro_waiting_tasks", "reason"): "{{reason}}"},
        ),
        Panel(
            "Oldest wait",
            "s",
            "How long the longest waiting sync of each reason has waited",
            {"max by (reason) (sincro_oldest_wait_seconds)": "{{reason}}"},
        ),
        Panel(
            "SyncTasks by state",
            "short",
            "What is in the cluster; ended ones are pruned once the history has them",
            {once("sincro_tasks", "state"): "{{state}}"},
        ),
        Panel(
            "Running by type",
            "short",
            "Slots that each type holds",
            {once("sincro_tasks", "type", where=_RUNNING): "{{type}}"},
        ),
        Panel(
            "Wait for the start",
            "s",
            "From the request, or when it was due, to the start of the first attempt, by who asked",
            {
                quantile(0.5, "sincro_sync_wait_seconds", "triggered_by"): "{{triggered_by}} median",
                quantile(0.95, "sincro_sync_wait_seconds", "triggered_by"): "{{triggered_by}} 95%",
            },
        ),
        Panel(
            "Lateness of runs",
            "s",
            "From the instant at which a run was due to its SyncTask; an operator that is behind shows here",
            {
                quantile(0.5, "sincro_due_skew_seconds"): "median",
                quantile(0.99, "sincro_due_skew_seconds"): "99%",
            },
        ),
    ),
)

SYNCS = Row(
    "Syncs",
    (
        Panel(
            "Syncs ended",
            "short",
            "In the hour before, by how",
            {last_hour("sincro_syncs_total", "state"): "{{state}}"},
        ),
        Panel(
            "Duration of syncs",
            "s",
            "From the start of the first attempt to the end of the last",
            {
                quantile(0.5, "sincro_sync_duration_seconds", "type"): "{{type}} median",
                quantile(0.95, "sincro_sync_duration_seconds", "type"): "{{type}} 95%",
            },
        ),
        Panel(
            "Phases of a sync",
            "s",
            "Mean duration of each phase, by the scraper's own word: where the time goes",
            {
                "sum by (phase) (rate(sincro_phase_seconds_sum[1h])) "
                "/ sum by (phase) (rate(sincro_phase_seconds_count[1h]))": "{{phase}}"
            },
        ),
        Panel(
            "Rows changed",
            "short",
            "In the hour before, by type and what became of them",
            {last_hour("sincro_rows_total", "type, change"): "{{type}} {{change}}"},
        ),
        Panel(
            "Success by type in a day",
            "percentunit",
            "By a recording rule of the chart; the objective is 99%",
            {"sincro:sync_success:ratio_rate1d": "{{type}}"},
            top=1,
        ),
        Panel(
            "Preemptions",
            "short",
            "Scheduled syncs that gave their slot to a person's in the hour before; many want more slots",
            {last_hour("sincro_preemptions_total", "namespace, source"): "{{namespace}}/{{source}}"},
        ),
    ),
)

FRESHNESS = Row(
    "Freshness",
    (
        Panel(
            "Age of the data",
            "s",
            "Since the end of the last sync of the schedule that went well",
            {_AGE: "{{namespace}}/{{schedule}}"},
            width=6,
        ),
        Panel(
            "Age by objective",
            "percentunit",
            "100%: as old as the data may be",
            {
                f"{_AGE} / max by (namespace, schedule) (sincro_freshness_objective_seconds)": (
                    "{{namespace}}/{{schedule}}"
                )
            },
            width=6,
        ),
        Panel(
            "Schedules",
            "short",
            "Fresh and stale ones of those that are to be fresh, and those that people hold back, by why",
            {
                f"sum{_FRESH}": "fresh",
                f"sum(1 - {_FRESH})": "stale",
                "count by (reason) (max by (namespace, schedule, reason) (sincro_schedule_held))": "{{reason}}",
            },
            width=6,
        ),
        Panel(
            "Stale share of time",
            "percentunit",
            _BURN,
            {f"sincro:stale_schedules:ratio_avg{window}": window for window in ("1h", "6h", "3d")},
            width=6,
        ),
    ),
)

FAILURES = Row(
    "Failures",
    (
        Panel(
            "Given up, by class",
            "short",
            "Syncs that became dead letters in the hour before",
            {last_hour("sincro_syncs_total", "error_class", '{state="DeadLettered"}'): "{{error_class}}"},
        ),
        Panel(
            "Failed attempts, by class",
            "short",
            "In the hour before; most are tried again, and nobody need do anything",
            {last_hour("sincro_attempts_total", "error_class", '{error_class!=""}'): "{{error_class}}"},
        ),
        Panel(
            "Failed share of syncs",
            "percentunit",
            _BURN,
            {f"sincro:sync_failures:ratio_rate{window}": window for window in ("1h", "6h", "3d")},
        ),
        Panel(
            "Open dead letters",
            "short",
            "By source and type",
            {
                "max by (namespace, source, type) (sincro_open_dead_letters)": "{{namespace}}/{{source}} {{type}}",
            },
        ),
        Panel(
            "Sources held back",
            YES_NO,
            "Sources whose circuit is open, or that a person paused",
            {
                "max by (namespace, source) (sincro_circuit_open) > 0": "{{namespace}}/{{source}} circuit",
                "max by (namespace, source) (sincro_source_paused) > 0": "{{namespace}}/{{source}} paused",
            },
            top=1,
        ),
        Panel(
            "Notices",
            "short",
            "Dead letters told to the webhook in the hour before, by what came of it",
            {last_hour("sincro_notices_total", "outcome"): "{{outcome}}"},
        ),
    ),
)

ROWS = (GLANCE, QUEUE, SYNCS, FRESHNESS, FAILURES, OPERATOR, DASHBOARD)
