"""Pure rules: from figures to states and reasons."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pp_core.health.operations import HealthPart, PartName, State
from pp_core.notifications.public import STREAK, Traffic

SLOW_MS = 250
NEARLY_FULL = 0.9
"""The share of the server's connections from which on it is nearly full."""
SILENT_SECONDS = 10.0
"""A worker says every two seconds that it is there; after so many it is taken for dead, as the sweep of the queue does."""
WAITS_LONG, WAITS_TOO_LONG = 30, 60
"""Seconds that the oldest due job may wait while somebody works, and while nobody does."""
DAY, LATELY = timedelta(days=1), timedelta(minutes=15)
"""Over what messages are counted, and over what a channel is judged."""
MANY_FAILED = 1 / 3

_GRAVITY: Mapping[State, int] = {"absent": 0, "ok": 0, "warning": 1, "down": 2}


def worst(parts: Sequence[HealthPart]) -> State:
    """The state of the worst part; one that is not connected is no trouble."""
    gravest = max((part.state for part in parts), key=_GRAVITY.__getitem__)
    return "ok" if gravest == "absent" else gravest


def database(row: Any, milliseconds: float, pool: Mapping[str, int], now: datetime) -> HealthPart:
    """Of `queries.database`, and of this process's pool by psycopg_pool's names."""
    size, free, queued = pool.get("pool_max", 0), pool.get("pool_available", 0), pool.get("requests_waiting", 0)
    state: State = "ok"
    reason = "database.well"
    if milliseconds > SLOW_MS:
        state, reason = "warning", "database.slow"
    elif queued and not free:
        state, reason = "warning", "database.pool_exhausted"
    elif row.connections >= row.allowed * NEARLY_FULL:
        state, reason = "warning", "database.nearly_full"
    return HealthPart(
        name="database",
        state=state,
        reason=reason,
        at=now,
        about=f"PostgreSQL {row.version.split()[0]}",
        figures={
            "round_trip_ms": round(milliseconds, 1),
            "connections": row.connections,
            "connections_allowed": row.allowed,
            "pool_used": pool.get("pool_size", 0) - free,
            "pool_size": size,
            "pool_waiting": queued,
        },
    )


def worker(row: Any, now: datetime) -> HealthPart:
    """Of `queries.worker`."""
    state: State = "warning"
    if row.silent_seconds is None:
        state, reason = "down", "worker.none"
    elif not row.workers and row.oldest_seconds > WAITS_TOO_LONG:
        state, reason = "down", "worker.stuck"
    elif not row.workers:
        reason = "worker.silent"
    elif row.oldest_seconds > WAITS_LONG:
        reason = "worker.behind"
    elif row.stalled:
        reason = "worker.stalled"
    elif row.failed_lately:
        reason = "worker.failed"
    else:
        state, reason = "ok", "worker.well"
    silent = row.silent_seconds
    return HealthPart(
        name="worker",
        state=state,
        reason=reason,
        at=None if silent is None else now - timedelta(seconds=max(0.0, silent)),
        figures={
            "workers": row.workers,
            "waiting": row.waiting,
            "running": row.running,
            "failed": row.failed,
            "failed_lately": row.failed_lately,
            "stalled": row.stalled,
            "oldest_seconds": round(row.oldest_seconds),
            **({} if silent is None else {"silent_seconds": round(max(0.0, silent))}),
        },
    )


def channel(name: PartName, addresses: Sequence[str], *, served: bool, traffic: Traffic) -> HealthPart:
    """A channel as a breaker would see it: by what its gateway last did, and not by numbers that cannot be sent to.

    `addresses` are the gym's own; without any it uses a shared one, where the installation serves that channel.
    """
    state, reason = _seen(addresses, served, traffic)
    figures = (
        {"received": traffic.received, "late": traffic.late}
        if name == "ussd"
        else {
            "sent": traffic.sent,
            "delivered": traffic.delivered,
            "waiting": traffic.waiting,
            "failed": traffic.failed,
            "unknown": traffic.unknown,
            "received": traffic.received,
        }
    )
    return HealthPart(
        name=name,
        state=state,
        reason=f"{'ussd' if name == 'ussd' and reason in _OF_PAGES else 'channel'}.{reason}",
        at=max((at for at in (traffic.last_in, traffic.last_out) if at is not None), default=None),
        about=", ".join(addresses) or None,
        figures={**figures, "lately": traffic.lately, "failed_lately": traffic.failed_lately},
        last_in=traffic.last_in,
        last_out=traffic.last_out,
        failed_at=traffic.failed_at,
        failure=traffic.failure,
    )


_OF_PAGES = frozenset({"all_failed", "some_failed"})
"""What USSD says in words of its own: its pages do not fail to leave, they come too late."""


def _seen(addresses: Sequence[str], served: bool, traffic: Traffic) -> tuple[State, str]:
    if not served:
        return ("down", "not_served") if addresses else ("absent", "absent")
    if traffic.streak >= STREAK:
        return "down", "all_failed"
    if traffic.failed_lately > traffic.lately * MANY_FAILED:
        return "warning", "some_failed"
    if traffic.stuck:
        return "warning", "last_failed"
    carried = traffic.received + traffic.sent + traffic.delivered + traffic.failed + traffic.unknown
    return "ok", "well" if carried else "quiet"
