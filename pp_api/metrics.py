"""What Prometheus is told."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from pp_core.runtime.health import Health

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# From a quick read to the ten seconds after which a gateway gives up on us.
_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Meters:
    """The meters of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "pp_http_request_seconds",
            "Time to answer, by route template",
            ("method", "route", "status"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge("pp_http_requests_in_flight", "Requests being answered", registry=self.registry)
        self.watches = Gauge("pp_watches_open", "Streams of changes being followed", registry=self.registry)
        self.tracks = Gauge("pp_tracks_open", "Sockets that live points come by", registry=self.registry)
        self.unreadable = Counter(
            "pp_webhook_unreadable", "Callbacks that could not be read", ("hook",), registry=self.registry
        )
        self.ignored = Counter(
            "pp_webhook_ignored",
            "Callbacks about what is no conversation with us, such as groups",
            ("hook",),
            registry=self.registry,
        )
        self._pool = Gauge("pp_db_pool", "The database pool's own figures", ("figure",), registry=self.registry)
        self._jobs = Gauge("pp_jobs", "Jobs by state", ("state",), registry=self.registry)
        self._oldest = Gauge(
            "pp_jobs_oldest_seconds", "How long the longest due job has waited", registry=self.registry
        )
        self._children: dict[tuple[str, str, int], Histogram] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        key = (method, route, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self.requests.labels(method, route, str(status))
        child.observe(seconds)

    def exposition(self, pool: dict[str, int], health: Health | None) -> bytes:
        """The text that Prometheus reads. Without `health` (no database) the jobs' figures stay as they were."""
        for figure in ("pool_size", "pool_available", "requests_waiting", "requests_num", "requests_errors"):
            self._pool.labels(figure).set(pool.get(figure, 0))
        if health is not None:
            for state in ("waiting", "running", "failed"):
                self._jobs.labels(state).set(getattr(health, state))
            self._oldest.set(health.oldest_seconds)
        return generate_latest(self.registry)
