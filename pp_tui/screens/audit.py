"""Who did what in this gym: the audit trail, filtered, newest first, page by page as one scrolls."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, VerticalScroll
from textual.suggester import Suggester
from textual.widgets import Input, OptionList, Static

from pp_core.audit.operations import ListAudit
from pp_core.kernel.clock import day_start, local_day
from pp_core.kernel.errors import Problem
from pp_core.kernel.policy import Door
from pp_core.memberships.operations import DeskRow, FindAtDesk
from pp_tui.days import read_days
from pp_tui.keys import Key, bindings
from pp_tui.latest import Latest
from pp_tui.link import State
from pp_tui.screens.choose import ChooseScreen
from pp_tui.screens.entry import EntryScreen
from pp_tui.screens.frame import PulseScreen
from pp_tui.standing import Standing
from pp_tui.texts import is_unreachable, worded
from pp_tui.widgets.chooser import Chooser
from pp_tui.widgets.entry import told
from pp_tui.widgets.fields import SearchField
from pp_tui.widgets.notice import Notice, Tone
from pp_tui.widgets.trail import Trail

PAGE = 50
NAMESAKES = 20
"""As many people as are offered for a name that is several people's."""
_ANY, _REFUSED, _DONE = "any", "refused", "done"
_OUTCOMES = {_ANY: None, _REFUSED: True, _DONE: False}
_DOORS = (_ANY, *(door.value for door in Door))


@dataclass(frozen=True, slots=True)
class Filters:
    """What an entry must fit; None where anything will do."""

    operation: str | None = None
    actor: str | None = None
    person_id: UUID | None = None
    door: Door | None = None
    refused: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """A page: the first, or the one behind `cursor`."""

    filters: Filters
    cursor: str | None = None


class AuditScreen(PulseScreen):
    """Each page that is read is written down itself, so typed filters count when Enter is pressed, not letter by letter."""

    STEM = "audit"
    KEYS = (
        Key("enter", "detail", "detail"),
        Key("f2", "refused", "refused"),
        Key("f3", "filter", "filter"),
        Key("tab", "app.focus_next", "next_filter"),
        Key("ctrl+l", "unfilter", "unfilter"),
        Key("ctrl+r", "refresh", "refresh"),
        Key("escape,f8", "back", "back"),
    )
    BINDINGS = bindings(*KEYS)

    def __init__(self) -> None:
        super().__init__()
        self._filters = Filters()
        self._person: DeskRow | None = None  # whom the field `who` names, once they were found
        self._next: str | None = None
        self._unanswered: Wish | None = None
        self._was: State | None = None
        self._pages: Latest[Wish] = Latest(self._ask)

    def compose_body(self) -> ComposeResult:
        """The filters on top; the list, and beside it, where there is room, the entry that the cursor is on."""
        with Container(id="filters"):
            with Horizontal(classes="filters"):
                yield SearchField("operation")
                yield SearchField("who")
            with Horizontal(classes="filters"):
                yield SearchField("days")
                yield Chooser("outcome", tuple(_OUTCOMES), lambda value: self.said(f"tui.audit.outcome.{value}"))
                yield Chooser("door", _DOORS, self._door_worded)
        yield Notice()
        with Horizontal(id="audit"):
            yield Trail(id="trail")
            with VerticalScroll(id="beside"):
                yield Static(id="entry")

    def on_mount(self) -> None:
        """Show the newest."""
        self.query_one("#operation", Input).suggester = _Seen(self.query_one(Trail))
        self.query_one("#trail").focus()
        self.watch(self.app, "standing", self._standing_changed, init=False)
        self.action_refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Filters are taken away where there are any."""
        return action != "unfilter" or self._filters != Filters()

    # Pages

    @work
    async def action_refresh(self) -> None:
        """Ask for the newest entries."""
        await self._pages.want(Wish(self._filters))

    @on(Trail.Ending)
    @work
    async def _on_ending(self) -> None:
        if self._next is not None and self._pages.settled:
            await self._pages.want(Wish(self._filters, self._next))

    async def _ask(self, wish: Wish) -> None:
        if wish.filters != self._filters or (wish.cursor is not None and wish.cursor != self._next):
            return  # something else is wished for by now
        asked = {field: getattr(wish.filters, field) for field in Filters.__dataclass_fields__}
        try:
            page = await self.pulse.link.run(ListAudit(**asked, limit=PAGE, cursor=wish.cursor))
        except Problem as problem:
            if self.is_there:
                self._not_answered(wish, problem)
            return
        if wish.filters != self._filters or not self.is_there:
            return
        self._unanswered, self._next = None, page.next
        trail = self.query_one(Trail)
        if wish.cursor is None:
            trail.show(page.items, self._today, self.pulse.standing.zone, more=page.next is not None)
            self._detail_changed()
        else:
            trail.add(page.items, more=page.next is not None)
        if trail.rows:
            self.query_one(Notice).clear()
        else:
            self.query_one(Notice).tell(lambda: self.said("tui.audit.nothing"), Tone.MIND)

    def _not_answered(self, wish: Wish, problem: Problem) -> None:
        if is_unreachable(problem):
            self._unanswered = wish
            self.query_one(Notice).tell(lambda: self.said("tui.audit.waits"), Tone.MIND)
        else:
            self.query_one(Notice).tell(lambda: worded(self, problem), Tone.BAD)

    def _standing_changed(self, standing: Standing) -> None:
        """Back again: ask what was not answered."""
        if standing.state is State.ONLINE and self._was is State.OFFLINE and self._unanswered is not None:
            self._ask_again(self._unanswered)
        self._was = standing.state

    @work
    async def _ask_again(self, wish: Wish) -> None:
        await self._pages.want(wish)

    # Filters

    def action_filter(self) -> None:
        """Go to the first filter."""
        self.query_one("#operation").focus()

    def action_back(self) -> None:
        """From a filter to the list, from the list to where one was before."""
        if isinstance(self.focused, (Input, Chooser)):
            self.query_one("#trail").focus()
        else:
            self.app.pop_screen()

    def action_refused(self) -> None:
        """Only what was refused or failed, or everything again."""
        chooser = self.query_one("#outcome", Chooser)
        chooser.choose(_ANY if chooser.value == _REFUSED else _REFUSED)
        self._apply()

    def action_unfilter(self) -> None:
        """Everything again."""
        for field in self.query(SearchField):
            field.value = ""
        for chooser in self.query(Chooser):
            chooser.choose(_ANY)
        self._apply()

    @on(Chooser.Changed)
    def _on_chosen(self) -> None:
        self._apply()

    @on(Input.Submitted)
    def _on_submitted(self) -> None:
        self.query_one("#trail").focus()
        self._apply()

    @work(exclusive=True, group="filters")
    async def _apply(self) -> None:
        """Read the filters and ask for what fits them; where one cannot be read, say so and stay."""
        door = self.query_one("#door", Chooser).value
        filters = Filters(
            operation=self._typed("operation") or None,
            door=None if door == _ANY else Door(door),
            refused=_OUTCOMES[self.query_one("#outcome", Chooser).value],
        )
        try:
            days = read_days(self._typed("days"), self._today)
        except ValueError:
            self.query_one(Notice).tell(lambda: self.said("tui.audit.days_form"), Tone.BAD)
            self.query_one("#days").focus()
            return
        if days is not None:
            zone = self.pulse.standing.zone
            since, until = day_start(days[0], zone), day_start(days[1] + timedelta(days=1), zone)
            filters = replace(filters, since=since, until=until)
        try:
            named = await self._named(self._typed("who"))
        except Problem as problem:
            if self.is_there:
                sentence = self.said("tui.audit.who_waits") if is_unreachable(problem) else worded(self, problem)
                self.query_one(Notice).tell(sentence, Tone.BAD)
            return
        if not self.is_there:
            return
        if named is None:
            self.query_one("#who").focus()
            return
        self._filters = replace(filters, **named)
        self.refresh_bindings()
        await self._pages.want(Wish(self._filters))

    def _typed(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    async def _named(self, typed: str) -> dict[str, Any] | None:
        """The filter by whoever `typed` names: an actor such as operator:alice, or somebody of the gym; None for nobody."""
        if not typed:
            self._person = None
            return {}
        if ":" in typed:
            return {"actor": typed}
        if self._person is None or typed != self._person.name:
            self._person = await self._find(typed)
            if self._person is None or not self.is_there:
                return None
            self.query_one("#who", Input).value = self._person.name
        return {"person_id": self._person.person_id}

    async def _find(self, typed: str) -> DeskRow | None:
        page = await self.pulse.link.run(FindAtDesk(query=typed[:60], limit=NAMESAKES))
        if not page.items and self.is_there:
            self.query_one(Notice).tell(lambda: self.said("tui.desk.nobody", query=typed), Tone.BAD)
        if len(page.items) < 2:
            return page.items[0] if page.items else None
        offered = [f"{row.name}  {row.code}  {row.phone or ''}" for row in page.items]
        place = await self.app.push_screen_wait(ChooseScreen(lambda: self.said("tui.audit.which"), offered))
        return None if place is None else page.items[place]

    # One entry

    @on(OptionList.OptionSelected, "#trail")
    def action_detail(self) -> None:
        """Show the entry that the cursor is on, all of it."""
        if (row := self.query_one(Trail).chosen) is not None:
            self.app.push_screen(EntryScreen(row))

    @on(OptionList.OptionHighlighted, "#trail")
    def _detail_changed(self) -> None:
        row = self.query_one(Trail).chosen
        entry = self.query_one("#entry", Static)
        entry.update("" if row is None else told(self, row, self.pulse.standing.zone))
        self.query_one("#beside").scroll_home(animate=False)

    def relabel(self) -> None:
        """Say the entry in the language of the moment."""
        self._detail_changed()

    @property
    def _today(self) -> date:
        return local_day(self.pulse.clock.now(), self.pulse.standing.zone)

    def _door_worded(self, value: str) -> str:
        if value == _ANY:
            return self.said("tui.audit.any_door")
        words = self.said(f"tui.door.{value}")
        return f"{words} ({value})" if value in ("rest", "rpc") else words


class _Seen(Suggester):
    """Completes an operation's name from those in the list."""

    def __init__(self, trail: Trail) -> None:
        super().__init__(use_cache=False)
        self._trail = trail

    async def get_suggestion(self, value: str) -> str | None:
        """The first that begins as typed."""
        names = sorted({row.operation for row in self._trail.rows})
        return next((name for name in names if name.casefold().startswith(value)), None)
