"""The footer: every key that does something here and now, in as many lines as it takes."""

from rich.cells import cell_len
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.style import Style
from textual.widget import Widget

from pp_tui.keys import Choice, choices, in_footer
from pp_tui.texts import said

_GAP = "  "


class KeyBar(Widget):
    """The keys of the screen it stands on, each a link for the mouse as well; `own` leaves out those that work everywhere."""

    def __init__(self, *, own: bool = False) -> None:
        super().__init__()
        self._own = own
        self._offered: list[Choice] = []

    def on_mount(self) -> None:
        """Follow what can be done, and for whom."""
        self.watch(self.app, "standing", self._look_again, init=False)
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.relabel())

    def _look_again(self) -> None:
        """Lay out anew only what changed: the check-ins that wait are counted there too, and change no key."""
        if (offered := choices(self.screen)) != self._offered:
            self._offered = offered
            self.relabel()

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        self.refresh(layout=True)

    def render(self) -> RenderResult:
        """`F2 Card  F3 Let in …`."""
        lines = self._lines(self.content_size.width)
        return Content("\n").join(Content(_GAP).join(self._item(choice) for choice in line) for line in lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The lines it takes."""
        return len(self._lines(width))

    def _lines(self, width: int) -> list[list[Choice]]:
        """Broken between keys, never within one."""
        lines: list[list[Choice]] = [[]]
        left = width
        for choice in in_footer(choices(self.screen)):
            if self._own and choice.everywhere:
                continue
            room = cell_len(f"{choice.shown} {said(self, choice.text)}")
            if lines[-1] and room > left:
                lines.append([])
                left = width
            lines[-1].append(choice)
            left -= room + len(_GAP)
        return lines

    def _item(self, choice: Choice) -> Content:
        name = Content.assemble(Content.styled(choice.shown, "bold $accent"), " ", said(self, choice.text))
        return name.stylize(Style.from_meta({"@click": choice.link}))
