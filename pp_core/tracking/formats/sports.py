"""What files call a sport, as values of `operations.Sport`."""

from collections.abc import Mapping

_WORDS: Mapping[str, tuple[str, ...]] = {
    "run": ("run", "jog", "track_and_field"),
    "walk": ("walk", "stroll"),
    "hike": ("hik", "trek", "mountaineer"),
    "ride": ("cycl", "bik", "ride", "mtb"),
    "swim": ("swim",),
    "row": ("row",),
    "skate": ("skat",),
}
_MOTORS = ("motor", "e_bik", "ebik", "e_cycl", "electric", "horse")
"""Not by one's own strength, whatever else the word says."""
_STRAVA = {"1": "ride", "4": "hike", "9": "run", "10": "walk", "16": "swim"}
"""The numbers that Strava wrote into `<type>` of its exports before it wrote words."""
_FIT = {1: "run", 2: "ride", 5: "swim", 11: "walk", 15: "row", 16: "hike", 17: "hike", 30: "skate", 33: "skate"}
"""`sport` of Garmin's FIT profile (developer.garmin.com/fit/overview, Profile.xlsx, type `sport`)."""
_FIT_GENERIC = 0


def of_word(text: str) -> str | None:
    """The sport that a word such as `trail_running`, `Biking` or `9` names; `other` for any other word, None for no word."""
    said = text.strip().lower().replace(" ", "_").replace("-", "_")
    if not said or said in ("generic", "unknown", "none", "default"):
        return None
    if said in _STRAVA:
        return _STRAVA[said]
    if any(motor in said for motor in _MOTORS):
        return "other"
    parts = said.split("_")
    return next(
        (sport for sport, words in _WORDS.items() if any(part.startswith(word) for part in parts for word in words)),
        "other",
    )


def of_fit(number: object) -> str | None:
    """The sport of a number in a FIT file; None where it says nothing."""
    if not isinstance(number, int) or number == _FIT_GENERIC:
        return None
    return _FIT.get(number, "other")
