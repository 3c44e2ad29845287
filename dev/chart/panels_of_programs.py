"""What the Grafana dashboard shows of the health of operator and dashboard.

Decided here: their rows and panels. Not here: those of the syncs (`dev.chart.panels`).
"""

from dev.chart.panel import RANGE, YES_NO, Panel, Row, last_hour, quantile

OPERATOR = Row(
    "Operator",
    (
        Panel(
            "Planner",
            "s",
            "How long a plan takes, and how long ago the leader's loop last came round",
            {
                quantile(0.99, "sincro_plan_seconds", window=RANGE): "plan 99%",
                "max(sincro_loop_age_seconds and on (instance) sincro_leader == 1)": "loop age",
            },
        ),
        Panel(
            "Failures of the planner",
            "short",
            "In the hour before: plans that raised, and sources left out of one; each is a defect, and in the log",
            {
                last_hour("sincro_plan_failures_total"): "plans",
                last_hour("sincro_source_plan_failures_total", "namespace, source"): "{{namespace}}/{{source}}",
            },
        ),
        Panel(
            "Actions",
            "ops",
            "Writes that plans asked for, by outcome; what is not done is planned anew",
            {f"sum by (action, outcome) (rate(sincro_actions_total{RANGE}))": "{{action}} {{outcome}}"},
        ),
        Panel(
            "Calls to the API server",
            "reqps",
            "By verb and status; 429 means that it slows the operator down",
            {f"sum by (verb, code) (rate(sincro_api_call_seconds_count{RANGE}))": "{{verb}} {{code}}"},
        ),
        Panel(
            "Answers of the API server",
            "s",
            "99% of the calls were answered within this time, by verb and resource",
            {quantile(0.99, "sincro_api_call_seconds", "verb, resource", RANGE): "{{verb}} {{resource}}"},
        ),
        Panel(
            "Being written",
            "short",
            "Objects with actions under way; a number that only grows means that the API server does not keep up",
            {"max by (instance) (sincro_objects_being_written)": "{{instance}}"},
        ),
        Panel(
            "Leader and connections",
            YES_NO,
            "Which replica acts, and whether the connections to history and Redis stand",
            {
                "max by (instance) (sincro_leader)": "{{instance}} leads",
                "min by (to) (sincro_connected)": "{{to}}",
            },
            top=1,
        ),
        Panel(
            "Traces",
            "short",
            "Syncs whose trace a collector was given in the hour before, or could not be",
            {last_hour("sincro_traces_total", "outcome"): "{{outcome}}"},
        ),
        Panel(
            "Versions",
            "short",
            "Operators by version; two at once only during an upgrade",
            {"count by (version) (sincro_build_info)": "{{version}}"},
        ),
    ),
)

DASHBOARD = Row(
    "Dashboard",
    (
        Panel(
            "Requests",
            "reqps",
            "By status",
            {f"sum by (status) (rate(sincro_dashboard_requests_total{RANGE}))": "{{status}}"},
        ),
        Panel(
            "Response time",
            "s",
            "95% of the requests were answered within this time, by route",
            {quantile(0.95, "sincro_dashboard_request_seconds", "route", RANGE): "{{route}}"},
        ),
        Panel(
            "Syncs that people asked for",
            "short",
            "In the hour before, by type and what they were answered",
            {last_hour("sincro_dashboard_manual_syncs_total", "type, answer"): "{{type}} {{answer}}"},
        ),
        Panel(
            "Browsers that follow",
            "short",
            "Connected Socket.IO clients of all replicas",
            {"sum(sincro_dashboard_socket_clients)": "clients"},
        ),
        Panel(
            "Events to browsers",
            "ops",
            "By what became of them; what a slow browser is not sent, it reads anew",
            {f"sum by (outcome) (rate(sincro_dashboard_socket_events_total{RANGE}))": "{{outcome}}"},
        ),
        Panel(
            "Delay of progress",
            "s",
            "From the scraper's event to its sending",
            {
                quantile(0.5, "sincro_dashboard_progress_delay_seconds", window=RANGE): "median",
                quantile(0.99, "sincro_dashboard_progress_delay_seconds", window=RANGE): "99%",
            },
        ),
        Panel(
            "Objects in the cache",
            "short",
            "What each replica knows of the cluster, by resource",
            {"max by (resource) (sincro_dashboard_objects)": "{{resource}}"},
        ),
        Panel(
            "Watches listed anew",
            "short",
            "In the hour before, by resource; a few are usual",
            {last_hour("sincro_dashboard_relists_total", "resource"): "{{resource}}"},
        ),
        Panel(
            "What cannot be followed",
            YES_NO,
            "Resources whose watch does not stand, and the progress stream in Redis: what the pages show may be old",
            {
                "max by (resource) (sincro_dashboard_stale)": "{{resource}}",
                "1 - min(sincro_dashboard_stream_connected)": "progress stream",
            },
            top=1,
        ),
    ),
)
