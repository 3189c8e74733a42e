"""What all screens have: the top line, the keys, and the application by its type."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.screen import ModalScreen, Screen

from pp_tui.texts import said
from pp_tui.widgets.key_bar import KeyBar
from pp_tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from textual.binding import BindingsMap
    from textual.dom import DOMNode

    from pp_tui.app import PulseApp

WIDE = 110
"""Columns from which lists stand beside each other."""


class PulseScreen(Screen[None]):
    """A full screen. `STEM` names its texts: `tui.screen.STEM` its title, `tui.screen.STEM.help` what it is for.

    A `closed` screen shows nothing of a gym: the keys that would are off on it.
    """

    STEM: ClassVar[str]
    closed: ClassVar[bool] = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - Textual's own form

    @property
    def pulse(self) -> "PulseApp":
        """The application."""
        return cast("PulseApp", self.app)

    def said(self, key: str, /, **values: Any) -> str:
        """The text of `key` in the language of the moment."""
        return said(self, key, **values)

    @property
    def is_there(self) -> bool:
        """Whether its parts still are: an answer may come when the screen, or the application, was left already."""
        return self.app.is_running and self in self.app.screen_stack

    def on_screen_resume(self) -> None:
        """Tell the time of now: what covered it may have been there for long."""
        if self.is_mounted:
            self.query_one(StatusBar).relabel()

    def compose(self) -> ComposeResult:
        """The top line, what the screen is made of, the keys."""
        # Known before the first picture, which would otherwise be drawn twice.
        self.add_class("-wide" if self.app.size.width >= WIDE else "-narrow")
        yield StatusBar()
        yield from self.compose_body()
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """What stands between the top line and the keys."""
        raise NotImplementedError


class PulseModal(ModalScreen[Any]):
    """A question or a text over a screen; Escape closes it."""

    STEM: ClassVar[str]
    closed: ClassVar[bool] = False

    @property
    def _modal_binding_chain(self) -> "list[tuple[DOMNode, BindingsMap]]":
        # Textual would leave out the application's keys: the desk could not be locked while a question stands open.
        return self._binding_chain

    @property
    def pulse(self) -> "PulseApp":
        """The application."""
        return cast("PulseApp", self.app)

    def said(self, key: str, /, **values: Any) -> str:
        """The text of `key` in the language of the moment."""
        return said(self, key, **values)
