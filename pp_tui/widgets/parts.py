"""The parts of the system: each with a sign, a word, a sentence, its last sign of life and its figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pp_tui.widgets.membership import column
from pp_tui.widgets.notice import COLOURS, Tone

_NAME, _STATE = 17, 18


@dataclass(frozen=True, slots=True)
class PartLine:
    """What is told of one part. `sign` and `state` say the same as the tone's colour does."""

    name: str
    tone: Tone
    sign: str
    state: str
    why: str
    last: str = ""
    more: str = ""


class PartRow(Container):
    """One part: what it is and how beside or above why."""

    def compose(self) -> ComposeResult:
        """Three texts."""
        yield Static(classes="head")
        with Vertical(classes="tail"):
            yield Static(classes="why", markup=False)
            yield Static(classes="more", markup=False)

    def show(self, line: PartLine) -> None:
        """Tell it."""
        colour = COLOURS[line.tone]
        self.query_one(".head", Static).update(
            Content.assemble(
                Content.styled(f"{line.sign} ", f"bold {colour}"),
                Content.styled(column(line.name, _NAME), "bold"),
                Content.styled(column(line.state, _STATE), colour),
                line.last,
            )
        )
        self.query_one(".why", Static).update(line.why)
        more = self.query_one(".more", Static)
        more.update(line.more)
        more.display = bool(line.more)


class Parts(VerticalScroll):
    """As many parts as are told, in their order; the arrows scroll where they do not fit."""

    can_focus = True

    def __init__(self, count: int, *, id: str) -> None:
        super().__init__(*(PartRow() for _ in range(count)), id=id)

    def show(self, lines: Sequence[PartLine]) -> None:
        """Tell these."""
        for row, line in zip(self.query(PartRow), lines, strict=True):
            row.show(line)
