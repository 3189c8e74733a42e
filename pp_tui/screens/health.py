"""How the system is: its database, its worker, the gym's channels, and the way from here to them."""

from collections.abc import Iterator
from datetime import datetime
from typing import get_args

from textual import work
from textual.app import ComposeResult

from pp_core.health.operations import HealthPart, HealthReport, PartName, ShowHealth, State
from pp_core.kernel.errors import DatabaseUnavailable, Problem
from pp_core.kernel.wording import ago, number, time_of_day
from pp_tui.keys import Key, bindings
from pp_tui.latest import Latest
from pp_tui.link import State as LinkState
from pp_tui.screens.frame import PulseModal, PulseScreen
from pp_tui.texts import is_unreachable, language_of, worded
from pp_tui.widgets.notice import SIGNS, Notice, Tone
from pp_tui.widgets.parts import PartLine, Parts

REFRESH_SECONDS = 5.0
_NAMES: tuple[PartName, ...] = get_args(PartName)
_TONES: dict[State, Tone] = {"ok": Tone.GOOD, "warning": Tone.MIND, "down": Tone.BAD, "absent": Tone.PLAIN}
_ABSENT, _UNKNOWN = "–", "?"
_OF = {"connections": "connections_allowed", "pool_used": "pool_size"}
"""Figures that mean something beside the most there may be."""
_TOLD_ABOVE = frozenset({"round_trip_ms", "silent_seconds", *_OF.values()})
_JUDGED_BY = frozenset({"lately", "failed_lately"})
"""What decides a channel's state, and is told by its reason."""


class HealthScreen(PulseScreen):
    """Asks by itself every few seconds while it shows, and at a key; Escape goes back."""

    STEM = "health"
    KEYS = (
        Key("ctrl+r", "refresh", "refresh"),
        Key("escape,f7", "app.pop_screen", "back"),
    )
    BINDINGS = bindings(*KEYS)

    def __init__(self) -> None:
        super().__init__()
        self._report: HealthReport | None = None
        self._seen_at: datetime | None = None  # by the clock here, which need not be the server's
        self._problem: Problem | None = None
        self._asking: Latest[None] = Latest(self._look)

    def compose_body(self) -> ComposeResult:
        """The whole in a sentence, then part by part."""
        yield Notice()
        yield Parts(1 + len(_NAMES), id="parts")

    def on_mount(self) -> None:
        """Begin to look."""
        self.query_one("#parts").focus()
        self.watch(self.app, "standing", self.relabel, init=False)
        self.set_interval(REFRESH_SECONDS, self._look_again)
        self.relabel()
        self.action_refresh()

    @work
    async def action_refresh(self) -> None:
        """Look now."""
        await self._asking.want(None)

    def _look_again(self) -> None:
        seen = not self.pulse.is_closed and (self.is_active or isinstance(self.app.screen, PulseModal))
        # A refusal is written down each time; whoever wants another presses the key.
        if seen and (self._problem is None or is_unreachable(self._problem)):
            self.action_refresh()

    async def _look(self, _: None) -> None:
        try:
            self._report = await self.pulse.link.run(ShowHealth())
        except Problem as problem:
            self._problem = problem
        else:
            self._problem, self._seen_at = None, self.pulse.clock.now()
        if self.is_there:
            self.relabel()

    def relabel(self) -> None:
        """Say it in the language of the moment, as long ago as it is by now."""
        self._tell()
        self.query_one(Parts).show(list(self._lines()))

    def _tell(self) -> None:
        notice = self.query_one(Notice)
        if self._problem is not None and not is_unreachable(self._problem):
            notice.tell(worded(self, self._problem), Tone.BAD)
        elif self._problem is not None:
            key = "tui.health.stale" if self._report is not None else "tui.health.never"
            notice.tell(self.said(key, time=self._time), Tone.BAD)
        elif self._report is None:
            notice.tell(self.said("tui.health.asking"))
        else:
            sentence = self.said(f"tui.health.summary.{self._report.state}")
            notice.tell(f"{sentence} {self.said('tui.health.seen', time=self._time)}", _TONES[self._report.state])

    @property
    def _time(self) -> str:
        return "" if self._seen_at is None else time_of_day(self._seen_at, self.pulse.standing.zone)

    def _lines(self) -> Iterator[PartLine]:
        yield self._link()
        known = {part.name: part for part in self._report.parts} if self._report is not None else {}
        for name in _NAMES:
            part = known.get(name)
            if self._problem is None and part is not None:
                yield self._part(part)
            elif name == "database" and isinstance(self._problem, DatabaseUnavailable):
                yield self._of(name, "down", worded(self, self._problem))
            else:
                yield self._unknown(name, part)

    def _link(self) -> PartLine:
        state = self.pulse.standing.state
        tone = {LinkState.ONLINE: Tone.GOOD, LinkState.OFFLINE: Tone.BAD}.get(state, Tone.MIND)
        why = self.said(f"tui.health.link.{state.value}")
        last = "" if self._seen_at is None else self._ago(self._seen_at, self.pulse.clock.now())
        return PartLine(
            self.said("tui.health.link"), tone, SIGNS[tone], self.said(f"tui.link.{state.value}"), why, last
        )

    def _of(self, name: PartName, state: State, why: str, last: str = "", more: str = "") -> PartLine:
        tone = _TONES[state]
        sign = SIGNS[tone] or _ABSENT
        return PartLine(
            self.said(f"health.part.{name}"), tone, sign, self.said(f"health.state.{state}"), why, last, more
        )

    def _unknown(self, name: PartName, part: HealthPart | None) -> PartLine:
        why = ""
        if part is not None:
            why = self.said("tui.health.was", state=self.said(f"health.state.{part.state}"), time=self._time)
        return PartLine(self.said(f"health.part.{name}"), Tone.PLAIN, _UNKNOWN, self.said("tui.health.unknown"), why)

    def _part(self, part: HealthPart) -> PartLine:
        now = self._now
        last = "" if part.at is None else self._ago(part.at, now)
        more = [] if part.state == "absent" else [*self._figures(part), *self._moments(part, now)]
        return self._of(part.name, part.state, part.why(language_of(self)), last, " · ".join(more))

    def _figures(self, part: HealthPart) -> Iterator[str]:
        of_channel = part.name not in ("database", "worker")
        if of_channel:
            yield part.about or self.said("tui.health.shared")
        for name, value in part.figures.items():
            if name in _TOLD_ABOVE or (of_channel and name in _JUDGED_BY) or not value:
                continue
            told = self.said(f"health.figure.{name}", number=number(value))
            most = part.figures.get(_OF.get(name, ""))
            yield told if most is None else self.said("tui.health.of", figure=told, most=number(most))

    def _moments(self, part: HealthPart, now: datetime) -> Iterator[str]:
        if part.last_in is not None:
            yield self.said("tui.health.last_in", ago=self._ago(part.last_in, now))
        if part.last_out is not None:
            yield self.said("tui.health.last_out", ago=self._ago(part.last_out, now))
        if part.failed_at is not None:
            failed = self.said("tui.health.failed", ago=self._ago(part.failed_at, now))
            told = part.failure is None or part.failure in part.why(language_of(self))
            yield failed if told else f"{failed}: {part.failure}"

    @property
    def _now(self) -> datetime:
        """The server's time by now, as far as its last answer tells."""
        assert self._report is not None
        assert self._seen_at is not None
        return self._report.at + (self.pulse.clock.now() - self._seen_at)

    def _ago(self, moment: datetime, now: datetime) -> str:
        return ago(moment, now, language_of(self))
