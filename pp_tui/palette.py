"""The command palette: exactly what the keys do, by name."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from textual.app import App, SystemCommand
from textual.command import Hit, Provider
from textual.screen import Screen

from pp_tui.keys import Choice
from pp_tui.texts import said

OPENS_IT = "command_palette"
_FAINT = 0.01
"""The score of what is only said: the palette leaves out what has none."""


def commands(app: App[Any], screen: Screen[Any], offered: Iterable[Choice]) -> Iterable[SystemCommand]:
    """What was `offered` on `screen` when the palette was opened over it."""
    for choice in offered:
        if choice.action != OPENS_IT:
            title = f"{said(app, choice.text)} ({choice.shown})"
            yield SystemCommand(title, said(app, f"{choice.text}.help"), _runner(app, screen, choice))


def _runner(app: App[Any], screen: Screen[Any], choice: Choice) -> Callable[[], Any]:
    async def run() -> None:
        await app.run_action(choice.action, app if choice.everywhere else screen)

    return run


class Nothing(Provider):
    """Says that nothing fits what was typed, in the language of the moment."""

    async def search(self, query: str) -> AsyncIterator[Hit]:
        """One line, where no command fits."""
        matcher = self.matcher(query)
        if not any(matcher.match(command.title) > 0 for command in self.app.get_system_commands(self.screen)):
            yield Hit(_FAINT, said(self.app, "tui.palette.nothing"), lambda: None)
