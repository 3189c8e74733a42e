"""What the outcome of a message tells of the gateway, and what a channel's messages come to."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pp_core.notifications.rules import INTERRUPTED, STREAK, answered, traffic

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


def row(status: str, reason: str | None = None, *ago: int, channel: str = "sms", taken: bool = False) -> Any:
    """Messages of one outcome, attempted so many minutes ago; those of the last fifteen are the late ones."""
    moments = sorted((NOW - timedelta(minutes=minutes) for minutes in ago), reverse=True)
    newest = [moment for moment in moments if moment > NOW - timedelta(minutes=15)]
    return SimpleNamespace(
        channel=channel, status=status, reason=reason, taken=taken or status in ("sent", "delivered"), tried=bool(ago),
        messages=max(1, len(ago)), lately=len(newest), last=max(moments, default=None), newest=newest[:STREAK] or None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (row("sent", None, 1), True),
        (row("delivered", None, 1), True),
        (row("queued"), None),
        (row("queued", "HTTP 429", 1), False),
        (row("sending", None, 1), None),
        (row("failed", "AbsentSubscriber", 1, taken=True), True),
        (row("failed", "HTTP 503", 1), False),
        (row("unknown", INTERRUPTED, 1), None),
        (row("unknown", "HTTP 502", 1), False),
        (row("unknown", "RiskHold", 1, taken=True), True),
        *((row("refused", word, 1), True) for word in ("InvalidPhoneNumber", "UserInBlacklist", "CouldNotRoute")),
        (row("refused", "Invalid phone number: +2540", 1), True),
        (row("refused", "DoNotDisturbRejection", 1), True),
        *((row("refused", word, 1), False) for word in ("InsufficientBalance", "InvalidSenderId", "HTTP 401: no", None)),
        (row("refused", "no account is set up", 1), False),
        (row("refused", "Forbidden: bot was blocked by the user", 1, channel="telegram"), True),
        (row("refused", "Chat not found", 1, channel="telegram"), True),
        *((row("refused", word, 1, channel="telegram"), False) for word in ("Unauthorized", "Not Found", "no bot is set up")),
    ],
    ids=lambda value: f"{value.channel}-{value.status}-{value.reason}" if hasattr(value, "reason") else None,
)  # fmt: skip
def test_whether_the_gateway_answered(given: Any, told: bool | None) -> None:
    assert answered(given) is told


def test_messages_are_counted_by_outcome() -> None:
    rows = [
        row("sent", None, 1, 30),
        row("delivered", None, 40, 50, 60),
        row("queued"),
        row("queued", "HTTP 429", 2),
        row("sending", None, 0),
        row("refused", "InsufficientBalance", 5),
        row("failed", "AbsentSubscriber", 90, taken=True),
        row("unknown", "HTTP 502", 3),
        row("sent", None, 1, channel="telegram"),
    ]
    seen = traffic("sms", rows, [])
    assert (seen.waiting, seen.sent, seen.delivered, seen.failed, seen.unknown) == (3, 2, 3, 2, 1)
    assert (seen.lately, seen.failed_lately) == (4, 3)
    assert (seen.last_out, seen.failed_at) == (NOW - timedelta(minutes=1), NOW - timedelta(minutes=2))
    assert seen.failure == "HTTP 429"
    assert traffic("telegram", rows, []).sent == 1
    assert traffic("ussd", rows, []).lately == 0


@pytest.mark.parametrize(
    ("rows", "streak", "stuck"),
    [
        ([], 0, False),
        ([row("refused", "HTTP 401: no", 1, 2, 3, 4)], 4, True),
        ([row("refused", "HTTP 401: no", 1, 2), row("unknown", "HTTP 502", 3, 4, 5)], 5, True),
        ([row("refused", "HTTP 401: no", 1, 2, 4, 5, 6, 7), row("sent", None, 3)], 2, True),
        ([row("refused", "HTTP 401: no", 2, 3, 4, 5, 6), row("sent", None, 1)], 0, False),
        ([row("refused", "HTTP 401: no", 2, 3), row("refused", "InvalidPhoneNumber", 1)], 0, False),
        ([row("refused", "HTTP 401: no", 60), row("sent", None, 90)], 0, True),
        ([row("refused", "HTTP 401: no", 90), row("sent", None, 60)], 0, False),
        ([row("refused", "HTTP 401: no", 3), row("unknown", INTERRUPTED, 1)], 1, True),
    ],
)
def test_how_many_failed_one_after_another(rows: list[Any], streak: int, stuck: bool) -> None:
    seen = traffic("sms", rows, [])
    assert (seen.streak, seen.stuck) == (streak, stuck)


@pytest.mark.parametrize(("late", "streak"), [(0, 0), (4, 0), (6, 6)])
def test_pages_are_late_or_in_time(late: int, streak: int) -> None:
    came = SimpleNamespace(channel="ussd", received=20, late=9, received_lately=6, late_lately=late, last=NOW)
    seen = traffic("ussd", [], [came])
    assert (seen.received, seen.late, seen.lately, seen.failed_lately, seen.streak) == (20, 9, 6, late, streak)
    assert seen.last_in == NOW


def test_texts_that_came_in_are_no_attempts() -> None:
    came = SimpleNamespace(channel="sms", received=3, late=0, received_lately=3, late_lately=0, last=NOW)
    seen = traffic("sms", [], [came])
    assert (seen.received, seen.lately, seen.last_in, seen.last_out) == (3, 0, NOW, None)
