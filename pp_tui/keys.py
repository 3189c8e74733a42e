"""What a screen can do, declared once: its key, its place in the footer, in the command palette and in the help."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from textual.actions import parse
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widgets import Input

PREFIX = "tui.key."
_SHOWN = {
    "ctrl+p": "^P",
    "escape": "Esc",
    "enter": "Enter",
    "question_mark": "?",
    "up": "↑",
    "down": "↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "tab": "Tab",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One thing to do: the keys that do it (the first is shown), Textual's action, and the stem of its texts.

    `tui.key.STEM` is what the footer and the palette call it, `tui.key.STEM.help` is its sentence in the help.
    """

    keys: str
    action: str
    stem: str
    shown: str | None = None
    footer: bool = True

    @property
    def binding(self) -> Binding:
        """Textual's form of it; the description is the catalogue's key, said in the language of the moment."""
        return Binding(self.keys, self.action, PREFIX + self.stem, show=self.footer, key_display=self.shown)


def bindings(*keys: Key) -> list[BindingType]:
    """The `BINDINGS` of a screen that can do this."""
    return [key.binding for key in keys]


EVERYWHERE = (
    Key("f7", "health", "health"),
    Key("f8", "audit", "audit"),
    Key("f9", "lock", "lock"),
    Key("f4", "sign_out", "sign_out"),
    Key("f6", "switch_language", "language"),
    Key("f5", "switch_look", "look"),
    Key("f1,question_mark", "help", "help", shown="?"),
    Key("ctrl+p", "command_palette", "palette"),
    Key("ctrl+q,f10", "leave", "leave"),
)
"""The application's own."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A thing that can be done now: `text` is its key in the catalogue, `everywhere` says it is the application's action."""

    shown: str
    text: str
    action: str
    everywhere: bool
    footer: bool

    @property
    def link(self) -> str:
        """The action as a link of the screen's text runs it."""
        named = "." in self.action.partition("(")[0]  # such as `app.pop_screen`: it says itself whose it is
        return self.action if named else f"{'app' if self.everywhere else 'screen'}.{self.action}"


def choices(screen: Screen[Any]) -> list[Choice]:
    """What can be done on `screen` now, in the order of declaration: the screen's own first, then the application's."""
    app = screen.app
    offered = [
        Choice(_shown(screen, key), PREFIX + key.stem, key.action, node is app, key.footer)
        for node in (screen, app)
        for key in getattr(node, "KEYS", ())
        if _can(node, key.action)
    ]
    return list({choice.text: choice for choice in reversed(offered)}.values())[::-1]


def _shown(screen: Screen[Any], key: Key) -> str:
    """How it is printed; where one types, `?` is a letter, and the other key of the help is told."""
    field = screen.focused
    if key.shown == "?" and isinstance(field, Input) and field.check_consume_key("question_mark", "?"):
        return display(key.keys.partition(",")[0])
    return key.shown or display(key.keys.partition(",")[0])


def _can(node: DOMNode, action: str) -> bool:
    whose, name, parameters = parse(action)
    return bool((node.app if whose == "app" else node).check_action(name, parameters))


def in_footer(offered: Iterable[Choice]) -> list[Choice]:
    """Those that the footer shows."""
    return [choice for choice in offered if choice.footer]


def display(key: str) -> str:
    """How a key is printed: `F2`, `^P`, `Esc`."""
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+').upper()}"
    return key.upper() if key.startswith("f") and key[1:].isdigit() else key
