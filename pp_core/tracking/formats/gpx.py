"""GPX 1.0 and 1.1 (topografix.com/gpx.asp) with Garmin's TrackPointExtension under any prefix.

Each `trk` is a recording, and its segments are its segments. Routes have no times and are no recordings.
"""

from collections.abc import Mapping
from math import nan

from . import markup
from .found import Found, Unreadable, moment, number, word
from .sports import of_word

ROOT = "gpx"
_TRACK = 1  # levels below the root
_BEATS = ("hr", "heartrate")


def reader(text: markup.Text, attributes: Mapping[str, str]) -> markup.Reader:
    """A reader of what is below `gpx`."""
    creator = word(attributes.get("creator", ""))
    local = markup.Locals()
    found: list[Found] = []
    routes = depth = 0
    point = 0  # how deep the open point is; 0 outside points
    lat = lon = altitude = speed = beats = nan
    at = 0
    deepest = markup.DEEPEST
    clear = text.clear

    # Both are called for each tag of fifty thousand points: what is in a point comes first, and is as short as it can be.
    def start(name: str, given: dict[str, str]) -> None:
        nonlocal depth, point, lat, lon, altitude, speed, beats, at, routes
        depth += 1
        clear()
        if depth > deepest:
            raise markup.too_deep()
        if point:
            return
        tag = local[name]
        if tag == "trkpt" and found:
            point = depth
            altitude = speed = beats = nan
            at = 0
            try:
                lat, lon = float(given["lat"]), float(given["lon"])
            except (KeyError, ValueError):
                lat = lon = nan
        elif tag == "trkseg" and found:
            found[-1].segments.append(len(found[-1]))
        elif depth == _TRACK:
            if tag == "trk":
                found.append(Found(creator=creator))
            elif tag == "rte":
                routes += 1

    def end(name: str) -> None:
        nonlocal depth, point, altitude, speed, beats, at
        depth -= 1
        if not point:
            if depth == _TRACK and found:
                about(found[-1], local[name])
        elif depth < point:
            point = 0
            found[-1].add(at, lat, lon, altitude, speed, nan, beats)
        elif name == "time":
            if depth == point:  # and not an extension's
                at = moment("".join(text))
        elif name == "ele":
            if depth == point:
                altitude = number("".join(text))
        else:
            tag = local[name]
            if tag in _BEATS:
                beats = number("".join(text))
            elif tag == "speed":  # a point's own in GPX 1.0, an extension's since
                speed = number("".join(text))
            elif depth == point and tag == "time":
                at = moment("".join(text))
            elif depth == point and tag == "ele":
                altitude = number("".join(text))

    def about(track: Found, tag: str) -> None:
        if tag == "name":
            track.title = word("".join(text))
        elif tag == "type":
            track.sport = of_word("".join(text))

    def finish() -> list[Found]:
        if not found:
            raise Unreadable("without_times", "route") if routes else Unreadable("without_positions")
        return found

    return markup.Reader(start, end, finish)
