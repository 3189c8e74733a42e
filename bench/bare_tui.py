"""A Textual app with one field that does nothing, to compare the start of `pp tui` with."""

from textual.app import App, ComposeResult
from textual.widgets import Input


class Bare(App[None]):
    """One field."""

    def compose(self) -> ComposeResult:
        """The field."""
        yield Input()


if __name__ == "__main__":
    Bare().run()
