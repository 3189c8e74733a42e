"""The lock: the desk was left alone, and everything on it is hidden until the PIN is given."""

import socket
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from pydantic import SecretStr, ValidationError
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Center, Vertical
from textual.widgets import Input

from pp_core.client.signing_in import Session
from pp_core.identity.operations import SignIn, SignOut
from pp_core.kernel.call import BearerToken
from pp_core.kernel.errors import Problem
from pp_core.tenants.operations import CheckPin, PinLocked, PinUnset
from pp_tui.keys import Key, bindings
from pp_tui.screens.frame import PulseScreen
from pp_tui.texts import is_unreachable, worded
from pp_tui.widgets.fields import Field
from pp_tui.widgets.notice import Notice, Tone
from pp_tui.widgets.said import Said


class LockScreen(PulseScreen):
    """Over whatever was there, which stays as it is: what was typed, what was found, what waits.

    `ended` says that the session is over, and why: then only the password opens, and begins another one.
    """

    STEM = "lock"
    closed: ClassVar[bool] = True
    KEYS = (
        Key("enter", "unlock", "unlock"),
        Key("f2", "by_password", "by_password"),
        Key("f2", "by_pin", "by_pin"),
        Key("f4", "someone_else", "sign_out"),
    )
    BINDINGS = bindings(*KEYS)

    def __init__(self, ended: Callable[[], str] | None = None) -> None:
        super().__init__()
        self._ended = ended
        self._with_password = ended is not None
        self._busy = False

    def compose_body(self) -> ComposeResult:
        """Whose it is, one field, and what was wrong."""
        with Center(), Vertical(id="lock"):
            yield Said("tui.screen.lock", classes="title")
            yield Said("tui.lock.whose", id="whose", name=self.pulse.standing.person_name)
            yield Field("pin", password=True)
            yield Field("password", password=True)
            yield Notice(id="notice")

    def on_mount(self) -> None:
        """Ask for the PIN."""
        if self._ended is not None:
            self.query_one(Notice).tell(self._ended, Tone.MIND)
            self.action_by_password()
        else:
            self.query_one("#password").display = False
            self.query_one("#pin").focus()

    def end(self, why: Callable[[], str]) -> None:
        """The session behind it is over as well: ask for the password, which begins another one."""
        if self._ended is None:
            self._ended = why
            if self.is_mounted:
                self.on_mount()

    def action_by_password(self) -> None:
        """Ask for the password instead: of somebody who has no PIN, or forgot it."""
        self._ask_for("password", "pin")

    def action_by_pin(self) -> None:
        """Ask for the PIN again."""
        self._ask_for("pin", "password")

    def _ask_for(self, one: str, other: str) -> None:
        self._with_password = one == "password"
        self.query_one(f"#{other}").display = False
        field = self.query_one(f"#{one}")
        field.display = True
        field.focus()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Which of the two F2 asks for; only the password opens where the session is over."""
        match action:
            case "by_password":
                return not self._with_password
            case "by_pin":
                return self._with_password and self._ended is None
            case _:
                return True

    def action_someone_else(self) -> None:
        """End this session and let somebody else sign in."""
        self.pulse.action_sign_out()

    @on(Input.Submitted)
    def action_unlock(self) -> None:
        """Try what was typed."""
        field = self.query_one("#password" if self._with_password else "#pin", Input)
        if field.value and not self._busy:
            self._busy = True
            self._try(field.value)
            field.value = ""

    @work(group="unlock")
    async def _try(self, secret: str) -> None:
        try:
            if self._with_password:
                await self._by_password(secret)
            else:
                await self.pulse.link.run(CheckPin(pin=SecretStr(secret)))
        except PinUnset:
            self._tell(lambda: self.said("tui.lock.pin_unset"), Tone.MIND)
            self.action_by_password()
        except PinLocked as problem:
            locked = problem
            self._tell(lambda: f"{worded(self, locked)} {self.said('tui.lock.or_password')}")
            self.action_by_password()
        except ValidationError:
            self._tell(lambda: self.said("tui.lock.pin_form"))
        except Problem as problem:
            self._tell(partial(worded, self, problem), Tone.MIND if is_unreachable(problem) else Tone.BAD)
        else:
            self.pop_until_active()  # help, or a question, that was opened over it meanwhile
            self.dismiss()
            self.pulse.show_unread()
        finally:
            self._busy = False

    def _tell(self, sentence: Callable[[], str], tone: Tone = Tone.BAD) -> None:
        self.query_one(Notice).tell(sentence, tone)

    async def _by_password(self, password: str) -> None:
        """Sign in once more: in the place of a session that is over, else only to prove it."""
        nobody = (await self.pulse.reached).nobody
        asked = SignIn(
            identifier=self.pulse.identifier,
            password=SecretStr(password),
            device=f"pp tui on {socket.gethostname()}"[:80],
            gym=self.pulse.standing.gym,
        )
        proof = await self.pulse.link.ask(nobody, asked)
        if self._ended is not None:
            self.pulse.link.use(Session(nobody, proof))
            if proof.gym is not None:
                self.pulse.stand(proof.gym)
        else:
            await nobody.acting(BearerToken(proof.access_token)).run(SignOut())
