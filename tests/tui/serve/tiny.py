"""The smallest screen that can be served: says who it was opened for, and does what a key asks."""

import os
import sys
from hashlib import sha256
from io import StringIO

from textual.app import App, ComposeResult
from textual.events import Key, Resize
from textual.widgets import Static

from pp_core.kernel.errors import Problem
from pp_tui.serve import handover


def mark(token: str) -> str:
    """What tells two tokens apart and gives neither away."""
    return sha256(token.encode()).hexdigest()[:12]


class Tiny(App[None]):
    """Writes each answer on a line of its own."""

    def __init__(self, given: handover.Handover) -> None:
        super().__init__()
        self.given = given.given
        self.handed = given

    def compose(self) -> ComposeResult:
        gym = self.given.signed_in.gym
        assert gym is not None
        left = [name for name in os.environ if name == handover.VARIABLE]
        for line in (
            f"<for {gym.person_name}>",
            f"<at {gym.slug} in {self.given.language} {self.given.look}; server {self.given.server}>",
            f"<pid {os.getpid()}; token {mark(self.given.signed_in.access_token)}>",
            f"<refresh {self.given.signed_in.refresh_token!r}; left {left}>",
        ):
            yield Static(line, markup=False)
        yield Static(id="size", markup=False)
        yield Static(id="said", markup=False)

    def say(self, text: str) -> None:
        self.query_one("#said", Static).update(f"<{text}>")

    def on_resize(self, event: Resize) -> None:
        self.query_one("#size", Static).update(f"<size {event.size.width}x{event.size.height}>")

    async def on_key(self, event: Key) -> None:
        match event.key:
            case "q":
                self.exit()
            case "x":
                os._exit(3)
            case "u":
                self.open_url("https://example.com/")
            case "d":
                self.deliver_text(
                    StringIO("habari\n" * 20_000), save_filename="ripoti ya leo.txt", open_method="browser"
                )
            case "o":
                await self.handed.sign_out()
            case "n":
                try:
                    renewed = await self.handed.renewed(self.handed.signed_in)
                    self.say(f"renewed {mark(renewed.access_token)} {renewed.refresh_token!r}")
                except Problem as problem:
                    self.say(f"refused {problem.code}")
            case key:
                self.say(f"key {key}")


if __name__ == "__main__":
    given = handover.take()
    assert given is not None
    assert handover.take() is None
    sys.exit(Tiny(given).run())
