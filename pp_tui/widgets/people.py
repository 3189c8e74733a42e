"""Whom the search found, each with the state of their membership."""

from collections.abc import Set
from datetime import date
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from textual.content import Content

from pp_core.kernel.wording import time_of_day
from pp_tui.texts import said
from pp_tui.widgets.membership import column, state_of
from pp_tui.widgets.notice import COLOURS, SIGNS
from pp_tui.widgets.rows import Rows

if TYPE_CHECKING:
    from pp_core.memberships.operations import DeskRow

_NAME, _CODE, _PHONE = 24, 8, 15
_WIDE = 80


class People(Rows):
    """The hits, the one that Enter means highlighted. The search field keeps the focus; the screen moves the cursor."""

    can_focus = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._people: list[DeskRow] = []
        self._today = date.min
        self._timezone = ""

    @property
    def chosen(self) -> "DeskRow | None":
        """Whom the cursor is on."""
        return self._people[self.highlighted] if self.highlighted is not None and self._people else None

    @property
    def rows(self) -> "list[DeskRow]":
        """Everybody shown."""
        return self._people

    def show(self, rows: "list[DeskRow]", today: date, timezone: str) -> None:
        """Show these; the cursor stays on who it was on, if they are still there."""
        before = self.chosen.person_id if self.chosen is not None else None
        self._people, self._today, self._timezone = rows, today, timezone
        found = next((n for n, row in enumerate(rows) if row.person_id == before), 0 if rows else None)
        self.fill([(row.model_dump_json(), partial(self._line, row)) for row in rows], found)

    def know_less(self, came: "Set[UUID]") -> bool:
        """Whether one of those who came in stands here as if they had not."""
        return any(row.in_since is None and row.person_id in came for row in self._people)

    def relabel(self) -> None:
        """Say the states in the language of the moment."""
        self.border_title = said(self, "tui.desk.people")
        self.redraw()

    def on_mount(self) -> None:
        """Name itself."""
        self.border_title = said(self, "tui.desk.people")

    def _line(self, row: "DeskRow") -> Content:
        tone, state = state_of(self, row.membership, self._today, left=row.left, staff=row.staff)
        wide = self.size.width >= _WIDE
        parts = [column(row.name, _NAME), " ", column(row.code, _CODE)]
        if wide:
            parts.append(column(row.phone or "", _PHONE))
        if row.in_since is not None:
            state += f" · {said(self, 'tui.desk.in_since', time=time_of_day(row.in_since, self._timezone))}"
        return Content.assemble(
            Content.styled(f"{SIGNS[tone]} ", COLOURS[tone]), *parts, Content.styled(state, COLOURS[tone])
        )
