"""The screen that a browser shows: opened for whoever signed in there, and left to a new sign-in there."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

from textual import work

from pp_core.client import session
from pp_core.client.signing_in import Reached, reach
from pp_core.kernel.errors import Problem
from pp_core.kernel.policy import Door
from pp_tui.app import PulseApp

from .handover import Handover, take


class ServedApp(PulseApp):
    """Reception's screen for a session that was handed over."""

    CSS_PATH = str(Path(__file__).parents[1] / "app.tcss")  # a relative one would be looked for beside this file

    def __init__(self, handed: Handover) -> None:
        self._handed = handed
        super().__init__(
            self._opened,
            language=handed.given.language,
            look=handed.given.look,
            signed_in=True,
            idle_seconds=handed.given.lock_minutes * 60,
        )

    async def show_sign_in(self, why: Callable[[], str] | None = None) -> None:
        """Nobody signs in on this screen: the login ends with all its screens, and the browser shows its own form."""
        with suppress(Problem):
            await self._handed.sign_out()
        self.exit()

    def lock_changed(self, locked: bool) -> None:
        """Let the server know, which opens the next screen of this login in the same state."""
        self._tell_lock(locked)

    @work(group="lock")
    async def _tell_lock(self, locked: bool) -> None:
        with suppress(Problem):
            await self._handed.tell_lock(locked)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Reached]:
        given = self._handed.given
        async with reached(self._handed) as found:
            # Before anything of the gym is asked for, so that a locked screen never shows it.
            assert given.signed_in.gym is not None
            self.identifier = given.identifier
            self.stand(given.signed_in.gym)
            if given.locked:
                self.action_lock()
            yield found


@asynccontextmanager
async def reached(handed: Handover) -> AsyncIterator[Reached]:
    """The core that the server signed us in to, with the session as the login that is kept."""
    given = handed.given
    gym = given.signed_in.gym
    login = session.Login(given.server or "", given.identifier, None if gym is None else gym.slug, refresh_token="")
    async with reach(door=Door.TUI, language=given.language, server=given.server, local=given.server is None) as found:
        yield replace(found, kept=handed.client(found.nobody), login=login)


def run() -> None:
    """Show the screen for the session that this process was given."""
    handed = take()
    assert handed is not None
    ServedApp(handed).run()
