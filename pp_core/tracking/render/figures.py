"""Distances, times and paces as people of a sport read them. The same in English and Swahili."""

from pp_core.kernel.wording import number
from pp_core.tracking.operations import Sport

_PACED = {Sport.RUN: 1000, Sport.WALK: 1000, Sport.HIKE: 1000, Sport.SWIM: 100, Sport.ROW: 500}
"""Sports whose people speak of the time for so many metres; all others of kilometres an hour."""
_UNITS = {1000: "/km", 500: "/500 m", 100: "/100 m"}
_ROUND_SECONDS, _ROUND_SPEED = 5, 0.5


def paced(sport: Sport) -> bool:
    """Whether the sport speaks of time for a distance rather than of speed."""
    return sport in _PACED


def metres_of_pace(sport: Sport) -> int | None:
    """For how many metres the sport's pace is; None where people speak of speed."""
    return _PACED.get(sport)


def duration(seconds: float) -> str:
    """`28:30`, `1:02:03`; `0:09` under a minute."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def distance(metres: float) -> str:
    """`850 m`, `5.23 km`."""
    return f"{number(round(metres))} m" if metres < 1000 else f"{number(metres / 1000)} km"


def height(metres: float) -> str:
    """`1,795 m`."""
    return f"{number(round(metres))} m"


def pace(seconds_per_metre: float, sport: Sport) -> str:
    """`5:32 /km` for who runs, `1:45 /100 m` for who swims, `2:05 /500 m` for who rows, `24.5 km/h` for who rides."""
    metres = _PACED.get(sport)
    if metres is None:
        return f"{number(3.6 / seconds_per_metre, 1)} km/h"
    return f"{duration(seconds_per_metre * metres)} {_UNITS[metres]}"


def bare_pace(seconds_per_metre: float, sport: Sport) -> str:
    """`5:32`, without its unit, for where that stands once beside many."""
    return pace(seconds_per_metre, sport).partition(" ")[0]


def unit(sport: Sport) -> str:
    """What `bare_pace` leaves out."""
    return _UNITS[_PACED[sport]] if sport in _PACED else "km/h"


def rounded(seconds_per_metre: float, sport: Sport) -> float:
    """The pace nearest by that is a round figure: of five seconds, or half a kilometre an hour."""
    metres = _PACED.get(sport)
    if metres is None:
        return 3.6 / (max(1, round(3.6 / seconds_per_metre / _ROUND_SPEED)) * _ROUND_SPEED)
    return max(1, round(seconds_per_metre * metres / _ROUND_SECONDS)) * _ROUND_SECONDS / metres
