"""Which of several was meant."""

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from pp_tui.keys import Key, bindings
from pp_tui.screens.frame import PulseModal
from pp_tui.widgets.key_bar import KeyBar
from pp_tui.widgets.said import Told


class ChooseScreen(PulseModal):
    """Dismissed with the place of the chosen one in `offered`, or None when it was thought better of."""

    STEM = "choose"
    KEYS = (Key("enter", "take", "take"), Key("escape", "dismiss(None)", "back"))
    BINDINGS = bindings(*KEYS)

    def __init__(self, question: Callable[[], str], offered: Sequence[str]) -> None:
        super().__init__()
        self._question = question
        self._offered = offered

    def compose(self) -> ComposeResult:
        """The question and the list."""
        with Vertical(classes="dialog"):
            yield Told(self._question, classes="title")
            yield OptionList(*(Option(one) for one in self._offered), id="offered", compact=True, markup=False)
            yield KeyBar()

    def on_mount(self) -> None:
        """Begin with the likeliest."""
        offered = self.query_one("#offered", OptionList)
        offered.highlighted = 0
        offered.focus()

    @on(OptionList.OptionSelected)
    def action_take(self) -> None:
        """Take the one that the cursor is on."""
        self.dismiss(self.query_one("#offered", OptionList).highlighted)
