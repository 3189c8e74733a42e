"""What somebody did outdoors, newest first."""

from functools import partial
from uuid import UUID

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content

from pp_core.kernel.clock import local_day
from pp_core.kernel.errors import Problem
from pp_core.kernel.wording import day, distance, duration, height, pace
from pp_core.tracking.operations import ActivityRow, ListActivities, Status
from pp_tui.keys import Key, bindings
from pp_tui.link import State
from pp_tui.screens.frame import PulseScreen
from pp_tui.standing import Standing
from pp_tui.texts import language_of, worded
from pp_tui.widgets.membership import column
from pp_tui.widgets.notice import Notice, Tone
from pp_tui.widgets.rows import Row, Rows

PAGE = 50
_DAY, _SPORT, _DISTANCE, _TIME, _PACE = 18, 14, 10, 8, 13


class ActivitiesScreen(PulseScreen):
    """Opened from a person's card; Enter opens an activity, Escape goes back."""

    STEM = "activities"
    KEYS = (
        Key("enter", "open", "activity"),
        Key("f3", "more", "older"),
        Key("ctrl+r", "refresh", "refresh"),
        Key("escape,ctrl+o", "app.pop_screen", "back"),
    )
    BINDINGS = bindings(*KEYS)

    def __init__(self, person_id: UUID, name: str) -> None:
        super().__init__()
        self._person_id = person_id
        self._person = name
        self._rows: list[ActivityRow] | None = None
        self._next: str | None = None

    def compose_body(self) -> ComposeResult:
        """Whose they are, and each of them."""
        yield Notice()
        yield Rows(id="activities")

    def on_mount(self) -> None:
        """Ask at once."""
        self.query_one("#activities").focus()
        self.query_one(Notice).tell(lambda: self.said("tui.activities.asking"))
        self.watch(self.app, "standing", self._standing_changed, init=False)
        self.action_refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What there is not cannot be opened."""
        return {"open": bool(self._rows), "more": self._next is not None}.get(action, True)

    def action_refresh(self) -> None:
        """Begin anew with the newest."""
        self._load(None)

    def action_more(self) -> None:
        """Show those before."""
        self._load(self._next)

    @work(exclusive=True)
    async def _load(self, cursor: str | None) -> None:
        try:
            page = await self.pulse.link.run(ListActivities(member=str(self._person_id), limit=PAGE, cursor=cursor))
        except Problem as problem:
            why = problem
            self.query_one(Notice).tell(lambda: worded(self, why), Tone.BAD)
            return
        self._rows = [*(self._rows or () if cursor else ()), *page.items]
        self._next = page.next
        self.query_one(Notice).tell(self._count)
        self.relabel()
        self.refresh_bindings()

    def _count(self) -> str:
        count = len(self._rows or ())
        key = "tui.activities.none" if not count else "tui.activities.more" if self._next else "tui.activities.all"
        return self.said(key, count=count, name=self._person)

    def _standing_changed(self, standing: Standing) -> None:
        if standing.state is State.ONLINE and self._rows is None:
            self.action_refresh()

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        rows = self.query_one("#activities", Rows)
        rows.border_title = self._person
        if self._rows is not None:
            rows.fill([self._row(one) for one in self._rows], (rows.highlighted or 0) if self._rows else None)

    def _row(self, one: ActivityRow) -> Row:
        spoken, zone = language_of(self), self.pulse.standing.zone
        when = day(local_day(one.started_at, zone), spoken, local_day(self.pulse.clock.now(), zone))
        figures = [
            column(when, _DAY),
            column(self.said(f"tracking.sport.{one.sport}"), _SPORT),
            f"{distance(one.distance_m, spoken):>{_DISTANCE}}",
            f"{duration(one.moving_s):>{_TIME}}",
            f"{pace(one.average_speed, one.sport, spoken):>{_PACE}}",
        ]
        more = [
            "" if one.status is Status.FINISHED else self.said(f"tracking.status.{one.status}"),
            one.title or "",
            "" if one.elevation_gain_m is None else f"↑ {height(one.elevation_gain_m, spoken)}",
        ]
        told = " ".join(figures), "  ".join(filter(None, more)), one.flagged
        return (one.id, told), partial(self._line, *told)

    def _line(self, figures: str, more: str, flagged: bool) -> Content:
        sign = Content.styled(f"! {self.said('tui.activity.flagged')}  ", "$warning") if flagged else ""
        return Content.assemble(figures, "  ", sign, more)

    @on(Rows.Chosen)
    def action_open(self) -> None:
        """Show the activity that the cursor is on."""
        from pp_tui.screens.activity import ActivityScreen

        at = self.query_one("#activities", Rows).highlighted
        if self._rows and at is not None:
            self.app.push_screen(ActivityScreen(self._rows[at].id))
