"""A question that is answered with yes or no."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical

from pp_tui.keys import Key, bindings
from pp_tui.screens.frame import PulseModal
from pp_tui.widgets.key_bar import KeyBar
from pp_tui.widgets.said import Told


class ConfirmScreen(PulseModal):
    """Dismissed with whether the answer was yes; Escape is no."""

    STEM = "confirm"
    KEYS = (Key("enter", "dismiss(True)", "yes"), Key("escape", "dismiss(False)", "no"))
    BINDINGS = bindings(*KEYS)

    def __init__(self, question: Callable[[], str]) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and its two keys."""
        with Vertical(classes="dialog"):
            yield Told(self._question)
            yield KeyBar(own=True)
