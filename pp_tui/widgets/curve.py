"""A line over a way or over time, in braille."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor, log10
from typing import Any

from pp_tui.widgets.chart import MARKS, Plot

Point = tuple[float, float | None]
_MARK_COLUMNS = 14
"""Columns that one figure along the width takes with some room."""
_LEAST_SHARE = 0.05
"""Of the height that the curve takes, how much more is left free above and below."""


class Curve(Plot):
    """One line with gaps where nothing is known; `level` is drawn across, `between` marks a part of the width."""

    def draw(
        self,
        title: str,
        points: Sequence[Point],
        *,
        across: Callable[[float], str],
        up: Callable[[float], str],
        level: float | None = None,
        between: tuple[float, float] | None = None,
        least: float = 1.0,
        unit: float = 1.0,
    ) -> None:
        """Show these, from the left; `across` and `up` word the figures at the axes, `least` is the least height shown.

        Figures along the width stand at round multiples of `unit`.
        """
        self.show(lambda figure: self._line(figure, title, points, across, up, level, between, least, unit))

    def _line(
        self,
        figure: Any,
        title: str,
        points: Sequence[Point],
        across: Callable[[float], str],
        up: Callable[[float], str],
        level: float | None,
        between: tuple[float, float] | None,
        least: float,
        unit: float,
    ) -> None:
        figure.title(title)
        known = [value for _, value in points if value is not None]
        if not known:
            return
        levels = [*known, *([] if level is None else [level])]
        middle, room = (max(levels) + min(levels)) / 2, max(max(levels) - min(levels), least) * (0.5 + _LEAST_SHARE)
        low, high = middle - room, middle + room
        first, last = points[0][0], max(points[-1][0], points[0][0] + 1e-6)
        for run in runs(points):
            figure.plot(
                [place for place, _ in run], [value for _, value in run], marker="braille", color=self.colour("primary")
            )
        if level is not None:
            figure.hline(level, color=self.colour("error"))
        for place in between or ():
            figure.vline(min(max(place, first), last), color=self.colour("accent"))
        figure.ylim(low, high)
        figure.xlim(first, last)
        heights = round_marks(low, high, MARKS)
        figure.yticks(heights, [up(mark) for mark in heights])
        widths = [
            mark * unit for mark in round_marks(first / unit, last / unit, max(2, self.size.width // _MARK_COLUMNS))
        ]
        figure.xticks(widths, [across(mark) for mark in widths])


def runs(points: Sequence[Point]) -> Iterator[list[Point]]:
    """The stretches of neighbours of which all is known."""
    run: list[Point] = []
    for point in points:
        if point[1] is not None:
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def round_marks(first: float, last: float, most: int) -> list[float]:
    """At most so many places between two, a round step apart: one, two or five tens, hundreds, tenths ..."""
    least = (last - first) / most
    power = 10.0 ** floor(log10(least)) if least > 0 else 1.0
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= least * (1 - 1e-9))
    return [place * step for place in range(ceil(first / step - 1e-9), floor(last / step + 1e-9) + 1)][:most]
