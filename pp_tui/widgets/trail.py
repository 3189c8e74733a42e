"""The audit trail, newest first: as many pages as were scrolled to."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from pp_core.audit.operations import AuditRow
from pp_core.kernel.wording import full_day
from pp_tui.texts import language_of, said
from pp_tui.widgets.entry import DONE, who
from pp_tui.widgets.membership import column
from pp_tui.widgets.notice import COLOURS, SIGNS, Tone

AHEAD = 10
"""So many entries before the last one that is there, the next page is asked for."""
_WHEN, _WHO, _OPERATION, _DOOR, _CODE = 12, 16, 24, 10, 26
_BEFORE = 2 + _WHEN + _WHO + _OPERATION + 3
"""Cells that come before the end of a line."""


class Trail(OptionList):
    """The cursor is on the entry whose detail is shown."""

    class Ending(Message):
        """The last entries that are there came into sight."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, compact=True, markup=False)
        self.rows: list[AuditRow] = []
        self._today = date.min
        self._timezone = ""
        self._more = False
        self._known = False

    @property
    def chosen(self) -> AuditRow | None:
        """The entry that the cursor is on."""
        return self.rows[self.highlighted] if self.highlighted is not None and self.rows else None

    def show(self, rows: Sequence[AuditRow], today: date, timezone: str, *, more: bool) -> None:
        """Show these instead; the cursor stays on the entry it was on, if it is still there."""
        before = self.chosen.id if self.chosen is not None else None
        self.rows, self._today, self._timezone, self._more, self._known = list(rows), today, timezone, more, True
        self.clear_options()
        self.add_options([Option(self._line(row)) for row in rows])
        if rows:
            self.highlighted = next((place for place, row in enumerate(rows) if row.id == before), 0)
        self._title()

    def add(self, rows: Sequence[AuditRow], *, more: bool) -> None:
        """Show these behind the rest."""
        self.rows += rows
        self._more = more
        self.add_options([Option(self._line(row)) for row in rows])
        self._title()

    def on_mount(self) -> None:
        """Name itself."""
        self._title()

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        if self._known:
            self.show(self.rows, self._today, self._timezone, more=self._more)
        self._title()

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Tell when the end comes near."""
        super().watch_scroll_y(old, new)
        if self._more and self.max_scroll_y - new < AHEAD:
            self.post_message(self.Ending())

    def on_option_list_option_highlighted(self) -> None:
        """Tell when the cursor comes near the end."""
        if self._more and (self.highlighted or 0) >= len(self.rows) - AHEAD:
            self.post_message(self.Ending())

    def _title(self) -> None:
        if not self._known:
            self.border_title = said(self, "tui.audit.asking")
            return
        counted = said(self, "tui.audit.entries", count=len(self.rows))
        self.border_title = f"{counted} · {said(self, 'tui.audit.more')}" if self._more else counted

    def _line(self, row: AuditRow) -> Content:
        at = row.at.astimezone(ZoneInfo(self._timezone))
        day = full_day(at.date(), language_of(self)).rpartition(" ")[0]  # `21 Nov`: the detail tells the year
        when = f"{at:%H:%M:%S}" if at.date() == self._today else f"{day} {at:%H:%M}"
        tone = Tone.GOOD if row.outcome == DONE else Tone.BAD
        return Content.assemble(
            Content.styled(f"{SIGNS[tone]} ", COLOURS[tone]),
            *(
                f"{column(text, width)} "
                for text, width in ((when, _WHEN), (who(row), _WHO), (row.operation, _OPERATION))
            ),
            *self._end(row),
        )

    def _end(self, row: AuditRow) -> list[Content | str]:
        """The door, and of what was refused the code: where there is room for one of them, the more telling one."""
        door = said(self, f"tui.door.{row.door}")
        room = self.scrollable_content_region.width - _BEFORE
        if row.outcome == DONE:
            return [column(door, max(0, room))]
        if room >= _DOOR + _CODE:
            return [column(door, _DOOR), Content.styled(column(row.outcome, room - _DOOR), COLOURS[Tone.BAD])]
        return [Content.styled(column(row.outcome.rpartition(".")[2], max(0, room)), COLOURS[Tone.BAD])]

    def on_resize(self) -> None:
        """Use the width there is."""
        self.relabel()
