"""Days as people type them into a filter."""

import re
from datetime import date, timedelta

MOST = 400
"""Days that a number may stand for."""
_TODAY, _YESTERDAY = frozenset({"today", "leo"}), frozenset({"yesterday", "jana"})
_BETWEEN = re.compile(r"\s*(?:\.\.+|\bto\b|\bhadi\b)\s*")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}))?")
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 30)


def read_days(typed: str, today: date) -> tuple[date, date] | None:
    """The first and last day meant, None for all of them; ValueError when nobody could tell.

    `today`, `yesterday`, `leo`, `jana`, `2026-11-21`, `21/11`, `21/11/2026`; two of them with `..`, `to` or `hadi` between,
    either of which may be left out; or a number, for so many days up to today.
    """
    words = " ".join(typed.lower().split())
    if not words:
        return None
    if words.isdecimal():
        if not 1 <= int(words) <= MOST:
            raise ValueError(typed)
        return today - timedelta(days=int(words) - 1), today
    parts = _BETWEEN.split(words)
    if len(parts) > 2 or not any(parts):
        raise ValueError(typed)
    if len(parts) == 1:
        day = _day(words, today)
        return day, day
    first = _day(parts[0], today) if parts[0] else _FIRST
    last = _day(parts[1], today) if parts[1] else today
    if first > last:
        raise ValueError(typed)
    return first, last


def _day(word: str, today: date) -> date:
    if word in _TODAY:
        return today
    if word in _YESTERDAY:
        return today - timedelta(days=1)
    if slashed := _SLASHED.fullmatch(word):
        day, month, year = slashed.groups()
        found = date(int(year or today.year), int(month), int(day))
    else:
        found = date.fromisoformat(word)
    if not _FIRST <= found <= _LAST:
        raise ValueError(word)
    return found
