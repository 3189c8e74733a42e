"""Why somebody is let in whose membership does not open the door: the reason is kept in the audit trail."""

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from pp_tui.keys import Key, bindings
from pp_tui.screens.frame import PulseModal
from pp_tui.widgets.fields import Field
from pp_tui.widgets.key_bar import KeyBar
from pp_tui.widgets.notice import Notice, Tone
from pp_tui.widgets.said import Said, Told

SHORTEST, LONGEST = 3, 200


class OverrideScreen(PulseModal):
    """Dismissed with the reason, or None when it was thought better of."""

    STEM = "override"
    KEYS = (Key("enter", "let_in", "let_in"), Key("escape", "dismiss(None)", "back"))
    BINDINGS = bindings(*KEYS)

    def __init__(self, name: str, why: Callable[[], str]) -> None:
        super().__init__()
        self._name = name
        self._why = why

    def compose(self) -> ComposeResult:
        """Who, why not, and the field for the reason."""
        with Vertical(classes="dialog"):
            yield Said("tui.override.whom", classes="title", name=self._name)
            yield Told(self._why)
            yield Said("tui.override.audited")
            yield Field("reason")
            yield Notice(id="notice")
            yield KeyBar(own=True)

    def on_mount(self) -> None:
        """Ask."""
        field = self.query_one("#reason", Input)
        field.max_length = LONGEST
        field.focus()

    @on(Input.Submitted)
    def action_let_in(self) -> None:
        """Take the reason, if it is one."""
        reason = self.query_one("#reason", Input).value.strip()
        if len(reason) < SHORTEST:
            self.query_one(Notice).tell(lambda: self.said("tui.override.reason_missing"), Tone.BAD)
        else:
            self.dismiss(reason)
