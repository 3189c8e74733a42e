"""How far somebody has come while they are still going: the summary's own arithmetic on the last minutes, again and again."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from pp_core.tracking.operations import Sport
from pp_core.tracking.rules.summary import Shaped, shaped
from pp_core.tracking.rules.track import Track
from pp_core.tracking.rules.validation import Point

MARGIN_MS: Final = 60_000
"""What is steadied of a moment hangs on what lies this near to it; further away it changes nothing that would be seen."""

LOOK_BACK: Final = 60
"""Points before a new one that tell how much further it is. From the last one alone a noisy walk comes out at up to six times
its length and each stop as motion; from sixty it is within 1 % of the whole, whether a point comes each second or each 15."""


def further(track: Track, sport: Sport, since: int, pauses: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """How many metres, and seconds in motion, the points after `since` add to those up to it.

    Less than nothing where they show that what was counted was noise. `track` begins `LOOK_BACK` points before them; `since`
    and `pauses` are its milliseconds.
    """
    metres, moving = so_far(track, sport, pauses)
    before = so_far(track[track.ts <= since], sport, pauses)
    return metres - before[0], moving - before[1]


def so_far(track: Track, sport: Sport, pauses: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Metres, and seconds in motion, of a whole track."""
    shape = shaped(track, sport, pauses)
    return (float(shape.metres[-1]), float(shape.moving[-1])) if len(shape.metres) else (0.0, 0.0)


class Progress:
    """The distance and the time in motion of a live track, a step at a time.

    Only the last minutes are held and measured anew at each step, so that it costs the same at the end of a marathon as at its
    beginning. What is more than `MARGIN_MS` old is settled: the filter and the smoother see enough on both its sides to say
    what they will say of the whole track.
    """

    __slots__ = ("_base", "_grown", "_metres", "_moving", "_points", "_sport", "last_ts")

    def __init__(self, sport: Sport) -> None:
        self._sport = sport
        self._points: list[Point] = []
        self._base: int | None = None
        self._metres = self._moving = 0.0  # since the base, as told so far
        self._grown = False
        self.last_ts: int | None = None

    @property
    def grown(self) -> bool:
        """Whether points came since the last step."""
        return self._grown

    @property
    def held(self) -> int:
        """How many points it remembers."""
        return len(self._points)

    def add(self, point: Point) -> None:
        """Takes a point; one that is not later than the last is left to the summary."""
        if self.last_ts is not None and point.ts <= self.last_ts:
            return
        self._points.append(point)
        self.last_ts = point.ts
        self._grown = True

    def begin_anew(self) -> None:
        """What comes next does not continue from here: there was a pause."""
        self._points.clear()
        self._base, self._metres, self._moving, self._grown = None, 0.0, 0.0, False

    def step(self) -> tuple[float, float]:
        """Metres, and seconds in motion, that came on top since the last step; never less than nothing."""
        self._grown = False
        if len(self._points) < 2:
            return 0.0, 0.0
        shape = shaped(self._track(), self._sport)
        if len(shape.track) < 2:
            return 0.0, 0.0
        base = self._points[0].ts if self._base is None else self._base
        metres, moving = _between(shape, base, self._points[-1].ts)
        more = max(metres - self._metres, 0.0), max(moving - self._moving, 0.0)
        self._metres += more[0]
        self._moving += more[1]
        self._settle(shape, base)
        return more

    def _track(self) -> Track:
        ts, lat, lon, _, speed, accuracy, _ = zip(*self._points, strict=True)
        return Track.of(ts, lat, lon, speed=np.array(speed, float), accuracy=np.array(accuracy, float))

    def _settle(self, shape: Shaped, base: int) -> None:
        """Move the base to what is old enough, and forget what is further back than it needs."""
        ahead = self._points[-1].ts - MARGIN_MS
        if ahead - base < MARGIN_MS:
            self._base = base
            return
        metres, moving = _between(shape, base, ahead)
        self._metres -= metres
        self._moving -= moving
        self._base = ahead
        self._points = [point for point in self._points if point.ts >= ahead - MARGIN_MS]


def _between(shape: Shaped, begin: int, end: int) -> tuple[float, float]:
    metres = np.interp([begin, end], shape.track.ts, shape.metres)
    moving = np.interp([begin, end], shape.track.ts, shape.moving)
    return float(metres[1] - metres[0]), float(moving[1] - moving[0])
