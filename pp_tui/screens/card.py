"""A person's card: membership, visits, last workouts, and how they come along."""

import asyncio
from datetime import date
from uuid import UUID

from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pp_core.kernel.clock import local_day
from pp_core.kernel.errors import Problem
from pp_core.kernel.policy import Permission
from pp_core.kernel.wording import day, full_day, money, time_of_day
from pp_core.memberships.operations import MemberCard, MembershipRow, ShowMemberCard, VisitRow
from pp_core.workouts.operations import ListWorkouts, Workout
from pp_tui.keys import Key, bindings
from pp_tui.link import State
from pp_tui.screens.frame import PulseScreen
from pp_tui.standing import Standing
from pp_tui.texts import language_of, worded
from pp_tui.widgets.chart import Chart
from pp_tui.widgets.membership import column, state_of
from pp_tui.widgets.notice import COLOURS, SIGNS, Notice, Tone

WORKOUTS = 12


class CardScreen(PulseScreen):
    """Opened from a hit or a visit; Escape goes back to the desk as it was left."""

    STEM = "card"
    KEYS = (
        Key("escape,f2", "app.pop_screen", "back"),
        Key("f3", "switch_chart", "chart"),
        Key("ctrl+o", "activities", "activities"),
    )
    BINDINGS = bindings(*KEYS)

    def __init__(self, person_id: UUID) -> None:
        super().__init__()
        self._person_id = person_id
        self._card: MemberCard | None = None
        self._workouts: list[Workout] | None = None  # None: not to be seen by whoever is signed in
        self._volume = False  # whether the chart shows what was lifted, else the visits

    def compose_body(self) -> ComposeResult:
        """Who it is on top; memberships and visits; the chart and the workouts."""
        yield Static(id="person")
        yield Notice()
        with VerticalScroll(id="card"):
            with Vertical(id="facts"):
                yield Static(id="memberships")
                yield Static(id="last-visits")
            with Vertical(id="progress"):
                yield Chart(id="chart")
                yield Static(id="workouts")

    def on_mount(self) -> None:
        """Ask for everything at once."""
        self.query_one(Notice).tell(lambda: self.said("tui.card.asking"))
        self.watch(self.app, "standing", self._standing_changed, init=False)
        self.query_one("#card").focus()
        self._load()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is another chart where something was lifted, and activities for whoever may see them."""
        if action == "activities":
            return self._card is not None and self.pulse.standing.may(Permission.ACTIVITY_READ)
        return action != "switch_chart" or bool(self._workouts)

    def action_activities(self) -> None:
        """Show what they did outdoors."""
        from pp_tui.screens.activities import ActivitiesScreen

        assert self._card is not None
        self.app.push_screen(ActivitiesScreen(self._person_id, self._card.name))

    def action_switch_chart(self) -> None:
        """From visits to what was lifted and back."""
        self._volume = not self._volume
        self.relabel()

    def relabel(self) -> None:
        """Say it all in the language of the moment."""
        if self._card is None:
            return
        card = self._card
        self.query_one("#person", Static).update(self._person(card))
        self.query_one("#memberships", Static).update(self._memberships(card.memberships))
        self.query_one("#last-visits", Static).update(self._visits(card.visits))
        self.query_one("#workouts", Static).update(self._trained())
        self._draw(card)

    @work(exclusive=True)
    async def _load(self) -> None:
        link = self.pulse.link
        try:
            asked = link.run(ShowMemberCard(member=str(self._person_id)))
            if self.pulse.standing.may(Permission.WORKOUT_READ):
                trained = link.run(ListWorkouts(member=str(self._person_id), limit=WORKOUTS))
                self._card, page = await asyncio.gather(asked, trained)
                self._workouts = page.items
            else:
                self._card = await asked
        except Problem as problem:
            why = problem
            self.query_one(Notice).tell(lambda: worded(self, why), Tone.BAD)
            return
        self.query_one(Notice).clear()
        self.relabel()
        self.refresh_bindings()

    def _standing_changed(self, standing: Standing) -> None:
        if standing.state is State.ONLINE and self._card is None:
            self._load()

    @property
    def _today(self) -> date:
        return local_day(self.pulse.clock.now(), self.pulse.standing.zone)

    def _heading(self, key: str) -> Content:
        return Content.styled(self.said(key), "bold $primary")

    def _person(self, card: MemberCard) -> Content:
        tone, state = state_of(self, card.membership, self._today, left=card.left)
        facts = [
            card.code,
            card.phone or "",
            self.said("tui.card.joined", day=full_day(card.joined_on, language_of(self))),
        ]
        return Content.assemble(
            Content.styled(card.name, "bold"),
            "  ",
            Content.styled(f"{SIGNS[tone]} {state}", COLOURS[tone]),
            "\n",
            " · ".join(fact for fact in facts if fact),
        )

    def _memberships(self, rows: list[MembershipRow]) -> Content:
        lines: list[Content | str] = [self._heading("tui.card.memberships")]
        spoken = language_of(self)
        for row in rows:
            tone, state = state_of(self, row, self._today)
            span = f"{full_day(row.starts_on, spoken)} – {full_day(row.ends_on, spoken)}"
            lines.append(
                Content.assemble(
                    Content.styled(f"{SIGNS[tone]} ", COLOURS[tone]),
                    f"{column(row.plan_name, 18)} {span}  {money(row.price)}\n  ",
                    Content.styled(state, COLOURS[tone]),
                )
            )
        if not rows:
            lines.append(self.said("tui.card.no_memberships"))
        return Content("\n").join(Content(line) if isinstance(line, str) else line for line in lines)

    def _visits(self, rows: list[VisitRow]) -> Content:
        title = self.said("tui.card.visits", count=self._card.visits_this_month if self._card else 0)
        lines = [Content.styled(f"\n{title}", "bold $primary")]
        for row in rows:
            time = time_of_day(row.at, self.pulse.standing.zone)
            line = f"{column(day(row.day, language_of(self), self._today), 18)} {time}  {self.said(f'tui.door.{row.door}')}"
            if row.override_reason is not None:
                line += f"  ! {self.said('tui.desk.overridden', reason=row.override_reason)}"
            lines.append(Content(line))
        return Content("\n").join(lines)

    def _trained(self) -> Content:
        if self._workouts is None:
            return Content(self.said("tui.card.workouts_hidden"))
        lines = [self._heading("tui.card.workouts")]
        for workout in self._workouts:
            when = column(day(workout.day, language_of(self), self._today), 18)
            lines.append(Content(f"{when} {' · '.join(workout.canonical.splitlines())}"))
        if not self._workouts:
            lines.append(Content(self.said("tui.card.no_workouts")))
        return Content("\n").join(lines)

    def _draw(self, card: MemberCard) -> None:
        chart = self.query_one(Chart)
        if self._volume and self._workouts:
            oldest_first = self._workouts[::-1]
            labels = [f"{one.day:%d/%m}" for one in oldest_first]
            chart.draw(self.said("tui.card.lifted"), labels, [_volume(one) for one in oldest_first])
        else:
            labels = [f"{week.starts_on:%d/%m}" for week in card.weeks]
            chart.draw(self.said("tui.card.weeks"), labels, [week.visits for week in card.weeks])


def _volume(workout: Workout) -> float:
    """Kilograms lifted in all: load times repetitions, what was done with the body's own weight not counted."""
    return float(sum((one.weight_kg or 0) * (one.reps or 0) for one in workout.sets))
