"""What does not look honest, with what was seen: for a person to judge."""

from functools import partial
from uuid import UUID

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from pp_core.kernel.clock import local_day
from pp_core.kernel.errors import Problem
from pp_core.kernel.wording import day, distance, duration, number, pace, speed
from pp_core.tracking.operations import Flag, FlagRow, ListFlags, ReviewFlag, ShowFlag, Verdict
from pp_tui.keys import Key, bindings
from pp_tui.latest import Latest
from pp_tui.link import State
from pp_tui.screens.confirm import ConfirmScreen
from pp_tui.screens.frame import PulseScreen
from pp_tui.standing import Standing
from pp_tui.texts import is_unreachable, language_of, worded
from pp_tui.widgets.curve import Curve
from pp_tui.widgets.membership import column
from pp_tui.widgets.notice import COLOURS, SIGNS, Notice, Tone
from pp_tui.widgets.rows import Row, Rows

PAGE = 50
_TONES = {None: Tone.MIND, Verdict.HONEST: Tone.GOOD, Verdict.CHEAT: Tone.BAD}
_KMH = 3.6


class FlagsScreen(PulseScreen):
    """Opened from the live board; `h` and `c` judge, Enter opens the activity, Escape goes back."""

    STEM = "flags"
    KEYS = (
        Key("h", "judge('honest')", "honest", shown="H"),
        Key("c", "judge('cheat')", "cheat", shown="C"),
        Key("enter", "open", "activity"),
        Key("f3", "judged", "judged"),
        Key("ctrl+r", "refresh", "refresh"),
        Key("escape", "app.pop_screen", "back"),
    )
    BINDINGS = bindings(*KEYS)

    def __init__(self) -> None:
        super().__init__()
        self._flags: list[FlagRow] | None = None
        self._only_open = True
        self._seen: Flag | None = None
        self._was = State.CONNECTING
        self._asking: Latest[UUID | None] = Latest(self._look)
        self._showing: Latest[UUID] = Latest(self._look_closer)

    def compose_body(self) -> ComposeResult:
        """The flags; beside or below them what was seen."""
        yield Notice()
        with Container(id="review"):
            yield Rows(id="flags")
            with Vertical(id="seen"):
                yield Static(id="what", markup=False)
                yield Static(id="line", markup=False)
                yield Curve(id="speeds")

    def on_mount(self) -> None:
        """Ask at once."""
        self._was = self.pulse.standing.state
        self.query_one("#flags").focus()
        self.query_one(Notice).tell(lambda: self.said("tui.flags.asking"))
        self.watch(self.app, "standing", self._standing_changed, init=False)
        self.watch(self.query_one("#flags", Rows), "highlighted", self._moved, init=False)
        self.action_refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be judged or opened where nothing is."""
        return action not in ("judge", "open") or bool(self._flags)

    @work
    async def action_refresh(self) -> None:
        """Ask again."""
        chosen = self._chosen
        await self._asking.want(None if chosen is None else chosen.id)

    def action_judged(self) -> None:
        """With those that were judged already, or without."""
        self._only_open = not self._only_open
        self.action_refresh()

    @property
    def _chosen(self) -> FlagRow | None:
        at = self.query_one("#flags", Rows).highlighted
        return self._flags[at] if self._flags and at is not None and at < len(self._flags) else None

    async def _look(self, before: UUID | None) -> None:
        try:
            page = await self.pulse.link.run(ListFlags(only_open=self._only_open, limit=PAGE))
        except Problem as problem:
            self._not_answered(problem)
            return
        if not self.is_there:
            return
        rows, at = self.query_one("#flags", Rows), 0
        places = [place for place, one in enumerate(page.items) if one.id == before]
        at = places[0] if places else rows.highlighted or 0
        self._flags = page.items
        rows.fill([self._row(one) for one in page.items], min(at, len(page.items) - 1) if page.items else None)
        self.query_one(Notice).tell(self._count, Tone.MIND if self._open else Tone.GOOD)
        self._moved()
        self.relabel()
        self.refresh_bindings()

    @property
    def _open(self) -> int:
        return sum(one.verdict is None for one in self._flags or ())

    def _count(self) -> str:
        if not self._open:
            return self.said("tui.flags.none")
        return self.said("tui.flags.count", count=self._open)

    def _not_answered(self, problem: Problem) -> None:
        if not self.is_there:
            return
        if is_unreachable(problem):
            self.query_one(Notice).tell(lambda: self.said("tui.outdoors.never"), Tone.BAD)
        else:
            self.query_one(Notice).tell(lambda: worded(self, problem), Tone.BAD)

    def _standing_changed(self, standing: Standing) -> None:
        if standing.state is State.ONLINE and self._was is not State.ONLINE:
            self.action_refresh()
        self._was = standing.state

    # One flag

    def _moved(self) -> None:
        chosen = self._chosen
        if chosen is not None and (self._seen is None or self._seen.id != chosen.id):
            self._show_closer(chosen.id)
        self._show_seen()

    @work
    async def _show_closer(self, flag_id: UUID) -> None:
        await self._showing.want(flag_id)

    async def _look_closer(self, flag_id: UUID) -> None:
        try:
            self._seen = await self.pulse.link.run(ShowFlag(flag_id=flag_id))
        except Problem as problem:
            self._not_answered(problem)
            return
        if self.is_there:
            self._show_seen()

    def _show_seen(self) -> None:
        chosen, curve = self._chosen, self.query_one(Curve)
        self.query_one("#what", Static).update("" if chosen is None else self._what(chosen))
        seen = self._seen
        curve.display = chosen is not None and seen is not None and seen.id == chosen.id and len(seen.moments) > 1
        line = (
            self.said("tui.flags.line", limit=speed(_limit(seen), language_of(self))) if curve.display and seen else ""
        )
        self.query_one("#line", Static).update(line)
        if not curve.display or seen is None:
            return
        limit = _limit(seen)
        curve.draw(
            self.said("tui.flags.curve"),
            [(one.seconds, one.speed * _KMH) for one in seen.moments],
            across=duration,
            up=lambda value: number(value, 0),
            level=limit * _KMH,
            between=(seen.from_s, seen.to_s),
            unit=60.0,
        )

    def _what(self, one: FlagRow) -> Content:
        spoken = language_of(self)
        tone = _TONES[one.verdict]
        verdict = self.said(f"tracking.verdict.{one.verdict or 'open'}")
        if one.reviewer_name:
            verdict = self.said("tui.flags.by", verdict=verdict, name=one.reviewer_name)
        average = one.distance_m / one.moving_s if one.moving_s else None
        return Content.assemble(
            Content.styled(one.told(spoken), "bold"),
            "\n",
            self.said("tui.flags.at", begins=duration(one.from_s), ends=duration(one.to_s)),
            "\n",
            " · ".join((distance(one.distance_m, spoken), duration(one.moving_s), pace(average, one.sport, spoken))),
            "\n",
            Content.styled(f"{SIGNS[tone]} {verdict}", COLOURS[tone]),
        )

    # Judging

    def action_judge(self, verdict: str) -> None:
        """Ask once more, and judge."""
        chosen = self._chosen
        if chosen is None:
            return

        def question() -> str:
            return self.said(f"tui.flags.ask.{verdict}", name=chosen.person_name, seen=chosen.told(language_of(self)))

        def answered(yes: bool | None) -> None:
            if yes:
                self._judge(chosen, Verdict(verdict))

        self.app.push_screen(ConfirmScreen(question), answered)

    @work
    async def _judge(self, chosen: FlagRow, verdict: Verdict) -> None:
        try:
            await self.pulse.link.run(ReviewFlag(flag_id=chosen.id, verdict=verdict))
        except Problem as problem:
            why = problem
            if self.is_there:
                self.query_one(Notice).tell(lambda: self.said("tui.flags.not_judged", why=worded(self, why)), Tone.BAD)
            return
        self._seen = None
        await self._asking.want(chosen.id)
        if self.is_there:
            self.query_one(Notice).tell(
                lambda: self.said(f"tui.flags.done.{verdict}", name=chosen.person_name), Tone.GOOD
            )

    @on(Rows.Chosen)
    def action_open(self) -> None:
        """Show the activity that the cursor is on."""
        from pp_tui.screens.activity import ActivityScreen

        if (chosen := self._chosen) is not None:
            self.app.push_screen(ActivityScreen(chosen.activity_id))

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        rows = self.query_one("#flags", Rows)
        rows.border_title = self.said("tui.flags.open" if self._only_open else "tui.flags.all")
        if self._flags is not None:
            rows.fill([self._row(one) for one in self._flags], rows.highlighted)
            self._show_seen()

    def _row(self, one: FlagRow) -> Row:
        spoken, zone = language_of(self), self.pulse.standing.zone
        when = day(local_day(one.started_at, zone), spoken, local_day(self.pulse.clock.now(), zone))
        head = f"{column(one.person_name, 22)} {column(self.said(f'tracking.sport.{one.sport}'), 12)} {when}"
        told = _TONES[one.verdict], head, one.told(spoken)
        return (one.id, told), partial(self._line, *told)

    def _line(self, tone: Tone, head: str, told: str) -> Content:
        return Content.assemble(Content.styled(f"{SIGNS[tone]} ", COLOURS[tone]), head, f"\n  {told}")


def _limit(seen: Flag) -> float:
    """Up to where the speed is believable there: for so long, or at all."""
    return seen.seen.get("limit", seen.fastest) if seen.kind == "impossible_speed" else seen.fastest
