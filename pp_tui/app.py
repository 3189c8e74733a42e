"""The application: who is signed in, the way to the core, and what holds on every screen."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.events import Event, MouseEvent, Paste
from textual.events import Key as KeyPressed

from pp_core.kernel.clock import Clock, SystemClock
from pp_core.kernel.errors import Problem
from pp_core.kernel.policy import Permission
from pp_tui.everywhere import EverywhereApp
from pp_tui.link import PAUSE_SECONDS, Link, State
from pp_tui.loading import FIRST, HEAD_START, LATER, load, settle
from pp_tui.screens.frame import PulseModal, PulseScreen
from pp_tui.screens.sign_in import SignInScreen
from pp_tui.standing import Standing, works_at
from pp_tui.texts import said, worded
from pp_tui.themes import LOOKS

if TYPE_CHECKING:
    from pp_core.client.protocol import Client
    from pp_core.client.signing_in import Reached
    from pp_core.identity.operations import GymSummary

Reach = Callable[[], "AbstractAsyncContextManager[Reached]"]
IDLE_SECONDS, _LOOK_SECONDS = 300.0, 2.0


def _desk() -> PulseScreen:
    from pp_tui.screens.desk import DeskScreen  # whoever signs in first does not wait for it

    return DeskScreen()


class PulseApp(EverywhereApp):
    """Reception's screen. `reach` opens the way to a core; `signed_in` says that a kept login is expected there."""

    CSS_PATH = "app.tcss"
    TITLE = "Progress Pulse"

    def __init__(
        self,
        reach: Reach,
        *,
        language: str = "en",
        look: str = "dark",
        gym: str | None = None,
        signed_in: bool = False,
        idle_seconds: float = IDLE_SECONDS,
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        for theme in LOOKS.values():
            self.register_theme(theme)
        self.theme = LOOKS[look].name
        self.set_reactive(PulseApp.language, language)
        self.clock = clock or SystemClock()
        self.idle_seconds = idle_seconds  # 0: never locked by itself
        self.identifier = ""
        self.gym = gym  # the slug of the gym wanted, for a login that works in several
        self.reached: asyncio.Future[Reached]
        self.link: Link
        self._reach = reach
        self._expects_login = signed_in
        self._touched_at = 0.0
        self._probing = False
        self._signing_out = False
        self._unread: list[Callable[[], str] | str] = []

    def on_mount(self) -> None:
        """Show the first screen at once and open the way to the core beside it."""
        loop = asyncio.get_running_loop()
        self.reached = loop.create_future()
        self.link = Link(self._link_changed, self._session_ended, lambda: self.is_running)
        self._touched_at = loop.time()
        self.push_screen(_desk() if self._expects_login else SignInScreen())
        self.set_timer(HEAD_START, self._connect)
        if self.idle_seconds:
            self.set_interval(min(_LOOK_SECONDS, self.idle_seconds / 2), self._lock_when_idle)

    # The way to the core

    @work(group="connection")
    async def _connect(self) -> None:
        async with AsyncExitStack() as held:
            await asyncio.to_thread(load, FIRST)
            settle()
            while not self.reached.done():
                try:
                    reached = await held.enter_async_context(self._reach())
                except Exception as problem:  # a database's are no `Problem`s; whatever it is, it is told
                    self.standing = replace(self.standing, state=State.OFFLINE)
                    self._tell_unreachable(problem)
                    await asyncio.sleep(PAUSE_SECONDS)
                else:
                    self.reached.set_result(reached)
                    self.standing = replace(self.standing, reached=True)
            if self._expects_login:
                await (self.show_sign_in() if reached.kept is None else self._take_up(reached))
            await asyncio.to_thread(load, LATER)
            settle()
            await asyncio.Event().wait()  # held open until the application ends

    async def _take_up(self, reached: "Reached") -> None:
        """Begin as the login that this machine keeps."""
        from pp_core.identity.operations import GetProfile

        assert reached.kept is not None
        self.link.use(reached.kept)
        while True:
            try:
                profile = await self.link.run(GetProfile())
            except Problem as problem:
                if self.link.state is State.OFFLINE:
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                await self.show_sign_in(partial(worded, self, problem))
                return
            break
        wanted = self.gym or (reached.login.gym if reached.login is not None else None)
        gyms = [gym for gym in profile.gyms if wanted in (None, gym.slug)]
        self.identifier = profile.email or profile.phone or ""
        if len(gyms) != 1:
            await self.show_sign_in()
        elif works_at(gyms[0]):
            self.stand(gyms[0])
        else:
            await self._turn_away(gyms[0].name)

    @work(group="standing", exclusive=True)
    async def stand_anew(self) -> None:
        """Learn again what whoever is signed in may do here: it was changed meanwhile."""
        from pp_core.identity.operations import GetProfile

        with suppress(Problem):
            gyms = (await self.link.run(GetProfile())).gyms
            if here := [gym for gym in gyms if gym.slug == self.standing.gym and works_at(gym)]:
                self.stand(here[0])
            elif self.standing.gym is not None:
                await self._turn_away(self.standing.gym_name)

    async def _turn_away(self, gym: str) -> None:
        await self.show_sign_in(partial(said, self, "tui.sign_in.not_staff", gym=gym))

    def begin(self, client: "Client", gym: "GymSummary", identifier: str) -> None:
        """Act for whoever has just signed in, and show the desk."""
        self.identifier = identifier
        self.link.use(client)
        self.stand(gym)
        self._show_desk()

    @work(group="desk")
    async def _show_desk(self) -> None:
        await self._show_alone(_desk())

    def stand(self, gym: "GymSummary") -> None:
        """Show who is here and what they may."""
        self.standing = replace(
            self.standing,
            gym=gym.slug,
            gym_name=gym.name,
            person_name=gym.person_name,
            permissions=frozenset(gym.permissions),
        )
        self.refresh_bindings()

    async def show_sign_in(self, why: Callable[[], str] | None = None) -> None:
        """Back to the first screen, with nothing of the gym left behind it."""
        self.link.close()
        self.standing = Standing(self.standing.state, self.standing.reached)
        self._unread.clear()
        await self._show_alone(SignInScreen(why=why, identifier=self.identifier))

    async def _show_alone(self, screen: PulseScreen) -> None:
        """In the place of everything that was there, whatever was opened over it meanwhile."""
        for old in self.screen_stack[1:]:
            self.workers.cancel_node(old)  # what they ask for has nowhere to be shown any more
        while len(self.screen_stack) > 2:
            await self.pop_screen()
        await self.switch_screen(screen)

    def _tell_unreachable(self, problem: Exception) -> None:
        if isinstance(screen := self.screen_stack[-1], SignInScreen):
            screen.tell(partial(worded, self, problem) if isinstance(problem, Problem) else lambda: str(problem))

    def _link_changed(self, state: State) -> None:
        self.standing = replace(self.standing, state=state)
        if state is State.OFFLINE and not self._probing:
            self._probe()

    @work(group="probe")
    async def _probe(self) -> None:
        """Ask something small until the core answers again; the link notes it."""
        from pp_core.identity.operations import GetProfile

        self._probing = True
        try:
            while self.link.state is State.OFFLINE:
                with suppress(Problem):
                    if self.link.acts:
                        await self.link.run(GetProfile())
                    else:  # a refusal is an answer too
                        await self.link.ask((await self.reached).nobody, GetProfile())
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._probing = False

    def waiting(self, count: int) -> None:
        """Tell how many check-ins have no answer yet."""
        self.standing = replace(self.standing, waiting=count)

    def in_timezone(self, timezone: str) -> None:
        """Tell the gym's time from now on."""
        if timezone != self.standing.timezone:
            self.standing = replace(self.standing, timezone=timezone)

    def _session_ended(self, problem: Problem) -> None:
        """Ask whoever is there to prove themselves again; what stands on the desk stays."""
        if self.standing.gym is None:
            return
        from pp_tui.screens.lock import LockScreen

        lock = next((screen for screen in self.screen_stack if isinstance(screen, LockScreen)), None)
        if lock is not None:
            lock.end(partial(worded, self, problem))
        else:
            self._lock(ended=partial(worded, self, problem))

    def alert(self, sentence: Callable[[], str] | str) -> None:
        """Show what must not go by unread: at once, or when the lock is open."""
        self._unread.append(sentence)
        self.show_unread()

    def show_unread(self) -> None:
        """Show what could not be shown before, each until it is acknowledged."""
        from pp_tui.screens.alert import AlertScreen

        while self._unread and not self.is_closed:
            self.push_screen(AlertScreen(self._unread.pop()))

    # The lock

    async def on_event(self, event: Event) -> None:
        """Note that somebody is there."""
        if isinstance(event, (KeyPressed, MouseEvent, Paste)):
            self._touched_at = asyncio.get_running_loop().time()
        await super().on_event(event)

    def _lock_when_idle(self) -> None:
        if asyncio.get_running_loop().time() - self._touched_at >= self.idle_seconds:
            self.action_lock()

    # What can be done everywhere

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which of the keys are offered here and now."""
        if not isinstance(self.screen, (PulseScreen, PulseModal)):
            return action not in {choice.action for choice in self.KEYS}  # the palette has its own keys
        match action:
            case "sign_out" | "leave" if self.screen.STEM == "confirm":
                return False  # asking twice would need two answers
            case "lock" | "sign_out":
                return not self.is_closed and (action == "sign_out" or self.standing.gym is not None)
            case "health":
                return self._opens(Permission.HEALTH_READ, action)
            case "audit":
                return self._opens(Permission.AUDIT_READ, action)
            case "outdoors":
                return self._opens(Permission.ACTIVITY_TRACK_LIVE, "out")
            case _:
                return True

    def action_lock(self) -> None:
        """Hide everything until the PIN is given."""
        self._lock()

    def _lock(self, ended: Callable[[], str] | None = None) -> None:
        if not self.is_closed and self.standing.gym is not None:
            from pp_tui.screens.lock import LockScreen

            self.push_screen(LockScreen(ended), lambda _: self.lock_changed(False))
            self.lock_changed(True)

    def lock_changed(self, locked: bool) -> None:
        """The lock was put on, or opened. Nobody outside needs to know; whoever shows this screen elsewhere may."""

    def action_sign_out(self) -> None:
        """End the session here; one that `pp login` keeps stays with this machine."""
        self._unless_waiting("tui.sign_out.waiting", self._sign_out)

    @work(group="sign-out")
    async def _sign_out(self) -> None:
        from pp_core.identity.operations import SignOut

        if self._signing_out:
            return  # the key was pressed twice: the second would sign out whoever comes next
        self._signing_out = True
        try:
            if not self.link.acts_for(self.reached.result().kept) and self.link.state is State.ONLINE:
                with suppress(Problem):
                    await self.link.run(SignOut())
            await self.show_sign_in()
        finally:
            self._signing_out = False

    def _unless_waiting(self, question: str, act: Callable[[], object]) -> None:
        """Act, after asking once more when check-ins would be lost by it."""
        if not self.standing.waiting:
            act()
            return
        from pp_tui.screens.confirm import ConfirmScreen

        asked = ConfirmScreen(partial(said, self, question, count=self.standing.waiting))
        self.push_screen(asked, lambda sure: self._act_if(sure, act))

    def _act_if(self, sure: bool | None, act: Callable[[], object]) -> None:
        if sure:
            act()

    def action_leave(self) -> None:
        """End."""
        self._unless_waiting("tui.leave.waiting", self.exit)
