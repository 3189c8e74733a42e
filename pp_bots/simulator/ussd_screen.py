"""What a feature phone shows, drawn in a terminal of 80 by 24, and as a picture for a page."""

import io
import re
from collections.abc import Sequence

from rich import box
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.align import Align
from rich.cells import cell_len
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from pp_bots.simulator.africastalking.sessions import Screen
from pp_core.kernel.locale import text as said

WIDTH = 32
"""Columns of the whole phone."""
LINES = 9
"""Lines that every screen has at least, so that the phone keeps its size from page to page."""
_INNER = WIDTH - 6
_INK = "bold white"
_SIGNAL = "\u2582\u2584\u2586"
_BATTERY = "\u2588\u2588\u2588\u2591"


def draw(screen: Screen, language: str = "en", *, typed: str | None = None) -> RenderableType:
    """The phone that shows `screen`; `typed` stands on its reply line. A phone whose session is over says to dial again."""
    style = {"CON": "cyan", "END": "green"}.get(screen.prefix or "", "red")
    if screen.ended:
        low = Text(said("phone.ended", language), style="dim")
        keys = (said("phone.key.dial", language), said("phone.key.close", language))
    else:
        low = Text(f"> {typed}" if typed else "> \u2581", style="bold")
        keys = (said("phone.key.send", language), said("phone.key.cancel", language))
    top = screen.operator if screen.pages == 1 else f"{screen.operator} {screen.page}/{screen.pages}"
    return _phone(top, screen.text, low, keys, style, screen.phone)


def dialler(number: str, service_code: str, note: str, language: str = "en") -> RenderableType:
    """The phone between two sessions, with the code that it dials next."""
    keys = (said("phone.key.dial", language), said("phone.key.close", language))
    return _phone("", note, Text(service_code, style="bold"), keys, "yellow", number)


def centred(line: str) -> str:
    """A line under a phone, indented so that it begins where the phone does."""
    return " " * (max(0, (80 - WIDTH) // 2)) + line


def as_text(screens: Sequence[tuple[str, Screen]], language: str = "en") -> str:
    """Each screen with what was typed to get it, in plain characters."""
    console = Console(file=io.StringIO(), width=WIDTH + 2, color_system=None, legacy_windows=False)
    _print_all(console, screens, language, columns=1)
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


def as_svg(
    screens: Sequence[tuple[str, Screen]], language: str = "en", *, columns: int = 3, title: str = "USSD"
) -> str:
    """The same as an SVG picture, `columns` phones in a row."""
    side = min(columns, max(len(screens), 1))
    console = Console(file=io.StringIO(), width=side * (WIDTH + 2) + 2, record=True, force_terminal=True)
    _print_all(console, screens, language, columns=side)
    return picture(console, title)


def picture(console: Console, title: str) -> str:
    """What a console has recorded, as SVG in whatever monospaced type the reader has: it fetches nothing."""
    return console.export_svg(
        title=title, code_format=re.sub(r"@font-face\s*\{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    )


def _print_all(console: Console, screens: Sequence[tuple[str, Screen]], language: str, *, columns: int) -> None:
    drawn = [
        Group(Align.center(Text(_shortened(typed) or " ", style="bold yellow"), width=WIDTH), _bare(screen, language))
        for typed, screen in screens
    ]
    for start in range(0, len(drawn), columns):
        console.print(Columns(drawn[start : start + columns], width=WIDTH, padding=(0, 2)))


def _bare(screen: Screen, language: str) -> RenderableType:
    whole = draw(screen, language)
    assert isinstance(whole, Align)
    return whole.renderable


def _phone(top: str, words: str, low: Text, keys: tuple[str, str], style: str, number: str) -> Align:
    body = Text(words.expandtabs(1), style=_INK, overflow="fold")
    lines = len(body.wrap(Console(width=_INNER, file=io.StringIO()), _INNER))
    display = Panel(
        Group(
            _ends(_SIGNAL, top, _BATTERY, style=f"dim {style}"),
            Rule(style=f"dim {style}"),
            Padding(body, (0, 0, max(0, LINES - lines), 0)),
            Rule(style=f"dim {style}"),
            low,
        ),
        box=box.SQUARE,
        border_style=style,
        padding=(0, 0),
    )
    shell = Panel(
        Group(
            display, _ends(f"[{keys[0]}]", "", f"[{keys[1]}]", style="bold"), Align.center(Text("( o )", style="dim"))
        ),
        box=box.HEAVY,
        border_style="bright_black",
        title=Text("\u2550\u2550\u2550\u2550", style="dim"),
        subtitle=Text(number, style="dim"),
        width=WIDTH,
        padding=(0, 1),
    )
    return Align.center(shell)


def _ends(left: str, middle: str, right: str, *, style: str) -> Table:
    """A line with something at each end."""
    line = Table.grid(expand=True)
    for justify in ("left", "center", "right"):
        line.add_column(justify=justify, no_wrap=True)
    line.add_row(Text(left, style=style), Text(middle, style=style), Text(right, style=style))
    return line


def _shortened(typed: str) -> str:
    return typed if cell_len(typed) <= WIDTH else typed[: WIDTH - 3] + "..."
