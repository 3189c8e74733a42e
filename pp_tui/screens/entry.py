"""One entry of the audit trail, where there is no room for it beside the list."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from pp_core.audit.operations import AuditRow
from pp_tui.keys import Key, bindings
from pp_tui.screens.frame import PulseModal
from pp_tui.widgets.entry import told
from pp_tui.widgets.key_bar import KeyBar


class EntryScreen(PulseModal):
    """Shows `row` in full; the arrows scroll."""

    STEM = "entry"
    KEYS = (Key("escape,enter", "dismiss(None)", "close"),)
    BINDINGS = bindings(*KEYS)

    def __init__(self, row: AuditRow) -> None:
        super().__init__()
        self._row = row

    def compose(self) -> ComposeResult:
        """All of it."""
        with VerticalScroll(classes="dialog"):
            yield Static(id="entry")
            yield KeyBar()

    def on_mount(self) -> None:
        """Tell it."""
        self.relabel()

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        self.query_one("#entry", Static).update(told(self, self._row, self.pulse.standing.zone))
