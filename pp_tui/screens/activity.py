"""An activity's card: its figures, kilometres and bests, how it went along the way, and the way itself."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pp_core.kernel.clock import local_day
from pp_core.kernel.watching import Change
from pp_core.kernel.wording import (
    day,
    distance,
    duration,
    heart_rate,
    height,
    number,
    pace,
    time_of_day,
)
from pp_core.tracking.operations import Activity, Profile, ShowActivity, ShowProfile, Status
from pp_tui.keys import Key, bindings
from pp_tui.screens.frame import WIDE
from pp_tui.screens.moving import MovingScreen
from pp_tui.texts import language_of
from pp_tui.widgets.curve import Curve
from pp_tui.widgets.membership import column
from pp_tui.widgets.notice import Notice, Tone
from pp_tui.widgets.way import Way

SAMPLES = 120
_CURVES = ("altitude", "speed", "heart_rate")
_LEAST = {"altitude": 20.0, "speed": 0.5, "heart_rate": 20.0}
"""The least that a chart's height spans, so that noise does not look like hills."""
_BAR = 20
_VALUE = 15
"""Columns of a headline figure."""


class ActivityScreen(MovingScreen):
    """Opened from a list or the live board; while it goes on it moves. Escape goes back."""

    STEM = "activity"
    ASKING = "tui.activity.asking"
    KEYS = (
        Key("f3", "switch_curve", "curve"),
        Key("ctrl+r", "refresh", "refresh"),
        Key("escape,f2", "app.pop_screen", "back"),
    )
    BINDINGS = bindings(*KEYS)

    def __init__(self, activity_id: UUID) -> None:
        super().__init__()
        self._activity_id = activity_id
        self._activity: Activity | None = None
        self._profile: Profile | None = None
        self._curve = 0  # the place of what the chart shows among what is known

    def compose_body(self) -> ComposeResult:
        """Whose it is and what it comes to on top; the chart; kilometres and bests; the way."""
        yield Static(id="activity-head", markup=False)
        yield Notice()
        yield Static(id="headline", markup=False)
        with VerticalScroll(id="activity"):
            yield Curve(id="curve")
            with VerticalScroll(id="figures"):
                yield Static(id="splits", markup=False)
                yield Static(id="bests", markup=False)
            yield Way(id="way")

    def on_mount(self) -> None:
        """Let the arrows scroll what may be long."""
        self.query_one("#figures" if self.app.size.width >= WIDE else "#activity").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is another chart where more than one thing is known."""
        return action != "switch_curve" or len(self._known) > 1

    def action_switch_curve(self) -> None:
        """From height to pace to heart rate."""
        self._curve += 1
        self.relabel()

    def concerns(self, change: Change) -> bool:
        """What others do is not asked for."""
        return self._activity_id in change.ids

    async def ask(self) -> None:
        """The activity and its profile."""
        link = self.pulse.link
        self._activity, self._profile = await asyncio.gather(
            link.run(ShowActivity(activity_id=self._activity_id)),
            link.run(ShowProfile(activity_id=self._activity_id, samples=SAMPLES)),
        )

    def tell(self, notice: Notice) -> None:
        """Whether it goes on, and what reviewers should know."""
        one = self._activity
        assert one is not None
        if one.flagged:
            notice.tell(self.said("tui.activity.is_flagged"), Tone.MIND)
        elif one.status is Status.LIVE:
            notice.tell(self.said("tui.activity.live"), Tone.GOOD)
        elif one.status is Status.PAUSED:
            notice.tell(self.said("tui.activity.paused"), Tone.MIND)
        else:
            notice.clear()

    def show(self) -> None:
        """Everything, in the language of the moment."""
        assert self._activity is not None
        assert self._profile is not None
        self.query_one("#activity-head", Static).update(self._head(self._activity))
        self.query_one("#headline", Static).update(self._headline(self._activity))
        self.query_one("#splits", Static).update(self._splits(self._activity))
        self.query_one("#bests", Static).update(self._bests(self._activity))
        self._draw(self._profile)

    def _heading(self, key: str) -> Content:
        return Content.styled(self.said(key), "bold $primary")

    def _head(self, one: Activity) -> Content:
        spoken, zone = language_of(self), self.pulse.standing.zone
        today = local_day(self.pulse.clock.now(), zone)
        sport = self.said(f"tracking.sport.{one.sport}")
        when = [day(local_day(one.started_at, zone), spoken, today)]
        if one.ended_at is not None or one.status is not Status.FINISHED:  # else the time is not for everybody
            when.append(time_of_day(one.started_at, zone))
        facts = [" ".join(when), self.said(f"tracking.status.{one.status}"), one.title or ""]
        return Content.assemble(
            Content.styled(one.person_name, "bold"), f"  {sport}\n", " · ".join(fact for fact in facts if fact)
        )

    def _headline(self, one: Activity) -> Content:
        spoken, summary = language_of(self), one.summary
        figures = [
            ("distance", distance(one.distance_m, spoken)),
            ("moving", duration(one.moving_s)),
            ("elapsed", duration(one.elapsed_s)),
            ("pace", None if one.average_speed is None else pace(one.average_speed, one.sport, spoken)),
            ("fastest", None if summary.max_speed is None else pace(summary.max_speed, one.sport, spoken)),
            ("climbed", None if one.elevation_gain_m is None else height(one.elevation_gain_m, spoken)),
            ("heart", None if one.heart_rate_avg is None else heart_rate(one.heart_rate_avg, spoken)),
            ("highest", None if summary.heart_rate_max is None else heart_rate(summary.heart_rate_max, spoken)),
            ("energy", None if one.kcal is None else f"{number(one.kcal)} kcal"),
        ]
        told = [(self.said(f"tui.activity.{name}"), value) for name, value in figures if value is not None]
        wide = max(len(label) for label, _ in told) + 1
        cells = [
            Content.assemble(column(label, wide), Content.styled(column(value, _VALUE), "bold"))
            for label, value in told
        ]
        beside = max(1, (self.app.size.width - 2) // (wide + _VALUE))
        return Content("\n").join(Content("").join(cells[at : at + beside]) for at in range(0, len(cells), beside))

    def _splits(self, one: Activity) -> Content:
        splits, spoken = one.summary.splits, language_of(self)
        if not splits:
            return Content("")
        lines = [self._heading("tui.activity.splits")]
        for split in splits:
            speed = split.distance_m / split.moving_s if split.moving_s else None
            rise = "" if split.elevation_m is None else f"{split.elevation_m:+.0f} m"
            beats = "" if split.heart_rate is None else heart_rate(split.heart_rate, spoken)
            whole = column(distance(split.distance_m, spoken), 9)
            lines.append(
                Content(
                    f"{split.number:>3}  {whole} {duration(split.moving_s):>7} {pace(speed, one.sport, spoken):>13}"
                    f" {rise:>7} {beats:>11}".rstrip()
                )
            )
        return Content("\n").join(lines)

    def _bests(self, one: Activity) -> Content:
        lines = [*self._efforts(one), *self._zones(one)]
        return Content("\n").join(lines)

    def _efforts(self, one: Activity) -> Iterator[Content]:
        spoken = language_of(self)
        others = [measure for measure in one.records if measure not in {each.measure for each in one.summary.efforts}]
        if one.summary.efforts or others:
            yield Content("\n") + self._heading("tui.activity.bests")
        for effort in one.summary.efforts:
            record = Content.styled(f"  ★ {self.said('tui.activity.record')}", "$success")
            name = column(self.said(f"tracking.measure.{effort.measure}"), 15)
            at = self.said("tui.activity.from", distance=distance(effort.from_m, spoken))
            line = Content(f"  {name} {duration(effort.seconds):>8}  {at}")
            yield line + record if effort.measure in one.records else line
        for measure in others:
            yield Content.styled(
                f"  ★ {self.said('tui.activity.record_of', measure=self.said(f'tracking.measure.{measure}'))}",
                "$success",
            )

    def _zones(self, one: Activity) -> Iterator[Content]:
        zones, spoken = one.summary.zones, language_of(self)
        whole = sum(zone.seconds for zone in zones)
        if not whole:
            return
        yield Content("\n") + self._heading("tui.activity.zones")
        for zone in zones:
            bounds = f"{zone.from_bpm}–{zone.to_bpm - 1}" if zone.to_bpm is not None else f"{zone.from_bpm}+"
            bar = "█" * round(_BAR * zone.seconds / whole)
            yield Content.assemble(
                f"  {zone.number}  {column(bounds, 8)} {duration(zone.seconds):>8}  ",
                Content.styled(column(bar, _BAR), "$primary"),
                f" {number(100 * zone.seconds / whole, 0)} %" if spoken else "",
            )

    @property
    def _known(self) -> list[str]:
        """What there is a chart of."""
        samples = self._profile.samples if self._profile is not None else ()
        return [name for name in _CURVES if sum(getattr(one, name) is not None for one in samples) > 1]

    def _draw(self, profile: Profile) -> None:
        known = self._known
        curve = self.query_one(Curve)
        curve.display = bool(known)
        if known:
            self._draw_curve(curve, profile, known[self._curve % len(known)])
        places: list[tuple[float, float] | None] = []
        before = 0.0
        for one in profile.samples:
            if one.metres - before > 1.5 * profile.step_m:
                places.append(None)
            if one.lat is not None and one.lon is not None:
                places.append((one.lat, one.lon))
            before = one.metres
        self.query_one(Way).draw(places)

    def _draw_curve(self, curve: Curve, profile: Profile, name: str) -> None:
        spoken = language_of(self)
        points: list[tuple[float, float | None]] = []
        before = 0.0
        for one in profile.samples:
            if one.metres - before > 1.5 * profile.step_m:
                points.append((one.metres - profile.step_m, None))
            points.append((one.metres, getattr(one, name)))
            before = one.metres
        words = {
            "altitude": lambda value: height(value, spoken),
            "speed": lambda value: pace(value, profile.sport, spoken),
            "heart_rate": lambda value: number(value, 0),
        }
        curve.draw(
            self.said(f"tui.activity.curve.{name}"),
            points,
            across=lambda metres: distance(metres, spoken),
            up=words[name],
            least=_LEAST[name],
        )
