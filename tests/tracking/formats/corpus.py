"""A corpus of track files: good, odd and hostile, each with what must come of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
BEGIN_MS = int(BEGIN.timestamp() * 1000)
LAT, LON = -1.2921, 36.8219
STEP = 0.00003
"""Degrees north a second: 3.3 m."""
COUNT = 30


@dataclass(frozen=True)
class Right:
    """What a file must give: for each of its recordings the number of points, and what else is said here of the first."""

    points: tuple[int, ...] = (COUNT,)
    sport: str | None = "run"
    heart_rate: int = 0
    altitude: float | None = 1660.0
    pauses: tuple[tuple[int, int], ...] = ()  # seconds into the recording
    laps: int = 0
    skipped: tuple[tuple[str, int], ...] = ()
    title: str | None = None


@dataclass(frozen=True)
class Wrong:
    """The code of the problem that a file must give, and its reason."""

    code: str
    reason: str | None = None


@dataclass(frozen=True)
class Case:
    """One file."""

    name: str
    content: bytes
    expected: Right | Wrong


Maker = Callable[[], Iterator[Case]]
MAKERS: list[Maker] = []


def maker(make: Maker) -> Maker:
    """Register what makes some of the files."""
    MAKERS.append(make)
    return make


def at(second: float) -> str:
    """The moment so many seconds into the recording."""
    return (BEGIN + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def place(step: int) -> tuple[float, float]:
    """Where somebody is after so many seconds: due north of the start."""
    return LAT + STEP * step, LON


def cases() -> list[Case]:
    """The whole corpus."""
    from . import corpus_archives, corpus_fit, corpus_gpx, corpus_tcx  # noqa: F401 - they register theirs

    return [case for make in MAKERS for case in make()]
