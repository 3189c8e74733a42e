"""What the screen below is for, and what each key does there."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pp_tui.keys import Choice, Key, bindings
from pp_tui.screens.frame import PulseModal
from pp_tui.widgets.key_bar import KeyBar


class HelpScreen(PulseModal):
    """Explains the screen of `stem`, on which `offered` can be done."""

    STEM = "help"
    KEYS = (Key("escape,question_mark,f1,enter", "dismiss(None)", "close"),)
    BINDINGS = bindings(*KEYS)

    def __init__(self, stem: str, offered: list[Choice]) -> None:
        super().__init__()
        self._of = stem
        self._offered = offered

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        self.refresh(recompose=True)

    def compose(self) -> ComposeResult:
        """A paragraph, then a line for each key."""
        with VerticalScroll(classes="dialog"):
            yield Static(self.said(f"tui.screen.{self._of}"), classes="title", markup=False)
            yield Static(self.said(f"tui.screen.{self._of}.help"), markup=False)
            width = max((len(choice.shown) for choice in self._offered), default=0)
            for choice in self._offered:
                shown = Content.styled(choice.shown.rjust(width), "bold $accent")
                name = Content.styled(self.said(choice.text), "bold")
                yield Static(Content.assemble(shown, "  ", name, ": ", self.said(f"{choice.text}.help")), classes="key")
            yield KeyBar(own=True)
