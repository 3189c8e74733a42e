"""What files call a sport."""

import pytest

from pp_core.tracking.formats.sports import of_fit, of_word
from pp_core.tracking.operations import Sport


@pytest.mark.parametrize(
    ("words", "sport"),
    [
        (
            ("running", "Run", "trail_running", "Trail Running", "treadmill running", "virtual-run", "9", "Jogging"),
            "run",
        ),
        (("cycling", "Biking", "road_biking", "Mountain Bike Ride", "MTB", "gravel cycling", "1"), "ride"),
        (("walking", "Walk", "speed walking", "10"), "walk"),
        (("hiking", "Hike", "Trekking", "4"), "hike"),
        (("swimming", "open_water_swimming", "lap swim", "16"), "swim"),
        (("rowing", "Indoor Rowing"), "row"),
        (("inline_skating", "Ice Skate"), "skate"),
        (
            ("motorcycling", "E-Bike Ride", "e_biking", "horseback_riding", "kitesurfing", "Other", "brunch", "strike"),
            "other",
        ),
        (("", "  ", "generic", "Unknown"), None),
    ],
)
def test_words(words: tuple[str, ...], sport: str | None) -> None:
    assert {word: of_word(word) for word in words} == dict.fromkeys(words, sport)


@pytest.mark.parametrize(
    ("number", "sport"),
    [
        (0, None),
        (None, None),
        ([1, 2], None),
        (1, "run"),
        (2, "ride"),
        (5, "swim"),
        (11, "walk"),
        (17, "hike"),
        (21, "other"),
    ],
)
def test_numbers_of_fit(number: object, sport: str | None) -> None:
    assert of_fit(number) == sport


def test_every_sport_is_one_of_ours() -> None:
    assert {of_fit(number) for number in range(100)} - {None} <= set(Sport)
