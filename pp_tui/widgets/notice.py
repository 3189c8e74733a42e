"""One thing that was said to whoever sits there: a sign, a sentence, a colour that repeats the sign."""

from collections.abc import Callable
from enum import StrEnum

from textual.content import Content
from textual.widgets import Static


class Tone(StrEnum):
    """How good the news is."""

    GOOD = "good"
    MIND = "mind"
    BAD = "bad"
    PLAIN = "plain"


SIGNS = {Tone.GOOD: "✓", Tone.MIND: "!", Tone.BAD: "✗", Tone.PLAIN: ""}
COLOURS = {Tone.GOOD: "$success", Tone.MIND: "$warning", Tone.BAD: "$error", Tone.PLAIN: "$foreground"}


class Notice(Static):
    """The last thing said; it stays until something else is. A sentence given as a function follows the language."""

    def __init__(self, *, id: str = "notice") -> None:
        super().__init__(id=id, markup=False)
        self._sentence: Callable[[], str] = str
        self._tone = Tone.PLAIN

    def tell(self, sentence: str | Callable[[], str], tone: Tone = Tone.PLAIN) -> None:
        """Say `sentence`."""
        self._sentence = sentence if callable(sentence) else lambda: sentence
        self._tone = tone
        self.relabel()

    def clear(self) -> None:
        """Say nothing."""
        self.tell("")

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        sentence = self._sentence()
        self.set_classes(f"-{self._tone.value}" if sentence else "-silent")
        sign = SIGNS[self._tone]
        colour = f"bold {COLOURS[self._tone]}"
        self.update(Content.assemble(Content.styled(f"{sign} " if sign else "", colour), sentence))
