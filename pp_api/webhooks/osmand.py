"""What Traccar Client, OsmAnd and GPSLogger send: points as fields of a query or form, or as JSON.

- Fields (https://www.traccar.org/osmand/, https://osmand.net/docs/user/plugins/trip-recording#online-tracking,
  https://gpslogger.app/ "Custom URL"): `lat`, `lon` (or `location`, both with a comma), `timestamp` in seconds, milliseconds or
  ISO 8601, `altitude` and `accuracy` in metres, `speed`, `valid`. They come in the query of a GET or POST, or as a form.
  Traccar Client names the device (`id` or `deviceid`) and sends speed in knots, as Traccar's protocol has it; OsmAnd and
  GPSLogger, at the address we give out, name none and send metres a second. OsmAnd's `hdop` holds the accuracy in metres.
- JSON (Traccar Client from 9.0, https://www.traccar.org/osmand/): `{"location": {"timestamp", "coords": {"latitude",
  "longitude", "accuracy", "speed", "heading", "altitude"}}, "device_id"}` with metres and metres a second, negative where the
  phone does not know; `location` is a list where the app sends several at a time.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pp_core.tracking.operations import PointIn
from pp_core.tracking.operations.trackers import Unusable

from .readings import Reading, UnreadableError, figure, moment, object_of

KNOT = 1852 / 3600
"""Metres a second."""
_NAMES = {
    "lat": ("lat", "latitude"),
    "lon": ("lon", "longitude", "lng"),
    "timestamp": ("timestamp", "time"),
    "altitude": ("altitude", "alt"),
    "speed": ("speed", "spd"),
    "accuracy": ("accuracy", "acc", "hdop"),
}
"""What a field is called; the second names are GPSLogger users' own."""


def read_fields(fields: Mapping[str, str]) -> Reading:
    """The point that the fields of a query or form tell. UnreadableError where a field that a point needs cannot be read."""
    if fields.get("valid", "true").lower() in ("false", "0"):
        return Reading(unusable=("no_fix",))
    lat, lon = _place(fields)
    at = moment(_field(fields, "timestamp"))
    if at is None:
        raise UnreadableError("timestamp")
    speed = figure(_field(fields, "speed"), least=0)
    in_knots = "id" in fields or "deviceid" in fields
    return Reading(
        points=(
            PointIn(
                ts=datetime.fromtimestamp(at, UTC),
                lat=lat,
                lon=lon,
                altitude=figure(_field(fields, "altitude")),
                speed=speed * KNOT if speed is not None and in_knots else speed,
                accuracy=figure(_field(fields, "accuracy"), least=0),
            ),
        )
    )


def _field(fields: Mapping[str, str], name: str) -> str | None:
    return next((fields[one] for one in _NAMES[name] if fields.get(one)), None)


def _place(fields: Mapping[str, str]) -> tuple[float, float]:
    both = (_field(fields, "lat"), _field(fields, "lon"))
    if both == (None, None) and "location" in fields:
        lat, _, lon = fields["location"].partition(",")
        both = (lat, lon)
    found = []
    for name, raw in zip(("lat", "lon"), both, strict=True):
        try:
            found.append(float(raw or ""))
        except ValueError:
            raise UnreadableError(name) from None
    return found[0], found[1]


def read_json(message: Mapping[str, Any]) -> Reading:
    """What the JSON of Traccar Client tells; UnreadableError where it is of another shape altogether."""
    location = message.get("location")
    reading = Reading()
    for one in location if isinstance(location, list) else [location]:
        found = _located(object_of(one, "location"))
        reading += Reading(points=(found,)) if isinstance(found, PointIn) else Reading(unusable=(found,))
    return reading


def _located(location: Mapping[str, Any]) -> PointIn | Unusable:
    coords = location.get("coords")
    if not isinstance(coords, dict):
        return "no_position"
    lat, lon, at = figure(coords.get("latitude")), figure(coords.get("longitude")), moment(location.get("timestamp"))
    if lat is None or lon is None:
        return "no_position"
    if at is None:
        return "no_time"
    return PointIn(
        ts=datetime.fromtimestamp(at, UTC),
        lat=lat,
        lon=lon,
        altitude=figure(coords.get("altitude")),
        speed=figure(coords.get("speed"), least=0),
        accuracy=figure(coords.get("accuracy"), least=0),
    )
