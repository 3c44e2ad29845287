"""What Prometheus gets to know of the dashboard: names and labels. No label holds a user's or a source's name."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Measurements:
    """The metrics of one application, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        registry = self._registry
        self.requests = Counter(
            "sincro_dashboard_requests_total", "HTTP requests", ["route", "method", "status"], registry=registry
        )
        self.request_seconds = Histogram(
            "sincro_dashboard_request_seconds",
            "How long HTTP requests took",
            ["route", "method"],
            registry=registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )
        self.manual_syncs = Counter(
            "sincro_dashboard_manual_syncs_total", "Syncs that people asked for", ["type", "answer"], registry=registry
        )
        self.objects = Gauge("sincro_dashboard_objects", "Objects in the cache", ["resource"], registry=registry)
        self.relists = Counter(
            "sincro_dashboard_relists_total", "Watches that were lost and listed anew", ["resource"], registry=registry
        )
        self.stale = Gauge(
            "sincro_dashboard_stale", "1 while a resource cannot be followed", ["resource"], registry=registry
        )
        self.clients = Gauge("sincro_dashboard_socket_clients", "Connected Socket.IO clients", registry=registry)
        self.events = Counter(
            "sincro_dashboard_socket_events_total", "Events by what became of them", ["outcome"], registry=registry
        )
        self.progress_delay = Histogram(
            "sincro_dashboard_progress_delay_seconds",
            "From the scraper's event to its sending",
            registry=registry,
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        )
        self.stream_connected = Gauge(
            "sincro_dashboard_stream_connected", "1 while the progress stream can be read", registry=registry
        )

    def text(self) -> bytes:
        """All of them in Prometheus' text format."""
        return generate_latest(self._registry)
