"""What the OwnTracks apps send in HTTP mode: one JSON object in each request.

Sources: https://owntracks.org/booklet/tech/http/ and https://owntracks.org/booklet/tech/json/. An app posts everything that it
would publish by MQTT to one address, sometimes a body of no length (a friend that was removed), and expects a JSON array, of
which the empty one says that there is nothing for it. Only `location` tells where somebody is over time. What else there is
(`transition` and `waypoint` of its own regions, `lwt`, `card`, `cmd`, `status` ...) is about the app itself and needs no more
than an answer. `encrypted` is a location that only its sender can read.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pp_core.tracking.operations import PointIn
from pp_core.tracking.operations.trackers import Unusable

from .readings import Reading, figure, moment

KILOMETRES_AN_HOUR = 1 / 3.6


def read_owntracks(message: Mapping[str, Any]) -> Reading:
    """What one message tells: a point, why it is none, or nothing."""
    match message.get("_type"):
        case "location":
            found = _location(message)
            return Reading(points=(found,)) if isinstance(found, PointIn) else Reading(unusable=(found,))
        case "encrypted":
            return Reading(unusable=("encrypted",))
        case _:
            return Reading()


def _location(message: Mapping[str, Any]) -> PointIn | Unusable:
    """`tst` are seconds since 1970, `vel` kilometres an hour, `alt` and `acc` metres."""
    lat, lon, at = figure(message.get("lat")), figure(message.get("lon")), moment(message.get("tst"))
    if lat is None or lon is None:
        return "no_position"
    if at is None:
        return "no_time"
    speed = figure(message.get("vel"), least=0)
    return PointIn(
        ts=datetime.fromtimestamp(at, UTC),
        lat=lat,
        lon=lon,
        altitude=figure(message.get("alt")),
        speed=None if speed is None else speed * KILOMETRES_AN_HOUR,
        accuracy=figure(message.get("acc"), least=0),
    )
