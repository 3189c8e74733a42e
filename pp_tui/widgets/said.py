"""Lines that follow the application's language."""

from collections.abc import Callable
from typing import Any

from textual.widgets import Static

from pp_tui.texts import said


class Said(Static):
    """The text of `key`; `tell` gives it another one."""

    def __init__(self, key: str, /, *, id: str | None = None, classes: str | None = None, **values: Any) -> None:
        super().__init__(id=id, classes=classes, markup=False)
        self._key = key
        self._values = values

    def on_mount(self) -> None:
        """Say it."""
        self.relabel()

    def tell(self, key: str, /, **values: Any) -> None:
        """Say something else from now on."""
        self._key, self._values = key, values
        if self.is_attached:
            self.relabel()

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        self.update(said(self, self._key, **self._values))


class Told(Static):
    """A sentence; one given as a function follows the language."""

    def __init__(self, sentence: Callable[[], str] | str, *, classes: str | None = None) -> None:
        super().__init__(classes=classes, markup=False)
        self._sentence = sentence

    def on_mount(self) -> None:
        """Say it."""
        self.relabel()

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        self.update(self._sentence() if callable(self._sentence) else self._sentence)
