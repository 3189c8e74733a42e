"""What screens share that show people who move: asking anew when something changed, and telling since when it is old."""

import asyncio
from datetime import datetime, timedelta
from typing import ClassVar

from textual import work

from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.policy import Permission
from pp_core.kernel.watching import Change
from pp_core.kernel.wording import time_of_day
from pp_core.tracking.operations import WatchBoard
from pp_tui.latest import Latest
from pp_tui.link import State
from pp_tui.screens.frame import PulseScreen
from pp_tui.standing import Standing
from pp_tui.texts import is_unreachable, worded
from pp_tui.widgets.notice import Notice, Tone

BREATH_SECONDS = 0.5
"""Between two questions, however often people are heard of."""
TICK_SECONDS = 5.0
"""How often times are told anew."""


class MovingScreen(PulseScreen):
    """Asks when it opens, when what it shows changed, at a key, and when the core is there again."""

    ASKING: ClassVar[str]
    """The text for before the first answer."""

    def __init__(self) -> None:
        super().__init__()
        self._problem: Problem | None = None
        self._seen_at: datetime | None = None  # by the clock here, which need not be the server's
        self._asking: Latest[None] = Latest(self._look)
        self._following = False
        self._was = State.CONNECTING

    async def ask(self) -> None:
        """Ask for what is shown and keep it."""
        raise NotImplementedError

    def concerns(self, change: Change) -> bool:
        """Whether what is shown is another thing after this change."""
        return True

    def show(self) -> None:
        """Show what is known, in the language of the moment and as long ago as it is by now."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Begin."""
        self._was = self.pulse.standing.state
        self.watch(self.app, "standing", self._standing_changed, init=False)
        self.set_interval(TICK_SECONDS, self.relabel)
        self.relabel()
        self.action_refresh()
        self._follow()

    def on_screen_resume(self) -> None:
        """Follow on, when what covered it was the end of a session."""
        if self.is_mounted and not self._following:
            self._follow()
            self.action_refresh()

    @work
    async def action_refresh(self) -> None:
        """Ask now."""
        await self._asking.want(None)

    @work(exclusive=True, group="follow")
    async def _follow(self) -> None:
        if not self.pulse.standing.may(Permission.ACTIVITY_TRACK_LIVE):
            return
        self._following = True
        try:
            async for change in self.pulse.link.follow(WatchBoard()):
                if change.began or self.concerns(change):
                    self.action_refresh()
        except Problem as problem:
            if problem.kind is not Kind.UNAUTHENTICATED:
                self._problem = problem
                self.relabel()
        finally:
            self._following = False

    async def _look(self, _: None) -> None:
        await self.pulse.link.there()
        try:
            await self.ask()
        except Problem as problem:
            self._problem = problem
        else:
            self._problem, self._seen_at = None, self.pulse.clock.now()
        if self.is_there:
            self.relabel()
            self.refresh_bindings()
            await asyncio.sleep(BREATH_SECONDS)

    def _standing_changed(self, standing: Standing) -> None:
        if standing.state is State.ONLINE and self._was is not State.ONLINE and self._problem is not None:
            self.action_refresh()
        self._was = standing.state

    def relabel(self) -> None:
        """Say it all anew."""
        notice = self.query_one(Notice)
        problem = self._problem
        if problem is not None and not is_unreachable(problem):
            notice.tell(worded(self, problem), Tone.BAD)
        elif problem is not None and self._seen_at is not None:
            at = time_of_day(self._seen_at, self.pulse.standing.zone)
            notice.tell(self.said("tui.outdoors.stale", time=at), Tone.BAD)
        elif problem is not None:
            notice.tell(self.said("tui.outdoors.never"), Tone.BAD)
        elif self._seen_at is None:
            notice.tell(self.said(self.ASKING))
        else:
            self.tell(notice)
        if self._seen_at is not None:
            self.show()

    def tell(self, notice: Notice) -> None:
        """What is said while all is well."""
        notice.clear()

    @property
    def since_seen(self) -> timedelta:
        """How long ago the last answer came."""
        return timedelta(0) if self._seen_at is None else self.pulse.clock.now() - self._seen_at
