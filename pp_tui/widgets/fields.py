"""Fields to type in: they follow the language and keep what was typed whatever happens around them."""

from textual.events import Key, Paste
from textual.widgets import Input

from pp_tui.terminal import OBEYED
from pp_tui.texts import said


class Field(Input):
    """One line to type, labelled on its border by `tui.field.STEM`."""

    def __init__(self, stem: str, *, password: bool = False, value: str = "", id: str | None = None) -> None:
        super().__init__(value=value, password=password, id=id or stem, select_on_focus=False)
        self._stem = stem
        self.cursor_blink = False  # a cursor that stands still costs no repaint all day

    def on_mount(self) -> None:
        """Label it."""
        self.relabel()

    def _on_paste(self, event: Paste) -> None:
        """Take its first line, as one could have typed it."""
        event.prevent_default()
        event.stop()
        line = OBEYED.sub("", next((line for line in event.text.splitlines() if line.strip()), ""))
        if self.selection.is_empty:
            self.insert_text_at_cursor(line)
        else:
            self.replace(line, *self.selection)

    def relabel(self) -> None:
        """Label it in the language of the moment."""
        self.border_title = said(self, f"tui.field.{self._stem}")


class SearchField(Field):
    """Where names are typed: `?` is in no name, so it asks for help here as it does elsewhere.

    Enter leaves what was typed selected: the next name takes its place, whether or not the last one was answered yet.
    """

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Let `?` go by."""
        return character != "?" and super().check_consume_key(key, character)

    async def _on_key(self, event: Key) -> None:
        if event.key == "enter":
            # Here, and not as a binding, which comes round only after the letters of whoever types on at once.
            event.stop()
            event.prevent_default()
            await self.action_submit()
        elif event.character == "?":
            event.prevent_default()  # a letter that is not typed here goes on to whoever has a binding for it

    def take(self, character: str) -> None:
        """A letter that was typed elsewhere."""
        self.screen.set_focus(self)
        self.replace(character, *self.selection)

    async def action_submit(self) -> None:
        """Hand over what was typed."""
        await super().action_submit()
        self.select_all()
