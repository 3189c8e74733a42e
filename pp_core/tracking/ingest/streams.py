"""A stream: what is known of one activity while points come in for it, and which points it takes."""

from asyncio import Event
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from pp_core.kernel.errors import Problem
from pp_core.kernel.settings import Figures as Rate
from pp_core.tracking.operations import Status
from pp_core.tracking.operations.points import StreamReplaced, TrackOpened
from pp_core.tracking.queries.points import milliseconds
from pp_core.tracking.rules.clock import ShiftEstimate
from pp_core.tracking.rules.progress import Progress
from pp_core.tracking.rules.sampling import wished_interval_s
from pp_core.tracking.rules.validation import DUPLICATE, Point, reason_against

FULL: Final = "full"
TOO_MANY: Final = "too_many"

_OBSERVE_MS: Final = 250
"""The clock is estimated from one message in this time: more of them say nothing more."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of points that are committed: the places of those that were stored already, and of those cut off."""

    duplicates: Sequence[int] = ()
    cut_off: Sequence[int] = ()


ALL_NEW: Final = Written()
Answered = Callable[[Written | Problem], None]


@dataclass(slots=True)
class Offer:
    """Points that a stream took and that wait for their commit; who gave them is `answered` then."""

    stream: "Stream"
    points: list[Point]
    answered: Answered


@dataclass(frozen=True, slots=True)
class Figures:
    """What a live activity comes to so far: metres, seconds in motion and since it began, metres a second at the last point."""

    distance_m: float
    moving_s: float
    elapsed_s: float
    speed: float | None
    points: int
    interval_s: int


class Holder(Protocol):
    """The socket that a stream comes by."""

    def end(self, problem: Problem) -> None:
        """It takes no more points, because of `problem`."""
        ...

    def changed(self) -> None:
        """There are new figures, or it was paused, resumed or finished."""
        ...


class Stream:
    """One live activity that points come in for, whatever socket they come by.

    Its activity, gym and person were settled by `OpenTrack`. It judges points on plain numbers; what it takes is written by
    `Ingest`, which tells it afterwards what the activity comes to.
    """

    def __init__(self, opened: TrackOpened, rate: Rate) -> None:
        self.tenant_id: UUID = opened.tenant_id
        self.activity_id: UUID = opened.activity_id
        self.person_id: UUID = opened.person_id
        self.status = opened.status
        self.cap = opened.cap
        self.stored = opened.points
        self.pending = 0
        """Points taken and not committed yet."""
        self.live_ts = opened.last_ts
        """The last moment in the activity's live row: what is added on top of anything else was counted by somebody else."""
        self.untold = 0
        self.unnoticed = False
        self.told_at = self.noticed_at = self.stepped_at = -1e9
        self.used_at = 0.0
        self._distance_m, self._moving_s = opened.distance_m, opened.moving_s
        self.metres = self.moving = 0.0
        """What came on top and stands in no live row yet."""
        self._sport = opened.sport
        self._started_ms = milliseconds(opened.started_at)
        self._shift = ShiftEstimate(opened.clock_shift_ms)
        self._observed = 0
        self._rate, self._tokens, self._charged = rate, float(rate[0]), 0
        self._last: Point | None = None
        self._progress = Progress(opened.sport)
        if opened.last_ts is not None and opened.last_lat is not None and opened.last_lon is not None:
            self._last = Point(milliseconds(opened.last_ts), opened.last_lat, opened.last_lon)
            if self.status == Status.LIVE:
                self._progress.add(self._last)
                self._progress.step()
        self._holder: Holder | None = None
        self.free = Event()
        """Set while nobody holds it."""
        self.free.set()

    @property
    def attached(self) -> bool:
        """Whether somebody holds it."""
        return self._holder is not None

    def attach(self, holder: Holder) -> None:
        """Be held by another; who held it before is ended with `StreamReplaced`."""
        self.end(StreamReplaced())
        self._holder = holder
        self.free.clear()

    def detach(self, holder: Holder) -> None:
        """Be let go of, unless somebody else has it by now."""
        if self._holder is holder:
            self._holder = None
            self.free.set()

    def end(self, problem: Problem) -> None:
        """Tell who holds it that it is over."""
        if self._holder is not None:
            self._holder.end(problem)

    def changed(self) -> None:
        """Tell who holds it that there is something new."""
        if self._holder is not None:
            self._holder.changed()

    @property
    def shift_ms(self) -> int:
        """What the device's clock is ahead of ours."""
        return self._shift.shift_ms

    @property
    def hurried(self) -> bool:
        """Whether the sender is about to be cut short: half of what it may send at once is used up."""
        return self._tokens < self._rate[0] / 2

    @property
    def wished_interval_s(self) -> int:
        """How often the device should measure now."""
        return wished_interval_s(self._speed, self.stored + self.pending, self.cap)

    @property
    def grown(self) -> bool:
        """Whether the figures would change if they were worked out now."""
        return self._progress.grown

    def judge(self, points: Sequence[Point], now_ms: int) -> tuple[list[Point], list[tuple[int, str]]]:
        """The points taken, and the others' places with the reason."""
        if not 0 <= now_ms - self._observed < _OBSERVE_MS:
            self._shift.observe(max(point[0] for point in points), now_ms)
            self._observed = now_ms
        shift, sport, last = self._shift.shift_ms, self._sport, self._last
        allowed = self._allowance(now_ms)
        room = self.cap - self.stored - self.pending
        good: list[Point] = []
        rejected: list[tuple[int, str]] = []
        for place, point in enumerate(points):
            if len(good) >= allowed:
                rejected.append((place, TOO_MANY))
                continue
            reason = reason_against(point, last=last, sport=sport, now=now_ms, shift_ms=shift)
            if reason is None:
                if len(good) >= room:
                    rejected.append((place, FULL))
                    continue
                last = point
                good.append(point)
            elif reason == DUPLICATE:
                # The key tells what is a repetition, here as among what is stored.
                good.append(point)
            else:
                rejected.append((place, reason))
        self._last = last
        self._tokens -= len(points)
        return good, rejected

    def offer(self, points: list[Point], answered: Answered) -> Offer:
        """The points, which `judge` took, as they are written."""
        if self.status == Status.LIVE:
            add = self._progress.add
            for point in points:
                add(point)
        self.pending += len(points)
        return Offer(self, points, answered)

    def step(self) -> None:
        """Work out how far it went since the last time."""
        metres, moving = self._progress.step()
        self.metres += metres
        self.moving += moving

    def settled(self, state: str, row_ts: datetime | None, distance_m: float | None, moving_s: float | None) -> bool:
        """Takes over what the live row says after a flush; True when the activity was paused, resumed or finished meanwhile."""
        if distance_m is not None and moving_s is not None:
            self._distance_m, self._moving_s, self.live_ts = distance_m, moving_s, row_ts
        if state == self.status:
            return False
        if self.status == Status.LIVE or state == Status.LIVE:
            self._progress.begin_anew()
        self.status = Status(state)
        return True

    def figures(self) -> Figures:
        """What it comes to so far."""
        last = self._last
        elapsed = 0.0 if last is None else max(0.0, (last.ts - self.shift_ms - self._started_ms) / 1000)
        return Figures(
            distance_m=self._distance_m + self.metres,
            moving_s=self._moving_s + self.moving,
            elapsed_s=elapsed,
            speed=self._speed,
            points=self.stored,
            interval_s=self.wished_interval_s,
        )

    @property
    def _speed(self) -> float | None:
        """Metres a second at the last point; iOS has -1 for what is not known."""
        speed = None if self._last is None else self._last.speed
        return None if speed is None or speed < 0 else speed

    def _allowance(self, now_ms: int) -> int:
        if now_ms == self._charged:
            return max(int(self._tokens), 0)
        most, seconds = self._rate
        self._tokens = min(
            float(most), max(self._tokens, 0.0) + max(0, now_ms - self._charged) * most / (seconds * 1000)
        )
        self._charged = now_ms
        return int(self._tokens)
