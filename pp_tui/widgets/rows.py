"""Rows with a cursor, light enough to be shown anew twenty times a second.

Textual's `OptionList` measures and wraps every option whenever any of them changes; a row that stands here already is not
drawn again.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

Row = tuple[Hashable, Callable[[], Content]]
"""What tells a row from every other that looks different, and what draws it."""


class Rows(ScrollView, can_focus=True):
    """A list of rows. `highlighted` is the number of the one that the cursor is on, from 0; None without one."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("home", "move(-10000)", show=False),
        Binding("end", "move(10000)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("enter", "choose", show=False),
    ]
    DEFAULT_CSS = """
    Rows {
        overflow-x: hidden;
        & > .rows--cursor { color: $foreground; background: $block-cursor-blurred-background; }
        &:focus > .rows--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
    }
    """

    highlighted: reactive[int | None] = reactive(None)

    class Chosen(Message):
        """The row that the cursor is on was asked for, by Enter or the mouse."""

        def __init__(self, rows: "Rows") -> None:
            super().__init__()
            self.rows = rows

        @property
        def control(self) -> "Rows":
            """The list."""
            return self.rows

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._rows: list[Row] = []
        self._drawn: dict[tuple[Hashable, bool], list[Strip]] = {}
        self._lines: list[tuple[int, int]] = []  # the row and which of its lines, for each line of the whole list
        self._width = 0

    def fill(self, rows: Sequence[Row], highlighted: int | None) -> None:
        """Show these from now on, with the cursor on this one."""
        self._rows = list(rows)
        kept = {key for key, _ in rows}
        self._drawn = {place: strips for place, strips in self._drawn.items() if place[0] in kept}
        self._arrange()
        self.highlighted = highlighted
        self.refresh()

    def redraw(self) -> None:
        """Draw every row anew: what it says, or how, is another thing now."""
        self._drawn.clear()
        self._arrange()
        self.refresh()

    def notify_style_update(self) -> None:
        """Colours may be others."""
        super().notify_style_update()
        self._drawn.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """What is in view, in the width there is: a scroll bar comes and goes with the number of lines."""
        if self.scrollable_content_region.width != self._width:
            self._drawn.clear()
            self._arrange()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line of what is in view."""
        at = y + self.scroll_offset.y
        if at >= len(self._lines):
            return Strip.blank(self.scrollable_content_region.width, self.rich_style)
        number, line = self._lines[at]
        strips = self._strips(number)
        return strips[min(line, len(strips) - 1)]

    def _arrange(self) -> None:
        self._width = self.scrollable_content_region.width
        if not self._width:
            return  # nothing is laid out yet; the first size arranges it
        self._lines = [(number, line) for number in range(len(self._rows)) for line in range(len(self._strips(number)))]
        size = Size(self._width, len(self._lines))
        if size != self.virtual_size:
            self.virtual_size = size
            self._scroll_update(size)

    def _strips(self, number: int) -> list[Strip]:
        key, make = self._rows[number]
        place = (key, number == self.highlighted)
        strips = self._drawn.get(place)
        if strips is None:
            style = self.get_visual_style("rows--cursor") if place[1] else self.visual_style
            drawn = Visual.to_strips(self, make(), self._width, None, style, pad=True)
            strips = [strip.adjust_cell_length(self._width, style.rich_style) for strip in drawn]
            self._drawn[place] = strips
        return strips

    def validate_highlighted(self, highlighted: int | None) -> int | None:
        """Stay within the list."""
        if highlighted is None or not self._rows:
            return None
        return min(max(highlighted, 0), len(self._rows) - 1)

    def watch_highlighted(self, highlighted: int | None) -> None:
        """Keep the cursor in view."""
        if highlighted is not None:
            lines = [at for at, (number, _) in enumerate(self._lines) if number == highlighted]
            if lines:
                region = Region(0, lines[0], 1, len(lines))
                self.scroll_to_region(region, animate=False, force=True, immediate=True)
        self.refresh()

    def action_move(self, by: int) -> None:
        """Move the cursor by so many rows."""
        self.highlighted = max(0, (-1 if self.highlighted is None else self.highlighted) + by)

    def action_page(self, pages: int) -> None:
        """Move the cursor by so many screens of rows."""
        self.action_move(pages * max(1, self.scrollable_content_region.height - 1))

    def action_choose(self) -> None:
        """Ask for the row that the cursor is on."""
        if self.highlighted is not None:
            self.post_message(self.Chosen(self))

    def on_click(self, event: Click) -> None:
        """Move the cursor to the row that was clicked; a second click there asks for it, so that no slip of the hand does."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y + self.scroll_offset.y < len(self._lines):
            clicked = self._lines[offset.y + self.scroll_offset.y][0]
            if event.chain > 1 and clicked == self.highlighted:
                self.action_choose()
            self.highlighted = clicked
