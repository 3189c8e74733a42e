"""A handset that dials: `UssdPhone` drives one number's sessions, `run_ussd` puts it in a terminal."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, Self

import httpx
from rich.align import Align
from rich.console import Console
from rich.text import Text

from pp_bots.simulator.africastalking.sessions import Screen, UssdRefused
from pp_bots.simulator.phone import PhoneError
from pp_bots.simulator.ussd_screen import centred, dialler, draw
from pp_core.kernel.locale import text as said

_PATIENCE = 60.0


class UssdLine(Protocol):
    """What carries a phone's sessions: a `UssdNetwork` in this process, or `HttpLine` to a simulator elsewhere."""

    async def dial(self, phone: str, dialled: str | None = None, *, network: str | None = None) -> Screen:
        """Begin a session."""

    async def answer(self, session_id: str, text: str) -> Screen:
        """Go on with one."""

    async def hang_up(self, session_id: str) -> None:
        """End one."""


class HttpLine:
    """The control API of a running simulator; an async context manager."""

    def __init__(self, simulator_url: str) -> None:
        self._client = httpx.AsyncClient(base_url=simulator_url, timeout=_PATIENCE, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def dial(self, phone: str, dialled: str | None = None, *, network: str | None = None) -> Screen:
        """Begin a session; `UssdRefused` as the network says it."""
        body = {"phone": phone, "dial": dialled, "network": network}
        return Screen.from_json(await self._call("POST", "/sim/ussd/sessions", body))

    async def answer(self, session_id: str, text: str) -> Screen:
        """Type in a session; `UssdRefused` as the network says it."""
        return Screen.from_json(await self._call("POST", f"/sim/ussd/sessions/{session_id}/input", {"text": text}))

    async def hang_up(self, session_id: str) -> None:
        """End a session."""
        await self._call("DELETE", f"/sim/ussd/sessions/{session_id}")

    async def _call(self, method: str, path: str, body: dict[str, str | None] | None = None) -> dict[str, Any]:
        try:
            response = await self._client.request(method, path, json=body)
            answer: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise PhoneError(f"no simulator at {self._client.base_url}: {error}") from error
        if response.is_error:
            raise UssdRefused(str(answer.get("error", response.text)), response.status_code)
        return answer


class UssdPhone:
    """One number: what it dialled last, and what it shows."""

    def __init__(self, number: str, line: UssdLine, *, service_code: str | None = None) -> None:
        self.number = number
        self.service_code = service_code
        self.screen: Screen | None = None
        self._line = line

    @property
    def talking(self) -> bool:
        """Whether a session waits for an answer, as far as the phone knows."""
        return self.screen is not None and not self.screen.ended

    async def dial(self, dialled: str | None = None) -> Screen:
        """Dial `*384*77#`, or with the first inputs `*384*77*1#`; without anything the phone's own service code."""
        self.screen = None
        self.screen = await self._line.dial(self.number, dialled or self.service_code)
        return self.screen

    async def answer(self, text: str) -> Screen:
        """Type an answer to what is shown; `UssdRefused` when no session runs any more."""
        if self.screen is None:
            raise UssdRefused("nothing was dialled")
        try:
            self.screen = await self._line.answer(self.screen.session, text)
        except UssdRefused as refused:
            if refused.status != 400:  # the session has ended without us
                self.screen = None
            raise
        return self.screen

    async def hang_up(self) -> None:
        """End the session; without one nothing happens."""
        if self.screen is not None and not self.screen.ended:
            await self._line.hang_up(self.screen.session)
        self.screen = None


def keyboard(read: Callable[[], str] = input) -> Callable[[], Awaitable[str | None]]:
    """A `read_line` for `run_ussd`: each line in a daemon thread, so that one blocked on the keyboard holds up nothing."""

    async def read_line() -> str | None:
        loop = asyncio.get_running_loop()
        typed: asyncio.Future[str | None] = loop.create_future()

        def give(line: str | None) -> None:
            if not typed.done():
                typed.set_result(line)

        def wait() -> None:
            line: str | None = None
            with contextlib.suppress(EOFError, OSError):
                line = read()
            with contextlib.suppress(RuntimeError):  # the loop is gone, and with it the phone
                loop.call_soon_threadsafe(give, line)

        threading.Thread(target=wait, name="phone-keyboard", daemon=True).start()
        return await typed

    return read_line


async def run_ussd(
    phone: UssdPhone,
    *,
    service_code: str,
    language: str = "en",
    console: Console | None = None,
    read_line: Callable[[], Awaitable[str | None]],
    hint: str = "",
) -> None:
    """Let somebody dial and answer until the input ends. Empty or Ctrl-D hangs up, then asks whether to dial again.

    `read_line` gives what was typed, or None at the end of the input. `hint` stands beside the phone all the time.
    """
    shown = console or Console()
    note: str | None = None
    dialling: str | None = service_code
    while dialling is not None:
        try:
            screen = await phone.dial(dialling)
        except UssdRefused as refused:
            note, ended = str(refused), True
        else:
            ended = await _talk(phone, screen, language, shown, read_line, hint)
        if not ended:
            note = said("phone.hung_up", language)
        dialling = await _next_dial(phone, service_code, language, shown, read_line, note)
        note = None
    shown.print()


async def _talk(
    phone: UssdPhone,
    screen: Screen,
    language: str,
    console: Console,
    read_line: Callable[[], Awaitable[str | None]],
    hint: str,
) -> bool:
    """Go through one session; tells whether it ended by itself rather than by hanging up."""
    note: str | None = None
    while True:
        console.clear()
        console.print(draw(screen, language))
        if hint:
            console.print(Align.center(Text(hint, style="dim")))
        if screen.ended:
            return True
        console.print(_prompt(said("phone.reply", language), note), end="")
        line = await read_line()
        if not line:
            with contextlib.suppress(UssdRefused):
                await phone.hang_up()
            return False
        try:
            screen, note = await phone.answer(line), None
        except UssdRefused as refused:
            if phone.screen is None:
                console.print(_prompt("", str(refused)))
                return True
            note = str(refused)


async def _next_dial(
    phone: UssdPhone,
    service_code: str,
    language: str,
    console: Console,
    read_line: Callable[[], Awaitable[str | None]],
    note: str | None,
) -> str | None:
    """What is dialled next: Enter for the same code again, another code, or None at the end of the input."""
    if note is not None:
        console.clear()
        console.print(dialler(phone.number, service_code, note, language))
    console.print(_prompt(said("phone.dial_again", language, code=service_code), None), end="")
    line = await read_line()
    if line is None:
        return None
    return line.strip() or service_code


def _prompt(ask: str, note: str | None) -> Text:
    lines = Text()
    if note is not None:
        lines.append(centred(note) + "\n", style="yellow")
    lines.append(centred(f"{ask} ") if ask else "", style="bold")
    return lines
