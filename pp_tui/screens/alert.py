"""Something that must not go by unread, until it is acknowledged."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Key as KeyPressed

from pp_tui.keys import Key, bindings
from pp_tui.screens.frame import PulseModal
from pp_tui.widgets.fields import SearchField
from pp_tui.widgets.key_bar import KeyBar
from pp_tui.widgets.said import Told


class AlertScreen(PulseModal):
    """Shows `sentence` over whatever is there.

    Only Escape closes it: it comes while names are typed or codes scanned, whose Enter would close it unread. What is typed
    meanwhile goes on into the search below.
    """

    STEM = "alert"
    KEYS = (Key("escape", "dismiss(None)", "seen"),)
    BINDINGS = bindings(*KEYS)

    def __init__(self, sentence: Callable[[], str] | str) -> None:
        super().__init__()
        self._sentence = sentence

    def on_key(self, event: KeyPressed) -> None:
        """Pass on what belongs to the next name; `?` asks for help here as it does there."""
        if event.character is None or not event.is_printable or event.character == "?":
            return
        for screen in reversed(self.app.screen_stack):
            for field in screen.query(SearchField):
                field.insert_text_at_cursor(event.character)
                event.stop()
                return

    def compose(self) -> ComposeResult:
        """The sentence and the key."""
        with Vertical(classes="dialog -bad"):
            yield Told(self._sentence)
            yield KeyBar(own=True)
