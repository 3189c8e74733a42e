"""The desk: find whoever stands there, let them in, and see everybody else come in."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.events import Key as KeyPressed
from textual.widgets import Input

from pp_core.kernel.clock import local_day
from pp_core.kernel.errors import Kind, PermissionMissing, Problem
from pp_core.kernel.policy import Permission
from pp_tui.check_ins import Asked, CheckIns, Settled
from pp_tui.keys import Key, bindings
from pp_tui.latest import Latest
from pp_tui.link import State
from pp_tui.outcomes import came_in, how_good, known_refusal, may_come_in, why_not
from pp_tui.screens.frame import PulseScreen
from pp_tui.screens.override import OverrideScreen
from pp_tui.standing import Standing
from pp_tui.texts import is_unreachable, worded
from pp_tui.widgets.fields import SearchField
from pp_tui.widgets.membership import state_of
from pp_tui.widgets.notice import Notice, Tone
from pp_tui.widgets.people import People
from pp_tui.widgets.rows import Rows
from pp_tui.widgets.visits import Visits

if TYPE_CHECKING:
    from pp_core.memberships.operations import DeskRow

HITS, VISITS = 30, 40
_BREATH_SECONDS = 0.05  # between two looks when many come in: twenty a second is more than anybody reads
DAY_SECONDS, AGAIN_SECONDS = 20.0, 10.0  # until it looks for another day; until a refused follower asks again


class DeskScreen(PulseScreen):
    """Stays open all day."""

    STEM = "desk"
    KEYS = (
        Key("enter", "check_in", "check_in"),
        Key("f2", "card", "card"),
        Key("f3", "override", "override"),
        Key("ctrl+o", "app.outdoors", "outdoors"),
        Key("down", "move(1)", "choose", shown="↑↓"),
        Key("up", "move(-1)", "up", footer=False),
        Key("tab", "app.focus_next", "tab"),
        Key("escape", "clear", "clear"),
    )
    BINDINGS = bindings(*KEYS)

    def __init__(self) -> None:
        super().__init__()
        self.found = ""
        """What the hits on the screen were found for."""
        self._failed: str | None = None  # what was not answered
        self._entered = ""  # what Enter was pressed behind before the hits came
        self._about_search = False  # whether what was last said is about what is found
        self._search: Latest[str] = Latest(self._find)
        self._day: Latest[None] = Latest(self._look)
        self._check_ins: CheckIns
        self._shown_day: date | None = None
        self._was = Standing()
        self._following = False

    def compose_body(self) -> ComposeResult:
        """The search with its hits and what came of it; beside or below it today's visits."""
        with Container(id="panes"):
            with Vertical(id="finding"):
                yield SearchField("search")
                yield People(id="people")
                yield Notice(id="notice")
            yield Visits(id="visits")

    def on_mount(self) -> None:
        """Begin to follow the day."""
        self._check_ins = CheckIns(self.pulse.link, lambda: self.pulse.waiting(len(self._check_ins.waiting)))
        self.query_one("#search").focus()
        self._hint()
        self.set_interval(DAY_SECONDS, self._turn_the_day)
        self.watch(self.app, "standing", self._standing_changed, init=False)

    # Finding

    @on(Input.Changed, "#search")
    def _on_typed(self, typed: Input.Changed) -> None:
        if self._entered and typed.value.strip():
            self._let_in_behind(self._entered)
        self._entered = ""
        self._look_up()

    def on_key(self, event: KeyPressed) -> None:
        """Letters are a name, wherever the cursor was when they were typed; those of a field do not come here."""
        if event.is_printable and event.character not in (None, "?", " "):
            event.stop()
            self.query_one(SearchField).take(event.character or "")

    @work
    async def _let_in_behind(self, query: str) -> None:
        """Let in who was found for `query` and entered before the hits came, while the next name is typed already."""
        from pp_core.memberships.operations import FindAtDesk

        try:
            rows = (await self.pulse.link.run(FindAtDesk(query=query[:60], limit=2))).items
        except Problem:
            rows = []
        if len(rows) == 1:
            self._ask(rows[0], found=query)
        else:
            self.pulse.alert(lambda: self.said("tui.desk.not_let_in", query=query))

    @work
    async def _look_up(self) -> None:
        if self._may_let_in:
            self._failed = None
            await self._search.want(self._query)
        else:  # each refusal would be written down, letter by letter
            self._not_allowed(PermissionMissing(permission=Permission.VISIT_RECORD.value))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whoever lets nobody in is offered no key for it."""
        return action not in ("check_in", "override") or self._may_let_in

    @property
    def _may_let_in(self) -> bool:
        standing = self.pulse.standing
        return standing.gym is None or standing.may(Permission.VISIT_RECORD)  # None: it is not known yet who is here

    async def _find(self, query: str) -> None:
        if not query:
            self._show(query, [])
            return
        await self.pulse.link.there()
        from pp_core.memberships.operations import FindAtDesk

        try:
            page = await self.pulse.link.run(FindAtDesk(query=query[:60], limit=HITS))
        except Problem as problem:
            # Whoever stands there when it is answered after all may be somebody else.
            self._failed, self._entered = query, ""
            if is_unreachable(problem):
                self._tell(lambda: self.said("tui.desk.search_waits"), Tone.MIND)
            else:
                self._not_allowed(problem)
            self._about_search = True
            return
        self._show(query, page.items)

    def _show(self, query: str, rows: "list[DeskRow]") -> None:
        if query and not self._query:
            return  # they were let in, and the field made free, meanwhile
        again, self.found, self._failed = query == self.found, query, None  # a try before may have failed meanwhile
        people = self.query_one(People)
        people.show(rows, self._today, self.pulse.standing.zone)
        if query != self._query:
            return  # a newer wish is asked for already
        if query and not rows and not again:
            self._tell(lambda: self.said("tui.desk.nobody", query=query), Tone.MIND)
            self._about_search = True
        elif self._about_search and not again:
            self._hint()
        if self._entered:
            self._entered = ""
            if len(rows) == 1:
                self._ask(rows[0])
            elif rows:
                self._tell(lambda: self.said("tui.desk.several", count=len(rows)), Tone.MIND)
                self._about_search = True

    @property
    def _today(self) -> date:
        return local_day(self.pulse.clock.now(), self.pulse.standing.zone)

    @property
    def _query(self) -> str:
        return self.query_one("#search", Input).value.strip()

    def action_move(self, by: int) -> None:
        """Move the cursor among the hits."""
        people = self.query_one(People)
        if people.rows:
            people.highlighted = ((people.highlighted or 0) + by) % len(people.rows)

    def action_clear(self) -> None:
        """Begin anew."""
        self.query_one("#search", Input).value = ""
        self._hint()
        self.query_one("#search").focus()

    # Letting in

    @on(Input.Submitted, "#search")
    def _on_entered(self, entered: Input.Submitted) -> None:
        self._check_in(entered.value.strip())  # the next name may stand in the field already

    @on(Rows.Chosen, "#people")
    def action_check_in(self) -> None:
        """Let in whom the cursor is on. Enter right behind the last letter waits for the hits, as a scanner needs it."""
        self._check_in(self._query)

    def _check_in(self, query: str) -> None:
        if not query:
            self._hint()
        elif self._failed == query:
            self._look_up()
        elif self.found != query:
            self._entered = query
        elif (row := self.query_one(People).chosen) is not None:
            self._ask(row)

    def action_override(self) -> None:
        """Let somebody in whose membership does not open the door, for a reason that is kept."""
        row = self.query_one(People).chosen
        if row is None or self.found != self._query:
            self._tell(lambda: self.said("tui.desk.choose_first"), Tone.MIND)
        elif may_come_in(row):
            self._tell(lambda: self.said("tui.desk.no_need", name=row.name), Tone.MIND)
        elif row.left:
            self._tell(lambda: self.said("tui.desk.left", name=row.name), Tone.BAD)
        else:
            asked = OverrideScreen(row.name, lambda: state_of(self, row.membership, self._today)[1])
            self.app.push_screen(asked, lambda reason: self._let_in_anyway(row, reason))

    def _let_in_anyway(self, row: "DeskRow", reason: str | None) -> None:
        if reason is not None:
            self._ask(row, reason)

    def _ask(self, row: "DeskRow", reason: str | None = None, *, found: str | None = None) -> None:
        if self._check_ins.is_waiting(row.person_id, reason):
            self._tell(lambda: self.said("tui.desk.already_waiting", name=row.name), Tone.MIND)
        elif self.pulse.link.state is State.OFFLINE and reason is None and not may_come_in(row):
            # The core would refuse it later, when they are in: what is known already is said now.
            self._tell(lambda: known_refusal(self, row, self._today), Tone.BAD)
        else:
            self._send(Asked(row.person_id, row.name, reason), self.found if found is None else found)

    @work
    async def _send(self, asked: Asked, query: str) -> None:
        settled = await self._check_ins.ask(asked)
        if settled is None:
            self._tell(lambda: self.said("tui.desk.kept", name=asked.name), Tone.MIND)
        else:
            self._settle(settled, query)
        if settled is None or settled.problem is None:
            self._next_person(query)

    def _settle(self, settled: Settled, query: str | None = None) -> None:
        if settled.problem is not None:
            self._refused(settled, settled.problem, query)
            return
        answer = settled.answer
        assert answer is not None
        self._tell(lambda: came_in(self, answer, self._today), how_good(self, answer, self._today))

    def _refused(self, settled: Settled, problem: Problem, query: str | None) -> None:
        name, may = settled.asked.name, self.pulse.standing.may(Permission.VISIT_RECORD)
        if settled.late:
            self.pulse.alert(lambda: self.said("tui.desk.late_refusal", name=name, why=why_not(self, name, problem)))
        elif query == self._query:
            self._tell(lambda: why_not(self, name, problem, may_override=may), Tone.BAD)
        else:  # the next name is typed already: what is told of that one must not hide it
            self.pulse.alert(lambda: why_not(self, name, problem))
        self._look_again()  # what stands there of them was not so any more
        if problem.kind is Kind.NOT_FOUND:
            self.pulse.stand_anew()  # or one may not see them any more

    def _next_person(self, query: str) -> None:
        """Make room for the next name, unless something else than `query` stands there by now."""
        if self._query == query:
            with self.prevent(Input.Changed):
                self.query_one("#search", Input).value = ""
            self._show("", [])

    @on(Rows.Chosen, "#visits")
    def action_card(self) -> None:
        """Open the card of whom the cursor is on."""
        if (chosen := self.query_one(Visits).chosen or self.query_one(People).chosen) is not None:
            self._open(chosen.person_id)
        else:
            self._tell(lambda: self.said("tui.desk.choose_first"), Tone.MIND)

    def _open(self, person_id: UUID) -> None:
        from pp_tui.screens.card import CardScreen

        self.app.push_screen(CardScreen(person_id))

    # The day

    @work(exclusive=True, group="follow")
    async def _follow(self) -> None:
        """Show who comes in, whichever door they came through."""
        self._following = True
        await self.pulse.link.there()
        from pp_core.memberships.operations import WatchVisits

        told = ""
        while True:
            try:
                async for change in self.pulse.link.follow(WatchVisits()):
                    told = ""
                    if change.began:
                        self._learn_code()
                    self._refresh_day()
            except Problem as problem:
                if problem.kind is Kind.UNAUTHENTICATED:
                    break  # followed on when the screen shows again
                if told != problem.code:
                    told = problem.code
                    self._not_allowed(problem)
            await asyncio.sleep(AGAIN_SECONDS)
        self._following = False

    def on_screen_resume(self) -> None:
        """Follow on and send what waits, when what covered the desk was the end of a session."""
        if not self._following:
            self._follow()
        if self._check_ins.waiting:
            self._catch_up()

    @work
    async def _refresh_day(self) -> None:
        await self._day.want(None)

    async def _look(self, _: None) -> None:
        await self.pulse.link.there()
        from pp_core.memberships.operations import ShowDesk

        await self._check_ins.answered()
        try:
            today = await self.pulse.link.run(ShowDesk(limit=VISITS))
        except Problem as problem:
            if not is_unreachable(problem):
                self._not_allowed(problem)
            return
        if turned := self._shown_day not in (None, today.day):
            self._learn_code()  # it is the day's
        self._shown_day = today.day
        self.query_one(Visits).show(today)
        if turned or self.query_one(People).know_less({visit.person_id for visit in today.visits}):
            self._look_again()
        self.pulse.in_timezone(today.timezone)
        await asyncio.sleep(_BREATH_SECONDS)

    def _look_again(self) -> None:
        """Show those found as they are by now."""
        if self._query and self.found == self._query:
            self._look_up()

    def _turn_the_day(self) -> None:
        """Another day has its own visits, its own code, and other memberships that hold."""
        if self._shown_day not in (None, self._today):
            self._refresh_day()

    @work
    async def _learn_code(self) -> None:
        from pp_core.memberships.operations import ShowDoorCode

        if self.pulse.standing.may(Permission.VISIT_RECORD):
            with suppress(Problem):  # the next beginning asks again; the day itself says what is wrong
                shown = await self.pulse.link.run(ShowDoorCode())
                self.query_one(Visits).show_code(shown.code)

    def _standing_changed(self, standing: Standing) -> None:
        """Back again: send what waited, ask what was asked meanwhile. Ask anew who may do something else by now."""
        was, self._was = self._was, standing
        if standing.state is State.ONLINE and was.state is State.OFFLINE:
            self._tell(lambda: self.said("tui.desk.back"), Tone.GOOD)
            self._catch_up()
        if standing.permissions != was.permissions and was.gym is not None and self._query:
            self._look_up()

    @work(exclusive=True, group="catch-up")
    async def _catch_up(self) -> None:
        for settled in await self._check_ins.send_waiting():
            self._settle(settled)
        await self._day.want(None)
        if self._query and self.found != self._query:
            self._look_up()

    def _not_allowed(self, problem: Problem) -> None:
        """Tell it, and learn what whoever sits here may do by now."""
        self._tell(partial(worded, self, problem), Tone.BAD)
        if problem.kind is Kind.FORBIDDEN:
            self.pulse.stand_anew()

    def _hint(self) -> None:
        self._tell(lambda: self.said("tui.desk.hint"), Tone.PLAIN)

    def _tell(self, sentence: Callable[[], str], tone: Tone) -> None:
        self._about_search = False
        self.query_one(Notice).tell(sentence, tone)
