"""Access tokens: read as they were issued until they end, and refused in every other case."""

from datetime import UTC, datetime, timedelta

import pytest

from pp_core.kernel import crypto
from pp_core.kernel.clock import ManualClock
from pp_core.kernel.crypto import HmacTokens
from pp_core.kernel.errors import NotSignedIn

START = datetime(2026, 11, 21, 7, tzinfo=UTC)


def issue(tokens: HmacTokens, minutes: int = 15) -> str:
    end = START + timedelta(minutes=minutes)
    return tokens.issue({"sub": "u", "sid": "s", "iat": int(START.timestamp()), "exp": int(end.timestamp())})


def test_a_token_that_was_read_before_ends_all_the_same() -> None:
    clock = ManualClock(START)
    tokens = HmacTokens("secret", clock)
    token = issue(tokens)
    assert tokens.read(token) == tokens.read(token)
    clock.advance(timedelta(minutes=16))
    with pytest.raises(NotSignedIn):
        tokens.read(token)


def test_a_changed_token_is_refused_however_often_the_true_one_was_read() -> None:
    tokens = HmacTokens("secret", ManualClock(START))
    token = issue(tokens)
    tokens.read(token)
    head, body, signature = token.split(".")
    for forged in (f"{head}.{body}.{signature[:-2]}AA", f"{head}.{body}.", f"{head}.{body}", "", "\ud800"):
        with pytest.raises(NotSignedIn):
            tokens.read(forged)
    with pytest.raises(NotSignedIn):
        HmacTokens("another secret", ManualClock(START)).read(token)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crypto, "KEPT_TOKENS", 3)
    tokens = HmacTokens("secret", ManualClock(START))
    for minutes in range(1, 10):
        tokens.read(issue(tokens, minutes))
    assert len(tokens._verified) <= 3
