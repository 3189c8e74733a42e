"""What figures are taken for."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pp_core.health import rules
from pp_core.health.operations import HealthPart, HealthReport
from pp_core.kernel import locale
from pp_core.notifications.public import Traffic

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
SERVER = SimpleNamespace(version="18.6 (Debian 18.6-1)", connections=5, allowed=97)
POOL = {"pool_max": 10, "pool_size": 4, "pool_available": 3, "requests_waiting": 0}
QUEUE = {
    "waiting": 0, "running": 0, "failed": 0, "oldest_seconds": 0.0, "workers": 1, "silent_seconds": 1.5, "stalled": 0,
    "failed_lately": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("milliseconds", "pool", "connections", "told"),
    [
        (2.34, {}, 5, ("ok", "database.well")),
        (250.0, {}, 5, ("ok", "database.well")),
        (250.1, {}, 5, ("warning", "database.slow")),
        (2.0, {"pool_available": 0, "requests_waiting": 1}, 5, ("warning", "database.pool_exhausted")),
        (2.0, {"pool_available": 0}, 5, ("ok", "database.well")),
        (2.0, {}, 88, ("warning", "database.nearly_full")),
    ],
)
def test_the_database(milliseconds: float, pool: dict[str, int], connections: int, told: tuple[str, str]) -> None:
    row = SimpleNamespace(**{**SERVER.__dict__, "connections": connections})
    part = rules.database(row, milliseconds, POOL | pool, NOW)
    assert (part.state, part.reason) == told
    assert (part.about, part.at) == ("PostgreSQL 18.6", NOW)
    assert part.figures["round_trip_ms"] == round(milliseconds, 1)
    assert (part.figures["connections"], part.figures["connections_allowed"]) == (connections, 97)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({}, ("ok", "worker.well")),
        ({"workers": 0, "silent_seconds": None}, ("down", "worker.none")),
        ({"workers": 0, "silent_seconds": 95.0}, ("warning", "worker.silent")),
        ({"workers": 0, "silent_seconds": 95.0, "oldest_seconds": 60.0}, ("warning", "worker.silent")),
        ({"workers": 0, "silent_seconds": 95.0, "oldest_seconds": 60.5}, ("down", "worker.stuck")),
        ({"oldest_seconds": 30.0}, ("ok", "worker.well")),
        ({"oldest_seconds": 500.0}, ("warning", "worker.behind")),
        ({"stalled": 1}, ("warning", "worker.stalled")),
        ({"failed": 3}, ("ok", "worker.well")),
        ({"failed": 3, "failed_lately": 1}, ("warning", "worker.failed")),
    ],
)
def test_the_worker(row: dict[str, Any], told: tuple[str, str]) -> None:
    part = rules.worker(SimpleNamespace(**QUEUE | row), NOW)
    assert (part.state, part.reason) == told
    silent = (QUEUE | row)["silent_seconds"]
    assert part.at == (None if silent is None else NOW - timedelta(seconds=silent))


@pytest.mark.parametrize(
    ("served", "own", "values", "told"),
    [
        (False, [], {}, ("absent", "channel.absent")),
        (False, ["22384"], {}, ("down", "channel.not_served")),
        (True, [], {}, ("ok", "channel.quiet")),
        (True, ["22384"], {"sent": 1}, ("ok", "channel.well")),
        (True, [], {"received": 1}, ("ok", "channel.well")),
        (True, [], {"waiting": 1}, ("ok", "channel.quiet")),
        (True, [], {"lately": 3, "failed_lately": 1}, ("ok", "channel.quiet")),
        (True, [], {"lately": 5, "failed_lately": 2, "failed": 2}, ("warning", "channel.some_failed")),
        (True, [], {"lately": 5, "failed_lately": 4, "streak": 4}, ("warning", "channel.some_failed")),
        (True, [], {"lately": 9, "failed_lately": 5, "streak": 5}, ("down", "channel.all_failed")),
        (True, [], {"failed": 1, "stuck": True}, ("warning", "channel.last_failed")),
    ],
)
def test_a_channel(served: bool, own: list[str], values: dict[str, Any], told: tuple[str, str]) -> None:
    part = rules.channel("sms", own, served=served, traffic=Traffic("sms", **values))
    assert (part.state, part.reason) == told
    assert part.about == (", ".join(own) or None)


def test_late_pages_are_said_as_such() -> None:
    late = Traffic("ussd", received=9, late=6, lately=5, failed_lately=5, streak=5)
    part = rules.channel("ussd", [], served=True, traffic=late)
    assert (part.state, part.reason) == ("down", "ussd.all_failed")
    assert part.figures == {"received": 9, "late": 6, "lately": 5, "failed_lately": 5}
    assert part.why("en") == "All 5 pages of the last quarter of an hour were too late and were answered by text."


def test_the_last_sign_of_life_is_the_later_of_in_and_out() -> None:
    earlier = NOW - timedelta(minutes=5)
    for came, went in ((NOW, earlier), (earlier, NOW), (NOW, None), (None, NOW)):
        traffic = Traffic("telegram", last_in=came, last_out=went)
        assert rules.channel("telegram", [], served=True, traffic=traffic).at == NOW
    assert rules.channel("telegram", [], served=True, traffic=Traffic("telegram")).at is None


@pytest.mark.parametrize(
    ("states", "worst"),
    [
        (("ok", "absent"), "ok"),
        (("absent", "absent"), "ok"),
        (("ok", "warning", "absent"), "warning"),
        (("down", "warning", "ok"), "down"),
    ],
)
def test_the_worst_part_counts(states: tuple[Any, ...], worst: str) -> None:
    assert (
        rules.worst([HealthPart(name="sms", state=state, reason="channel.well", at=None) for state in states]) == worst
    )


@pytest.mark.parametrize("language", locale.LANGUAGES)
def test_every_reason_is_a_sentence_with_its_figures(language: str) -> None:
    parts = [
        rules.database(SERVER, 312.4, POOL, NOW),
        rules.worker(SimpleNamespace(**QUEUE | {"workers": 0, "silent_seconds": 95.2, "oldest_seconds": 61.0}), NOW),
        rules.worker(SimpleNamespace(**QUEUE | {"workers": 2, "waiting": 7}), NOW),
        rules.channel(
            "sms", [], served=True,
            traffic=Traffic("sms", lately=7, failed_lately=3, failure="InsufficientBalance"),
        ),
    ]  # fmt: skip
    report = HealthReport(at=NOW, state=rules.worst(parts), parts=parts)
    told = [part.why(language) for part in report.parts]
    for sentence, values in zip(
        told, (("PostgreSQL 18.6", "312.4"), ("95", "61"), ("2", "7"), ("3", "7", "InsufficientBalance")), strict=True
    ):
        assert all(value in sentence for value in values), sentence
        assert "{" not in sentence
        assert "2.0" not in sentence
