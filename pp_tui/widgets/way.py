"""The way that somebody went, drawn in braille: north is up, and a metre is as long across as it is up."""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, radians

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

Place = tuple[float, float]
START, END, BOTH = "○", "●", "◎"
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a braille character, by line and column (Unicode 15, chapter 21.1)."""
_ACROSS, _UP = 2, 4


class Way(Widget):
    """Places in their order; None between two of them says that what lies there is not shown."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._places: Sequence[Place | None] = ()

    def draw(self, places: Sequence[Place | None]) -> None:
        """Show these, from the start."""
        self._places = places
        self.display = any(place is not None for place in places)
        self.refresh()

    def render(self) -> RenderResult:
        """The way in the room there is."""
        lines = drawn(self._places, self.content_size.width, self.content_size.height)
        return Content("\n").join(Content.styled(line, "$primary") for line in lines)


def drawn(places: Sequence[Place | None], width: int, height: int) -> list[str]:
    """The way in `height` lines of `width` characters, in the middle; `○` is where it begins, `●` where it ends, `◎` both."""
    known = [place for place in places if place is not None]
    if not known or width < 1 or height < 1:
        return []
    dots = _dots(places, width * _ACROSS, height * _UP)
    cells = [[0] * width for _ in range(height)]
    for dot in _joined(dots):
        cells[dot[1] // _UP][dot[0] // _ACROSS] |= _DOTS[dot[1] % _UP][dot[0] % _ACROSS]
    lines = [[chr(0x2800 + cell) if cell else " " for cell in line] for line in cells]
    ends = [(dot[1] // _UP, dot[0] // _ACROSS) for dot in dots if dot is not None]
    same = ends[0] == ends[-1]
    for (line, column), sign in ((ends[0], START), (ends[-1], BOTH if same else END)):
        lines[line][column] = sign
    return ["".join(line) for line in lines]


def _dots(places: Sequence[Place | None], width: int, height: int) -> list[tuple[int, int] | None]:
    """The places as dots, counted from the upper left; a character is twice as high as wide, so dots are square."""
    known = [place for place in places if place is not None]
    south, north = min(lat for lat, _ in known), max(lat for lat, _ in known)
    west, east = min(lon for _, lon in known), max(lon for _, lon in known)
    narrower = cos(radians((south + north) / 2))
    wide, high = (east - west) * narrower, north - south
    scale = min((width - 1) / wide if wide else float("inf"), (height - 1) / high if high else float("inf"))
    scale = 0.0 if scale == float("inf") else scale
    left, top = (width - 1 - wide * scale) / 2, (height - 1 - high * scale) / 2
    return [
        None
        if place is None
        else (round(left + (place[1] - west) * narrower * scale), round(top + (north - place[0]) * scale))
        for place in places
    ]


def _joined(dots: Sequence[tuple[int, int] | None]) -> set[tuple[int, int]]:
    """The dots of the lines between neighbours."""
    found = {dot for dot in dots if dot is not None}
    for before, after in pairwise(dots):
        if before is None or after is None:
            continue
        steps = max(abs(after[0] - before[0]), abs(after[1] - before[1]))
        for step in range(1, steps):
            share = step / steps
            found.add(
                (round(before[0] + (after[0] - before[0]) * share), round(before[1] + (after[1] - before[1]) * share))
            )
    return found
