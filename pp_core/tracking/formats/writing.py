"""Tracks as files that other programs read: GPX, TCX, GeoJSON and CSV.

Positions are written to 1e-7 degrees (a centimetre), heights and speeds to 0.1, times to the millisecond in UTC.
"""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from math import isfinite
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from pp_core.tracking.operations import FileFormat, Sport
from pp_core.tracking.rules.track import Track, metres_between

CREATOR = "Progress Pulse"
_GARMIN = "http://www.garmin.com/xmlschemas/TrackPointExtension/v2"
_TCX = "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
_TPX = "http://www.garmin.com/xmlschemas/ActivityExtension/v2"
_TCX_SPORTS = {Sport.RUN: "Running", Sport.RIDE: "Biking"}  # and Other: it has no more
_GPX_SPORTS = {
    Sport.RUN: "running", Sport.WALK: "walking", Sport.HIKE: "hiking", Sport.RIDE: "cycling", Sport.SWIM: "swimming",
    Sport.ROW: "rowing", Sport.SKATE: "skating", Sport.OTHER: "other",
}  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Outing:
    """What a file says of an activity. `begins` are the places of the points that begin a segment, the first one among them."""

    track: Track
    sport: Sport
    title: str | None
    begins: Sequence[int]

    def segments(self) -> list[Track]:
        """The stretches between pauses."""
        bounds = [*self.begins, len(self.track)]
        return [self.track[first:last] for first, last in pairwise(bounds)]


def written(form: FileFormat, outing: Outing) -> bytes:
    """The file."""
    return _WRITERS[form](outing)


def _gpx(outing: Outing) -> bytes:
    from gpxpy.gpx import GPX, GPXTrack, GPXTrackPoint, GPXTrackSegment

    file = GPX()
    file.creator = CREATOR
    file.nsmap["gpxtpx"] = _GARMIN
    line = GPXTrack(name=outing.title)
    line.type = _GPX_SPORTS[outing.sport]  # type: ignore[assignment]
    file.tracks.append(line)
    for segment in outing.segments():
        part = GPXTrackSegment()
        line.segments.append(part)
        for at, lat, lon, altitude, speed, beats in _points(segment):
            point = GPXTrackPoint(lat, lon, elevation=altitude, time=at)
            if beats or speed is not None:
                point.extensions.append(_garmin_extension(speed, beats))
            part.points.append(point)
    return file.to_xml(version="1.1").encode()


def _garmin_extension(speed: float | None, beats: int) -> ET.Element:
    extension = ET.Element(f"{{{_GARMIN}}}TrackPointExtension")
    if beats:
        ET.SubElement(extension, f"{{{_GARMIN}}}hr").text = str(beats)
    if speed is not None:
        ET.SubElement(extension, f"{{{_GARMIN}}}speed").text = str(speed)
    return extension


def _tcx(outing: Outing) -> bytes:
    track = outing.track
    root = ET.Element("TrainingCenterDatabase", {"xmlns": _TCX, "xmlns:tpx": _TPX})

    def child(parent: ET.Element, tag: str, text: str | None = None, **more: str) -> ET.Element:
        made = ET.SubElement(parent, tag, more)
        made.text = text
        return made

    begins = _moment(int(track.ts[0]))
    activity = child(child(root, "Activities"), "Activity", Sport=_TCX_SPORTS.get(outing.sport, "Other"))
    child(activity, "Id", _iso(begins))
    lap = child(activity, "Lap", StartTime=_iso(begins))
    child(lap, "TotalTimeSeconds", f"{(int(track.ts[-1]) - int(track.ts[0])) / 1000:.3f}")
    child(
        lap, "DistanceMeters", f"{sum(float(metres_between(one.lat, one.lon).sum()) for one in outing.segments()):.1f}"
    )
    child(lap, "Calories", "0")
    child(lap, "Intensity", "Active")
    child(lap, "TriggerMethod", "Manual")
    for segment in outing.segments():
        line = child(lap, "Track")
        for at, lat, lon, altitude, speed, beats in _points(segment):
            point = child(line, "Trackpoint")
            child(point, "Time", _iso(at))
            position = child(point, "Position")
            child(position, "LatitudeDegrees", str(lat))
            child(position, "LongitudeDegrees", str(lon))
            if altitude is not None:
                child(point, "AltitudeMeters", str(altitude))
            if beats:
                child(child(point, "HeartRateBpm"), "Value", str(beats))
            if speed is not None:
                child(child(child(point, "Extensions"), "tpx:TPX"), "tpx:Speed", str(speed))
    if outing.title:
        child(activity, "Notes", outing.title)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + bytes(ET.tostring(root, encoding="utf-8"))


def _geojson(outing: Outing) -> bytes:
    """RFC 7946; times, speeds and beats under the names that Mapbox's and Garmin's readers know."""
    lines, times, beats, speeds = [], [], [], []
    for segment in outing.segments():
        points = list(_points(segment))
        lines.append([[lon, lat] if height is None else [lon, lat, height] for _, lat, lon, height, _, _ in points])
        times.append([_iso(point[0]) for point in points])
        speeds.append([point[4] for point in points])
        beats.append([point[5] or None for point in points])
    several = len(lines) > 1

    def of(values: list[Any]) -> Any:
        return values if several else values[0]

    feature = {
        "type": "Feature",
        "geometry": {"type": "MultiLineString" if several else "LineString", "coordinates": of(lines)},
        "properties": {
            "name": outing.title,
            "sport": outing.sport.value,
            "coordTimes": of(times),
            "heartRates": of(beats),
            "speeds": of(speeds),
        },
    }
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False).encode()


def _csv(outing: Outing) -> bytes:
    """Numbers and times alone: no cell is anybody's text, so that none can be a formula."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("time", "latitude", "longitude", "altitude_m", "speed_m_s", "heart_rate", "accuracy_m", "segment"))
    for number, segment in enumerate(outing.segments(), 1):
        for (at, lat, lon, altitude, speed, beats), accuracy in zip(
            _points(segment), segment.accuracy.tolist(), strict=True
        ):
            near = _rounded(accuracy)
            writer.writerow((_iso(at), f"{lat:.7f}", f"{lon:.7f}", altitude, speed, beats or None, near, number))
    return out.getvalue().encode()


def _points(track: Track) -> Any:
    """(moment, lat, lon, altitude, speed, beats) of each point; None for what is unknown, 0 for no beats."""
    lats, lons = np.round(track.lat, 7).tolist(), np.round(track.lon, 7).tolist()
    heights, speeds = track.altitude.tolist(), track.speed.tolist()
    moments, beats = track.ts.tolist(), track.heart_rate.tolist()
    for at, lat, lon, height, speed, beat in zip(moments, lats, lons, heights, speeds, beats, strict=True):
        yield _moment(at), lat, lon, _rounded(height), _rounded(speed), beat


def _rounded(value: float) -> float | None:
    return round(value, 1) if isfinite(value) else None


def _moment(ts: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ts)


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


_WRITERS: Mapping[FileFormat, Callable[[Outing], bytes]] = {
    FileFormat.GPX: _gpx,
    FileFormat.TCX: _tcx,
    FileFormat.GEOJSON: _geojson,
    FileFormat.CSV: _csv,
}
