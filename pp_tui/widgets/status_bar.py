"""The top line: which gym, who is signed in, the time, and whether the core answers."""

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from pp_tui.link import State
from pp_tui.texts import said

if TYPE_CHECKING:
    from pp_tui.app import PulseApp

_SIGNS = {State.CONNECTING: ("◌", "$warning"), State.ONLINE: ("●", "$success"), State.OFFLINE: ("○", "bold $error")}
_MINUTE = 20.0
"""Seconds between two looks at the clock."""


class StatusBar(Horizontal):
    """Redrawn when the application's `standing` is another one, and every so often for the time."""

    def __init__(self) -> None:
        super().__init__()
        self._left = Static(id="where", markup=False)
        self._right = Static(id="how", markup=False)

    def compose(self) -> ComposeResult:
        """Where on the left, how on the right."""
        yield self._left
        yield self._right

    def on_mount(self) -> None:
        """Follow the application."""
        self.watch(self.app, "standing", self.relabel)
        self.set_interval(_MINUTE, self.relabel)

    def relabel(self) -> None:
        """Say it in the language of the moment."""
        app = cast("PulseApp", self.app)
        standing = app.standing
        where = [part for part in (standing.gym_name or app.title, standing.person_name) if part]
        self._left.update(" · ".join(where))
        self._right.update(self._how(app))

    def _how(self, app: "PulseApp") -> Content:
        standing, time = app.standing, self._time(app)
        sign, colour = _SIGNS[standing.state]
        parts: list[Content | str] = []
        if standing.waiting:
            parts += [Content.styled(said(self, "tui.waiting", count=standing.waiting), "bold $warning"), " · "]
        if standing.state is not State.CONNECTING or standing.gym is not None or not standing.reached:
            # A server that was found is asked nothing before somebody signs in: there is nothing to tell of it.
            parts.append(Content.styled(f"{sign} {said(self, f'tui.link.{standing.state.value}')}", colour))
        if time:
            parts += [" · ", time]
        return Content.assemble(*parts)

    def _time(self, app: "PulseApp") -> str:
        if not app.standing.timezone:
            return ""
        from pp_core.kernel.wording import time_of_day

        return time_of_day(app.clock.now(), app.standing.timezone)
