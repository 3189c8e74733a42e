"""KML with times: Google's `gx:Track` and `gx:MultiTrack` (developers.google.com/kml/documentation/kmlreference, gxtrack).

A `gx:Track` holds as many `when` as `gx:coord` (longitude, latitude, altitude), paired in their order; tracks of one
`gx:MultiTrack` are segments of one recording. Lines and points without times are no recordings.
"""

from collections.abc import Mapping
from itertools import zip_longest
from math import nan

from . import markup
from .found import Found, Unreadable, moment, number, word

ROOT = "kml"
_BEATS = frozenset({"heartrate", "heart_rate", "hr"})
_LINES = frozenset({"LineString", "Point", "LinearRing"})


def reader(text: markup.Text, _: Mapping[str, str]) -> markup.Reader:
    """A reader of what is below `kml`."""
    local = markup.Locals()
    found: list[Found] = []
    path = [ROOT]
    title: str | None = None
    moments: list[int] = []
    places: list[str] = []
    beats: list[float] = []
    in_beats = False
    lines = 0

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal title, in_beats, lines
        text.clear()
        tag = local[name]
        path.append(tag)
        if len(path) > markup.DEEPEST:
            raise markup.too_deep()
        if tag == "Placemark":
            title = None
        elif tag == "MultiTrack":
            found.append(Found(title=title))
        elif tag == "Track":
            moments.clear()
            places.clear()
            beats.clear()
            if "MultiTrack" not in path:
                found.append(Found(title=title))
        elif tag == "SimpleArrayData":
            in_beats = given.get("name", "").lower() in _BEATS
        elif tag in _LINES:
            lines += 1

    def end(name: str) -> None:
        nonlocal title
        tag = path.pop()
        if tag == "when":
            moments.append(moment("".join(text)))
        elif tag == "coord":
            places.append("".join(text))
        elif tag == "value" and in_beats:
            beats.append(number("".join(text)))
        elif tag == "name" and path[-1] == "Placemark":
            title = word("".join(text))
        elif tag == "Track":
            close(found[-1])

    def close(track: Found) -> None:
        track.segments.append(len(track))
        for at, place, beat in zip_longest(moments, places, beats[: len(places)]):
            lon, lat, altitude, *_ = [*map(number, (place or "").split()), nan, nan, nan]
            track.add(at or 0, lat, lon, altitude, nan, nan, nan if beat is None else beat)

    def finish() -> list[Found]:
        if not found:
            raise Unreadable("without_times", "route") if lines else Unreadable("without_positions")
        return found

    return markup.Reader(start, end, finish)
