"""The handsets of a simulated Telegram as `pp sim` plays them; see `pp_bots.simulator.players`."""

import io
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Self

from rich.align import Align
from rich.console import Console

from pp_bots.simulator.phone import PhoneError, bubble
from pp_bots.simulator.players import Played
from pp_bots.simulator.telegram.phone import ReceivedMessage, Sent, TelegramPhone
from pp_bots.simulator.telegram.screen import Typing, exchange, run_interactive, show
from pp_bots.simulator.telegram.server import TelegramSimulator
from pp_bots.simulator.telegram.state import SimulatorSettings
from pp_bots.simulator.ussd_screen import picture
from pp_core.kernel.phone import e164
from pp_core.kernel.settings import Settings

_LONGEST_MESSAGE = 4096
_PATIENCE = 15.0
_FIRST_NAMES = ("Amina", "Brian", "Cynthia", "David", "Esther", "Faith", "George", "Halima", "Ian", "Joyce")


class TelegramPlayer:
    """Handsets that write to the bot. Each shares its own number before the first line: that is how a gym knows it."""

    def __init__(
        self, server: str, settings: Settings, *, token: str, code: str | None = None, host: str, port: int
    ) -> None:
        username = (code or SimulatorSettings().username).lstrip("@")
        if not username.replace("_", "").isalnum():
            raise ValueError(f"{code!r} is no bot; write it like pulse_gym_bot")
        bot = settings.telegram.token or SimulatorSettings().token
        self._server = server.rstrip("/")
        # Telegram never gives an update's id twice: a simulator begun later goes on later.
        self._bot = SimulatorSettings(token=bot, username=username, first_update_id=int(time.time()))
        self._simulator = TelegramSimulator(self._bot, host=host, port=port)
        self._open = AsyncExitStack()
        self._typing: dict[str, Typing] = {}
        self._log: list[tuple[str, str, list[ReceivedMessage], list[str]]] = []

    @property
    def probe(self) -> str:
        """A Telegram bot has no address with a token of ours in it: whether the server answers at all."""
        return f"{self._server}/readyz"

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
            "PP_TELEGRAM_TOKEN": self._bot.token,
            "PP_TELEGRAM_BASE_URL": self.url,
            "PP_TELEGRAM_WEBHOOK_URL": self._server,
        }

    def addresses(self) -> dict[str, str]:
        """What a gym must own so that handsets reach it."""
        return {"telegram": self._bot.username}

    def number(self, given: str) -> str:
        """The phone number of a handset; ValueError when it is none."""
        return e164(given)

    def longest(self, number: str) -> int:
        """How many characters a handset sends at once."""
        return _LONGEST_MESSAGE

    async def play(
        self, number: str, text: str, *, wait: float, settled: Callable[[str], Awaitable[bool]] | None = None
    ) -> Played:
        """Do what a line says, and wait for what comes back."""
        typing = await self._handset(number)

        async def is_settled(sent: Sent) -> bool:
            key = self._key(sent)
            return settled is not None and key is not None and await settled(key)

        try:
            sent, answer = await exchange(typing, text, wait=wait, settled=is_settled)
        except PhoneError as error:
            return Played(trouble=(str(error),))
        self._log.append((number, text, answer, list(typing.buttons)))
        said = "\n\n".join(each.text for each in answer) if answer else None
        return Played(self._key(sent), said, len(answer))

    async def hang_up(self, number: str) -> None:
        """A chat has no session: nothing to do."""

    async def finish(self) -> None:
        """Nothing is left open by chats."""

    async def interact(self, number: str, language: str, hint: str = "") -> None:
        """Be one handset in this terminal."""
        async with TelegramPhone(self.url, first_name=_FIRST_NAMES[0], phone=number, language_code=language) as phone:
            await run_interactive(phone)

    async def run(self) -> None:
        """Only play Telegram, until SIGINT or SIGTERM."""
        await self._simulator.run()

    def drawn(self, language: str) -> str:
        """The newest exchange as a chat shows it."""
        console = Console(width=60, color_system=None, file=io.StringIO())
        with console.capture() as capture:
            self._show(console, self._log[-1:])
        return capture.get()

    def picture(self, language: str) -> str:
        """Everything that was written, as an SVG picture."""
        console = Console(width=60, record=True, force_terminal=True, file=io.StringIO())
        self._show(console, self._log)
        return picture(console, f"@{self._bot.username}")

    def _show(self, console: Console, exchanges: list[tuple[str, str, list[ReceivedMessage], list[str]]]) -> None:
        for number, text, answer, buttons in exchanges:
            console.print(Align.right(bubble(text, title=number, style="green")))
            for message in answer:
                show(console, message, buttons if message is answer[-1] else [])

    async def _handset(self, number: str) -> Typing:
        if number not in self._typing:
            name = _FIRST_NAMES[len(self._typing) % len(_FIRST_NAMES)]
            phone = await self._open.enter_async_context(TelegramPhone(self.url, first_name=name, phone=number))
            self._typing[number] = Typing(phone)
            await exchange(self._typing[number], "/contact", wait=_PATIENCE)
        return self._typing[number]

    def _key(self, sent: Sent) -> str | None:
        return None if sent.update_id is None else f"{self._bot.bot_id}:{sent.update_id}"
