"""One of a few: the arrows and the space bar go through them."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from pp_tui.texts import said


class Chooser(Static, can_focus=True):
    """Shows the chosen one between two arrows, labelled on its border by `tui.field.STEM`.

    `worded` gives the words for a value in the language of the moment. The first of `values` is chosen at the beginning.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", show=False),
        Binding("right,space", "step(1)", show=False),
        Binding("home", "first", show=False),
    ]

    class Changed(Message):
        """Another one was chosen."""

    def __init__(self, stem: str, values: Sequence[str], worded: Callable[[str], str]) -> None:
        super().__init__(id=stem, classes="chooser", markup=False)
        self._stem = stem
        self._values = values
        self._worded = worded
        self._place = 0

    @property
    def value(self) -> str:
        """The chosen one."""
        return self._values[self._place]

    def choose(self, value: str) -> None:
        """Choose without telling anybody."""
        self._place = self._values.index(value)
        self.relabel()

    def on_mount(self) -> None:
        """Show it."""
        self.relabel()

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        self.border_title = said(self, f"tui.field.{self._stem}")
        self.update(f"‹ {self._worded(self.value)} ›")

    def action_step(self, by: int) -> None:
        """The next or the one before."""
        self.choose(self._values[(self._place + by) % len(self._values)])
        self.post_message(self.Changed())

    def action_first(self) -> None:
        """The first: usually that anything will do."""
        self.action_step(-self._place)

    def on_click(self, event: Click) -> None:
        """The next one: or, on its left half, the one before."""
        self.action_step(-1 if event.x < self.size.width // 2 else 1)
