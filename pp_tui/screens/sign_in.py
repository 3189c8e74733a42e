"""Who is there: e-mail or phone, password, and the gym for somebody who works in several."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Center, Vertical
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from pp_tui.keys import Key, bindings
from pp_tui.screens.frame import PulseScreen
from pp_tui.standing import works_at
from pp_tui.texts import is_unreachable, worded
from pp_tui.widgets.fields import Field
from pp_tui.widgets.notice import Notice, Tone
from pp_tui.widgets.said import Said

if TYPE_CHECKING:
    from pp_core.client.signing_in import Session
    from pp_core.identity.operations import GymSummary
    from pp_core.kernel.errors import Problem


class SignInScreen(PulseScreen):
    """Shown first, and again after signing out; `why` says what ended the session before."""

    STEM = "sign_in"
    closed: ClassVar[bool] = True
    KEYS = (Key("enter", "sign_in", "sign_in"),)
    # What is typed at once behind Enter must not land in the field that anybody can read: this Enter overtakes it.
    BINDINGS: ClassVar = [*bindings(*KEYS), Binding("enter", "to_password", show=False, priority=True)]

    def __init__(self, why: Callable[[], str] | None = None, identifier: str = "") -> None:
        super().__init__()
        self._why = why
        self._identifier = identifier
        self._session: Session | None = None
        self._gyms: list[GymSummary] = []
        self._busy = False

    def compose_body(self) -> ComposeResult:
        """Two fields, and a list of gyms once there are several."""
        with Center(), Vertical(id="sign-in"):
            yield Said("tui.screen.sign_in", classes="title")
            yield Field("identifier", value=self._identifier)
            yield Field("password", password=True)
            yield Said("tui.sign_in.choose", id="choose")
            yield OptionList(id="gyms", markup=False)
            yield Notice(id="notice")

    def on_mount(self) -> None:
        """Begin where something is missing."""
        self.query_one("#choose").display = self.query_one("#gyms").display = False
        self.query_one("#password" if self._identifier else "#identifier").focus()
        if self._why is not None:
            self.tell(self._why)

    def tell(self, sentence: Callable[[], str], tone: Tone = Tone.BAD) -> None:
        """Say what is wrong."""
        self.query_one(Notice).tell(sentence, tone)

    def action_to_password(self) -> None:
        """On from whose login it is to the password, at once."""
        if self.focused is not self.query_one("#identifier"):
            raise SkipAction
        self.set_focus(self.query_one("#password"))
        self.query_one("#identifier").call_later(self._demand_identifier)

    def _demand_identifier(self) -> None:
        """Back where nothing was typed; the field asks, once everything before that Enter stands in it."""
        field = self.query_one("#identifier", Input)
        if not field.value.strip():
            self.tell(lambda: self.said("tui.sign_in.identifier_missing"))
            self.set_focus(field)

    @on(Input.Submitted, "#password")
    def action_sign_in(self) -> None:
        """Sign in with what was typed."""
        identifier = self.query_one("#identifier", Input).value.strip()
        password = self.query_one("#password", Input).value
        if len(identifier) < 3:  # the operation's own least
            self.tell(lambda: self.said("tui.sign_in.identifier_missing"))
            self.query_one("#identifier").focus()
        elif not password:
            self.tell(lambda: self.said("tui.sign_in.password_missing"))
            self.query_one("#password").focus()
        elif not self._busy:
            self._busy = True
            self.tell(lambda: self.said("tui.sign_in.asking"), Tone.PLAIN)
            self._ask(identifier, password)

    @work(group="sign-in")
    async def _ask(self, identifier: str, password: str) -> None:
        from pydantic import SecretStr

        from pp_core.client.signing_in import Session
        from pp_core.identity.operations import SignIn
        from pp_core.kernel.errors import Problem

        try:
            reached = await self.pulse.reached
            device = f"pp tui on {socket.gethostname()}"[:80]
            asked = SignIn(identifier=identifier, password=SecretStr(password), device=device, gym=self.pulse.gym)
            signed_in = await self.pulse.link.ask(reached.nobody, asked)
        except Problem as problem:
            self._not_signed_in(problem)
            return
        finally:
            self._busy = False
        session = Session(reached.nobody, signed_in)
        if signed_in.gym is not None:
            await self._enter(session, signed_in.gym, identifier)
        elif signed_in.gyms:
            self._choose(session, signed_in.gyms)
        else:
            self.tell(lambda: self.said("tui.sign_in.no_gym"))

    def _not_signed_in(self, problem: "Problem") -> None:
        self.tell(lambda: worded(self, problem))
        field = self.query_one("#password", Input)
        if is_unreachable(problem):
            field.select_all()  # Enter tries it again, a letter begins anew
        else:
            field.value = ""
            field.focus()

    async def _enter(self, session: "Session", gym: "GymSummary", identifier: str) -> None:
        """To the desk, if it is theirs; else the session goes no further."""
        if works_at(gym):
            self.pulse.begin(session, gym, identifier)
            return
        from pp_core.identity.operations import SignOut
        from pp_core.kernel.errors import Problem

        self.tell(lambda: self.said("tui.sign_in.not_staff", gym=gym.name))
        self.query_one("#password", Input).value = ""
        if not self._gyms:  # else another one may be chosen yet
            with suppress(Problem):
                await session.run(SignOut())

    def _choose(self, session: "Session", gyms: "list[GymSummary]") -> None:
        self._session, self._gyms = session, gyms
        self.query_one(Notice).clear()
        offered = self.query_one("#gyms", OptionList)
        offered.clear_options()
        offered.add_options(Option(gym.name, id=gym.slug) for gym in gyms)
        offered.highlighted = 0
        for field in self.query(Field):
            field.display = False
        self.query_one("#choose").display = offered.display = True
        offered.focus()

    @on(OptionList.OptionSelected, "#gyms")
    @work(group="sign-in")
    async def _on_chosen(self, chosen: OptionList.OptionSelected) -> None:
        from pp_core.kernel.errors import Problem

        assert self._session is not None
        if self._busy:
            return
        self._busy = True
        gym = self._gyms[chosen.option_index]
        try:
            await self._session.enter(gym.slug)
        except Problem as problem:
            why = problem
            self.tell(lambda: worded(self, why))
            return
        finally:
            self._busy = False
        await self._enter(self._session, gym, self.query_one("#identifier", Input).value.strip())
