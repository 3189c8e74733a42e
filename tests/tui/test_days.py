"""Days as people type them."""

from datetime import date

import pytest

from pp_tui.days import read_days

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("today", TODAY, TODAY),
        (" Leo ", TODAY, TODAY),
        ("yesterday", date(2026, 11, 20), date(2026, 11, 20)),
        ("jana", date(2026, 11, 20), date(2026, 11, 20)),
        ("1", TODAY, TODAY),
        ("7", date(2026, 11, 15), TODAY),
        ("2026-11-02", date(2026, 11, 2), date(2026, 11, 2)),
        ("2/11", date(2026, 11, 2), date(2026, 11, 2)),
        ("2/11/2025", date(2025, 11, 2), date(2025, 11, 2)),
        ("1/11..15/11", date(2026, 11, 1), date(2026, 11, 15)),
        ("2026-11-01 to yesterday", date(2026, 11, 1), date(2026, 11, 20)),
        ("1/11 hadi leo", date(2026, 11, 1), TODAY),
        ("15/11..", date(2026, 11, 15), TODAY),
        ("..15/11", date(1900, 1, 1), date(2026, 11, 15)),
    ],
)
def test_days_that_are_understood(typed: str, first: date, last: date) -> None:
    assert read_days(typed, TODAY) == (first, last)


@pytest.mark.parametrize("typed", ["", "  "])
def test_nothing_means_all_of_them(typed: str) -> None:
    assert read_days(typed, TODAY) is None


@pytest.mark.parametrize(
    "typed",
    ["whenever", "0", "401", "32/11", "21/13", "2/11/26", "15/11..1/11", "1/11..2/11..3/11", "..", "to", "9999-01-01",
     "1899-12-31"],
)  # fmt: skip
def test_what_nobody_could_tell(typed: str) -> None:
    with pytest.raises(ValueError):
        read_days(typed, TODAY)
