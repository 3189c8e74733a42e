"""What of an activity others may see."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

import numpy as np

from pp_core.tracking.operations import Hidden, Summary
from pp_core.tracking.rules.filtering import Mask
from pp_core.tracking.rules.summary import Shaped
from pp_core.tracking.rules.track import EARTH_METRES, Floats, Track

PAD_SHARE: Final = 0.2


class Circle(NamedTuple):
    """A privacy zone: degrees, metres, and a secret of its own that nobody else can guess."""

    lat: float
    lon: float
    radius: float
    salt: str = ""


def visible(track: Track | Shaped, zones: Sequence[Circle]) -> Mask:
    """True for each point that others may see: outside all zones.

    Ways that end on the edge of a circle tell its centre, which is somebody's home: three such ends of different days are
    enough (Hassan et al. 2018, Analysis of privacy protections in fitness tracking social networks, USENIX Security). So
    each zone is cut up to 20 % of its radius wider, and not evenly: what is hidden is the zone and a larger circle beside
    it. How large and on which side is drawn from the zone and its salt, so it is the same for every activity and does not average
    out over many of them. A single point between two hidden ones, or beside one at an end, is hidden as well. What lies between a
    visible point and a hidden one must not be drawn either.
    """
    points = track.track if isinstance(track, Shaped) else track
    seen = np.ones(len(points), bool)
    for zone in zones:
        seen &= ~_within(points.lat, points.lon, zone)
    if seen.all():
        return seen
    around = np.concatenate([[False], seen, [False]])
    return np.asarray(seen & (around[:-2] | around[2:]))


def masked(summary: Summary, hidden: Collection[Hidden]) -> Summary:
    """The summary without what its owner hides.

    What could be worked out goes too: with the speed go the times of splits and efforts, and for the time in motion the
    time elapsed is told; with the heart rate go calories that were made of it. `MAP` and `START_TIME` are not in a summary.
    """
    if Hidden.HEART_RATE in hidden:
        splits = tuple(split.model_copy(update={"heart_rate": None}) for split in summary.splits)
        blank = {"heart_rate_avg": None, "heart_rate_max": None, "zones": (), "splits": splits}
        summary = summary.model_copy(update=blank)
        if summary.kcal_method and "heart rate" in summary.kcal_method:
            summary = summary.model_copy(update={"kcal": None, "kcal_method": None})
    if Hidden.SPEED in hidden:
        blank = {"average_speed": None, "max_speed": None, "splits": (), "efforts": ()}
        summary = summary.model_copy(update=blank | {"moving_s": summary.elapsed_s})
    if Hidden.CALORIES in hidden:
        summary = summary.model_copy(update={"kcal": None, "kcal_method": None})
    return summary


def _within(lat: Floats, lon: Floats, zone: Circle) -> Mask:
    """Points in a zone, or in the wider circle beside it that is drawn from the zone."""
    zone_lat, zone_lon, radius, salt = zone
    drawn = sha256(np.array(zone[:3], np.float64).tobytes() + salt.encode()).digest()
    pad, angle = PAD_SHARE * radius * _share(drawn[:4]), 2 * np.pi * _share(drawn[4:8])
    east = np.radians((lon - zone_lon + 180) % 360 - 180) * np.cos(np.radians(zone_lat)) * EARTH_METRES
    north = np.radians(lat - zone_lat) * EARTH_METRES
    inside = np.hypot(east, north) <= radius
    beside = np.hypot(east - pad / 2 * np.cos(angle), north - pad / 2 * np.sin(angle)) <= radius + pad / 2
    return np.asarray(inside | beside)


def _share(drawn: bytes) -> float:
    return int.from_bytes(drawn, "big") / 2**32
