"""TCX, Garmin's Training Center Database v2 (www8.garmin.com/xmlschemas/TrainingCenterDatabasev2.xsd).

Each `Activity` is a recording; a `Track` within a `Lap` is a segment, so that a stop shows as a gap between two. Courses have no
times of anybody's and are no recordings.
"""

from collections.abc import Mapping
from math import nan

from . import markup
from .found import Found, Unreadable, moment, number, word
from .sports import of_word

ROOT = "TrainingCenterDatabase"


def reader(text: markup.Text, _: Mapping[str, str]) -> markup.Reader:
    """A reader of what is below `TrainingCenterDatabase`."""
    local = markup.Locals()
    found: list[Found] = []
    path = [ROOT]
    open_activity = False
    courses = 0
    lat = lon = altitude = speed = beats = nan
    at = 0

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal open_activity, courses, lat, lon, altitude, speed, beats, at
        text.clear()
        tag = local[name]
        path.append(tag)
        if len(path) > markup.DEEPEST:
            raise markup.too_deep()
        if tag == "Trackpoint":
            lat = lon = altitude = speed = beats = nan
            at = 0
        elif tag == "Activity":
            open_activity = True
            found.append(Found(sport=of_word(given.get("Sport", ""))))
        elif tag == "Course":
            courses += 1
        elif not open_activity:
            return
        elif tag == "Lap":
            if begun := moment(given.get("StartTime", "")):
                found[-1].laps.append(begun)
        elif tag == "Track":
            found[-1].segments.append(len(found[-1]))

    def end(name: str) -> None:
        nonlocal open_activity, lat, lon, altitude, speed, beats, at
        tag = path.pop()
        if not open_activity:
            return
        if tag == "Trackpoint":
            found[-1].add(at, lat, lon, altitude, speed, nan, beats)
        elif tag == "Time":
            at = moment("".join(text))
        elif tag == "LatitudeDegrees":
            lat = number("".join(text))
        elif tag == "LongitudeDegrees":
            lon = number("".join(text))
        elif tag == "AltitudeMeters":
            altitude = number("".join(text))
        elif tag == "Value":  # also of a lap's mean and greatest, which the next point forgets
            if path[-1] == "HeartRateBpm":
                beats = number("".join(text))
        elif tag == "Speed":
            speed = number("".join(text))
        elif tag == "Activity":
            open_activity = False
        else:
            about(found[-1], tag)

    def about(activity: Found, tag: str) -> None:
        if tag == "Id":
            activity.source_key = f"tcx:{said}" if (said := word("".join(text))) else None
        elif tag == "Notes" and path[-1] == "Activity":
            activity.title = word("".join(text))
        elif tag == "Name" and path[-1] == "Creator":
            activity.creator = word("".join(text))

    def finish() -> list[Found]:
        if not found:
            raise Unreadable("without_times", "route") if courses else Unreadable("without_positions")
        return found

    return markup.Reader(start, end, finish)
