"""A small Textual application for the terminal's own tests: what is typed is echoed, and each kind of thing can be asked for."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.events import Resize
from textual.widgets import Input, Static


class EchoApp(App[int]):
    """One field, and below it what became of what was typed."""

    BINDINGS: ClassVar = [("f2", "say('F2 pressed')"), ("ctrl+t", "say('ctrl+t pressed')"), ("f10", "leave")]

    def compose(self) -> ComposeResult:
        yield Input(placeholder="type here")
        yield Static("nothing yet", id="said")
        yield Static("", id="size")

    def on_input_changed(self, event: Input.Changed) -> None:
        self.query_one("#said", Static).update(f"typed <{event.value}>")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.set_timer(0.05, lambda: self.query_one("#said", Static).update(f"sent <{event.value}> Ålesund ✓ ⣿"))

    def on_resize(self, event: Resize) -> None:
        self.query_one("#size", Static).update(f"{event.size.width} by {event.size.height}")

    def action_say(self, text: str) -> None:
        self.query_one("#said", Static).update(text)

    def action_leave(self) -> None:
        self.exit(return_code=7)


if __name__ == "__main__":
    app = EchoApp()
    app.run()
    raise SystemExit(app.return_code)
