"""What reaches the terminal: nothing that it would obey instead of show, and no secret when the screen crashes."""

import re
from collections.abc import Sequence

from rich.segment import Segment, Segments
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter

OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of writing. They take no cell, so that leaving them out moves nothing."""


class Shown(LineFilter):
    """Leaves them out of every line that is drawn: most texts are checked when they are stored, but not every one."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The line without them; what Textual itself tells the terminal stays."""
        if not any(OBEYED.search(segment.text) for segment in segments):
            return segments
        return [
            segment if segment.control else Segment(OBEYED.sub("", segment.text), segment.style) for segment in segments
        ]


class DiscreetApp(App[None]):
    """An application that shows whatever it is given and obeys none of it."""

    _only_shown = Shown()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line passes before it is drawn."""
        return [*super().get_line_filters(), self._only_shown]

    def _handle_exception(self, error: Exception) -> None:
        # A screen that was being put up as one left has parts missing, and nobody before it to be told.
        if self.is_running or not self._dom_ready:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual's own tells the values of all variables: passwords, tokens, people.
        from rich.traceback import Traceback

        self.bell()
        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(traceback, self.console.options)))
        self._close_messages_no_wait()
