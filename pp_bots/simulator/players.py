"""The phones of a simulated gateway as `pp sim` plays them: line by line from a script, or in a terminal.

`pp_cli.commands.machine.playing.Player` says what a player is; the runtime's table of simulators names one for each channel.
"""

import io
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Self

from rich.align import Align
from rich.console import Console

from pp_bots.simulator.africastalking import (
    AfricasTalkingSimulator,
    Screen,
    SimulatorSettings,
    UssdRefused,
    UssdSettings,
)
from pp_bots.simulator.africastalking.operators import operator_of
from pp_bots.simulator.africastalking.sessions import SERVICE_CODE
from pp_bots.simulator.phone import Phone, bubble, run_interactive
from pp_bots.simulator.ussd_phone import UssdPhone, keyboard, run_ussd
from pp_bots.simulator.ussd_screen import as_svg, as_text, picture
from pp_core.kernel.ids import ussd_turn_key
from pp_core.kernel.phone import e164
from pp_core.kernel.settings import Settings

_DIALLED = re.compile(r"\*\d.*#")
SHORT_CODE = "20880"
_LONGEST_SMS = 1600


@dataclass(frozen=True, slots=True)
class Played:
    """What one line of a script came to.

    `gateway_id` is the id under which our server keeps the turn, `trouble` what the outside world would complain of.
    """

    gateway_id: str | None = None
    reply: str | None = None
    parts: int = 0
    screen: str | None = None
    trouble: tuple[str, ...] = ()


class _GatewayPlayer:
    """What the channels of one gateway share: its simulator."""

    def __init__(
        self, server: str, settings: Settings, *, token: str, code: str | None = None, host: str, port: int
    ) -> None:
        base, sms = server.rstrip("/"), settings.sms
        # A server that is there has tokens of its own, which these settings know; one to be started takes ours.
        self.sms_token = sms.callback_token or token
        self.ussd_token = settings.ussd.callback_token or self.sms_token
        self.sms = SimulatorSettings(
            username=sms.username,
            api_key=sms.api_key or "simulator",
            incoming_url=f"{base}/hooks/sms/{self.sms_token}/incoming",
            report_url=f"{base}/hooks/sms/{self.sms_token}/report",
            opt_out_url=f"{base}/hooks/sms/{self.sms_token}/opt-out",
            short_code=code if code and not code.startswith("*") else SHORT_CODE,
        )
        self.ussd = UssdSettings(
            callback_url=f"{base}/hooks/ussd/{self.ussd_token}",
            ended_url=f"{base}/hooks/ussd/{self.ussd_token}/ended",
            service_codes=(code if code and code.startswith("*") else SERVICE_CODE,),
        )
        self._simulator = AfricasTalkingSimulator(self.sms, self.ussd, host=host, port=port)
        self._open = AsyncExitStack()

    @property
    def url(self) -> str:
        """Where the simulator listens; its port is known once entered."""
        return self._simulator.url

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self._simulator)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def environment(self) -> dict[str, str]:
        """The settings under which `pp up` uses this simulator."""
        return {
            "PP_AT_BASE_URL": self.url,
            "PP_AT_USERNAME": self.sms.username,
            "PP_AT_API_KEY": self.sms.api_key,
            "PP_AT_CALLBACK_TOKEN": self.sms_token,
            "PP_AT_SENDER": self.sms.short_code,
            "PP_USSD_CALLBACK_TOKEN": self.ussd_token,
        }

    def addresses(self) -> dict[str, str]:
        """What a gym must own so that phones reach it, by kind of channel."""
        return {"sms": self.sms.short_code, "ussd": self.ussd.service_codes[0]}

    def number(self, given: str) -> str:
        """A phone as the gateway spells it; ValueError when it is none."""
        return e164(given)

    async def run(self) -> None:
        """Only play the gateway, until SIGINT or SIGTERM."""
        await self._simulator.run()


class SmsPlayer(_GatewayPlayer):
    """Phones that write texts."""

    def __init__(
        self, server: str, settings: Settings, *, token: str, code: str | None = None, host: str, port: int
    ) -> None:
        if code is not None and not code.isalnum():
            raise ValueError(f"{code!r} is no short code; write it like 20880")
        super().__init__(server, settings, token=token, code=code, host=host, port=port)
        self._phones: dict[str, Phone] = {}
        self._log: list[tuple[str, str, Played]] = []

    @property
    def probe(self) -> str:
        """Where our server takes delivery reports."""
        return str(self.sms.report_url)

    def longest(self, number: str) -> int:
        """How many characters this phone sends at once."""
        return _LONGEST_SMS

    async def play(
        self, number: str, text: str, *, wait: float, settled: Callable[[str], Awaitable[bool]] | None = None
    ) -> Played:
        """Send a text and wait for what comes back."""
        phone = self._phones.get(number)
        if phone is None:
            phone = await self._open.enter_async_context(Phone(number, self.url, to=self.sms.short_code))
            self._phones[number] = phone
        await phone.drain()
        sent = await phone.send(text)
        reply = await phone.receive_answer(sent, wait, settled)
        played = Played(sent.id, reply.text if reply else None, reply.parts if reply else 0)
        self._log.append((number, text, played))
        return played

    async def hang_up(self, number: str) -> None:
        """A text has no session: nothing to do."""

    async def finish(self) -> None:
        """Nothing is left open by texts."""

    async def interact(self, number: str, language: str, hint: str = "") -> None:
        """Be one phone in this terminal."""
        async with Phone(number, self.url, to=self.sms.short_code) as phone:
            await run_interactive(phone)

    def drawn(self, language: str) -> str:
        """The newest exchange as a phone shows it."""
        console = Console(width=60, color_system=None, file=io.StringIO())
        with console.capture() as capture:
            self._show(console, self._log[-1:])
        return capture.get()

    def picture(self, language: str) -> str:
        """Everything that was written, as an SVG picture."""
        console = Console(width=60, record=True, force_terminal=True, file=io.StringIO())
        self._show(console, self._log)
        return picture(console, f"SMS {self.sms.short_code}")

    def _show(self, console: Console, exchanges: list[tuple[str, str, Played]]) -> None:
        for number, text, played in exchanges:
            console.print(Align.right(bubble(text, title=number, style="green")))
            if played.reply is not None:
                console.print(bubble(played.reply, title=self.sms.short_code, style="cyan"))


class UssdPlayer(_GatewayPlayer):
    """Phones that dial."""

    def __init__(
        self, server: str, settings: Settings, *, token: str, code: str | None = None, host: str, port: int
    ) -> None:
        if code is not None and not code.startswith("*"):
            raise ValueError(f"{code!r} is no service code; write it like {SERVICE_CODE}")
        super().__init__(server, settings, token=token, code=code, host=host, port=port)
        self._phones: dict[str, UssdPhone] = {}
        self._seen: list[tuple[str, Screen]] = []

    @property
    def probe(self) -> str:
        """Where our server hears of the ends of sessions."""
        return str(self.ussd.ended_url)

    def longest(self, number: str) -> int:
        """How many characters this phone's network takes at once."""
        return operator_of(number).typed

    async def play(
        self, number: str, text: str, *, wait: float, settled: Callable[[str], Awaitable[bool]] | None = None
    ) -> Played:
        """Dial, or type one input into this phone's session; without one it dials first."""
        phone = self._phone(number)
        try:
            screen = await self._next(phone, text)
        except UssdRefused as refused:
            return Played(trouble=(str(refused),))
        self._seen.append((text or self.ussd.service_codes[0], screen))
        key = None
        if screen.input is not None:
            key = ussd_turn_key(screen.service_code, screen.phone, screen.session, screen.input)
        if screen.prefix is None:
            return Played(key, trouble=(*screen.errors, screen.text))
        reply = screen.reply[4:] if screen.reply is not None and screen.input is not None else screen.text
        return Played(key, reply, screen.pages, screen.prefix, screen.errors)

    async def hang_up(self, number: str) -> None:
        """End this phone's session."""
        await self._phone(number).hang_up()

    async def finish(self) -> None:
        """Hang up every phone, and wait until our server was told of all ends."""
        for phone in self._phones.values():
            await phone.hang_up()
        await self._simulator.ussd.finished()

    async def interact(self, number: str, language: str, hint: str = "") -> None:
        """Be one phone in this terminal."""
        phone = self._phone(number)
        await run_ussd(
            phone, service_code=self.ussd.service_codes[0], language=language, read_line=keyboard(), hint=hint
        )

    def drawn(self, language: str) -> str:
        """The newest screen as a phone shows it."""
        return as_text(self._seen[-1:], language)

    def picture(self, language: str) -> str:
        """Every screen, as an SVG picture."""
        return as_svg(self._seen, language, title=self.ussd.service_codes[0])

    async def _next(self, phone: UssdPhone, text: str) -> Screen:
        if not text or _DIALLED.fullmatch(text):
            return await phone.dial(text or None)
        if phone.talking:
            try:
                return await phone.answer(text)
            except UssdRefused:
                if phone.screen is not None:
                    raise
        # No session runs, or it ended while the phone was silent: dial, and type into what comes.
        screen = await phone.dial()
        return screen if screen.ended else await phone.answer(text)

    def _phone(self, number: str) -> UssdPhone:
        if number not in self._phones:
            self._phones[number] = UssdPhone(number, self._simulator.ussd)
        return self._phones[number]
