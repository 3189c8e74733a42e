"""What readers of track files find, as raw columns; and how they refuse a file.

Nothing here judges a value: `columns` does, at once for all points and outside the process that reads what strangers sent.
"""

from array import array
from datetime import UTC, datetime
from math import nan
from typing import Any

_LONGEST_WORD = 200
Pause = tuple[int, int]
"""Milliseconds since 1970 from which and until which the recording stood still."""


class Unreadable(Exception):  # noqa: N818 - a fact about a file, as problems are
    """A file that gives no track. `code` names the problem that callers raise, `reason` what exactly is wrong with it.

    Codes: `not_track`, `damaged`, `hostile`, `without_times`, `without_positions`, `too_large`, `too_slow`.
    """

    def __init__(self, code: str, reason: str | None = None, **data: Any) -> None:
        super().__init__(code, reason, data)
        self.code = code
        self.data: dict[str, Any] = {"reason": reason, **data} if reason else data


class Found:
    """One recording in a file: points in the order of the file and whatever it says of them.

    Milliseconds since 1970 (0: no time), degrees, metres, metres a second, beats a minute; NaN where nothing is said.
    `segments` are the places of the points with which a segment begins, for formats that pause by beginning a new one;
    `pauses` are those that a format tells. `sport` is a value of `operations.Sport`, None where the file says nothing.
    `laps` are the moments at which laps begin. `source_key` is the same whenever the same recording is exported again, in
    formats that have such a key.
    """

    # Written out: `dataclasses` alone would make up a third of the time in which a reader starts.
    def __init__(
        self,
        *,
        sport: str | None = None,
        title: str | None = None,
        creator: str | None = None,
        source_key: str | None = None,
    ) -> None:
        self.ts = array("q")
        self.lat, self.lon, self.altitude = array("d"), array("d"), array("d")
        self.speed, self.accuracy, self.heart_rate = array("d"), array("d"), array("d")
        self.segments: list[int] = []
        self.pauses: list[Pause] = []
        self.laps: list[int] = []
        self.sport, self.title, self.creator, self.source_key = sport, title, creator, source_key

    def __len__(self) -> int:
        return len(self.ts)

    def add(
        self,
        ts: int,
        lat: float,
        lon: float,
        altitude: float = nan,
        speed: float = nan,
        accuracy: float = nan,
        heart_rate: float = nan,
    ) -> None:
        """Take one point."""
        self.ts.append(ts)
        self.lat.append(lat)
        self.lon.append(lon)
        self.altitude.append(altitude)
        self.speed.append(speed)
        self.accuracy.append(accuracy)
        self.heart_rate.append(heart_rate)

    def columns(self) -> "tuple[array[Any], ...]":
        """The columns in the order of a Track's."""
        return self.ts, self.lat, self.lon, self.altitude, self.speed, self.accuracy, self.heart_rate


def moment(text: str) -> int:
    """An ISO 8601 time as milliseconds since 1970; without a zone it is UTC, as all these formats have it. 0 if none."""
    try:
        at = datetime.fromisoformat(text.strip())
        return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0


def number(text: str) -> float:
    """A decimal number; NaN for what is none."""
    try:
        return float(text)
    except ValueError:
        return nan


def word(text: str) -> str | None:
    """A name in a file as one line without control characters, at most 200 characters; None when nothing is left."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:_LONGEST_WORD] or None
