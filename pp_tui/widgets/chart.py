"""Charts in the terminal."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.color import Color
from textual.widget import Widget

if TYPE_CHECKING:
    from textual_plotext import PlotextPlot

MARKS = 4
"""About so many figures stand along the height."""
AXIS = 10
"""Columns that the figures along the height may take."""


class Plot(Widget):
    """Something that is plotted; the library is loaded with the first one."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._plot: PlotextPlot | None = None
        self._shown: Callable[[Any], None] | None = None

    def compose(self) -> ComposeResult:
        """The plot."""
        from textual_plotext import PlotextPlot  # a third of a second to load: with the first card, not with the desk

        self._plot = PlotextPlot()
        yield self._plot

    def on_resize(self) -> None:
        """Use the width there is."""
        self._paint()

    def show(self, paint: Callable[[Any], None]) -> None:
        """Let `paint` draw on the library's figure, now and whenever the width is another."""
        self._shown = paint
        if self.size.width:
            self._paint()

    def _paint(self) -> None:
        if self._shown is None:
            return
        assert self._plot is not None, "drawn before it was composed"
        figure = self._plot.plt
        figure.clear_figure()
        self._shown(figure)
        self._plot.refresh()

    def colour(self, name: str) -> tuple[int, int, int]:
        """The theme's own, which the plotting library takes as red, green and blue."""
        return Color.parse(self.app.theme_variables[name]).rgb


class Chart(Plot):
    """Bars of `values` over `labels`."""

    def draw(self, title: str, labels: Sequence[str], values: Sequence[float]) -> None:
        """Show these, oldest first."""
        self.show(lambda figure: self._bars(figure, title, labels, values))

    def _bars(self, figure: Any, title: str, labels: Sequence[str], values: Sequence[float]) -> None:
        figure.title(title)
        places = [float(place) for place in range(len(values))]
        figure.bar(places, list(values), width=0.6, color=self.colour("primary"))
        # The library drops labels that touch, and not always the same ones.
        step = -(-sum(len(label) + 2 for label in labels) // max(1, self.size.width - AXIS))
        figure.xticks(places[::-1][::step], list(labels)[::-1][::step])
        top = max([*values, 1])
        figure.ylim(0, top * 1.15)
        marks = [float(mark) for mark in range(0, int(top) + 1, max(1, round(top / MARKS)))]
        figure.yticks(marks, [f"{mark:,.0f}" for mark in marks])
