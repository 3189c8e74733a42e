"""Who came in today, newest first."""

from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from pp_core.kernel.wording import time_of_day
from pp_tui.texts import said
from pp_tui.widgets.membership import column
from pp_tui.widgets.rows import Rows

if TYPE_CHECKING:
    from pp_core.memberships.operations import DeskToday, VisitRow

_NAME, _CODE = 24, 8


class Visits(Rows):
    """Today's visits, as many as were asked for; the border tells how many there were and how many are in."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._today: DeskToday | None = None
        self._code = ""

    @property
    def chosen(self) -> "VisitRow | None":
        """The visit that the cursor is on, while this list has the focus."""
        if not self.has_focus or self._today is None or self.highlighted is None:
            return None
        return self._today.visits[self.highlighted]

    def show(self, today: "DeskToday") -> None:
        """Show this day; the cursor stays on the visit it was on."""
        before = self._today.visits[self.highlighted].id if self._today and self.highlighted is not None else None
        self._today = today
        found = (number for number, visit in enumerate(today.visits) if visit.id == before)
        at = next(found, 0 if today.visits and self.has_focus else None)
        self.fill([(visit.id, partial(self._line, visit, today.timezone)) for visit in today.visits], at)
        self._title()

    def show_code(self, code: str) -> None:
        """Show the code with which members check in themselves today."""
        self._code = code
        self._title()

    def on_mount(self) -> None:
        """Name itself."""
        self._title()

    def on_focus(self) -> None:
        """Begin at the newest."""
        if self.highlighted is None and self._today is not None and self._today.visits:
            self.highlighted = 0

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        self.redraw()
        self._title()

    def _title(self) -> None:
        if self._today is None:
            self.border_title = said(self, "tui.desk.visits_loading")
        else:
            counts = said(self, "tui.desk.visits", count=self._today.visits_today)
            self.border_title = f"{counts} · {said(self, 'tui.desk.in', count=self._today.members_in)}"
        self.border_subtitle = said(self, "tui.desk.code", code=self._code) if self._code else ""

    def _line(self, visit: "VisitRow", timezone: str) -> Content:
        door = said(self, f"tui.door.{visit.door}")
        line = f"{time_of_day(visit.at, timezone)} {column(visit.person_name, _NAME)} {column(visit.person_code, _CODE)}{door}"
        if visit.override_reason is None:
            return Content(line)
        reason = said(self, "tui.desk.overridden", reason=visit.override_reason)
        return Content.assemble(line, Content.styled(f" ! {reason}", "$warning"))
