"""A handset in a terminal, or driven from lines; both read a line the same way.

`1` or a label presses a button that is shown, `/contact` shares the number, `/edit text` changes the last message,
`/reply n text` answers message n (its number stands over it). `/live lat lon` shares a live location for an hour, `/move lat lon`
moves it, with a third figure as at so many seconds since 1970, `/end` ends it where it is; `/place lat lon` sends a place that
stands still, `/file path` a file. Anything else is said.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import TypedDict

from rich.align import Align
from rich.console import Console
from rich.text import Text

from pp_bots.simulator.phone import LONGEST_POLL, PhoneError, bubble, converse
from pp_bots.simulator.telegram.phone import ReceivedMessage, Sent, TelegramPhone

_REPLY = re.compile(r"/reply\s+(\d+)\s+(.+)", re.DOTALL)
_EDIT = re.compile(r"/edit\s+(.+)", re.DOTALL)

_PLACE = re.compile(r"/(live|move|place)\s+(-?\d+(?:\.\d+)?)[\s,]+(-?\d+(?:\.\d+)?)(?:\s+(\d{9,11}))?")
_FILE = re.compile(r"/file\s+(\S.*)")
LIVE_PERIOD = 3600
"""Seconds for which `/live` shares."""

_LOOK_AGAIN = 1.0

ScriptStep = TypedDict(
    "ScriptStep", {"from": str, "text": str, "reply": str | None, "parts": int, "update_id": int | None}
)
"""One line of a script and its answer; `reply` is None and `parts` 0 when none came in time.

`parts` counts the messages of the answer, `update_id` is the update the bot got of the line, `from` the chat's id.
"""


class Typing:
    """Turns lines into acts. It needs to see what arrives, to know which buttons are on the screen."""

    def __init__(self, phone: TelegramPhone) -> None:
        self.phone = phone
        self._inline: list[str] = []
        self._below: list[str] = []
        self._at: tuple[float, float] | None = None

    @property
    def buttons(self) -> list[str]:
        """The labels on the screen, those under the last message first: `1` presses the first."""
        return [*self._inline, *(label for label in self._below if label not in self._inline)]

    def saw(self, message: ReceivedMessage) -> None:
        """Take note of a message that arrived."""
        self._inline = [label for row in message.inline for label, _ in row]
        if message.keyboard is not None:
            self._below = [label for row in message.keyboard for label in row]
        elif message.removes_keyboard:
            self._below = []

    async def type(self, line: str) -> Sent:
        """Do what a line says. Raises PhoneError for what cannot be done."""
        line = line.strip()
        if line == "/contact":
            return await self.phone.share_contact()
        if edit := _EDIT.fullmatch(line):
            return await self.phone.edit(None, edit.group(1))
        if reply := _REPLY.fullmatch(line):
            return await self.phone.reply(int(reply.group(1)), reply.group(2))
        if (place := _PLACE.fullmatch(line)) or line == "/end":
            return await self._go(place)
        if file := _FILE.fullmatch(line):
            return await self._send(Path(file.group(1)))
        if line in self.buttons:
            return await self.phone.press(line)
        if line.isdecimal() and 1 <= int(line) <= len(self.buttons):
            return await self.phone.press(self.buttons[int(line) - 1])
        return await self.phone.say(line)

    async def _go(self, place: re.Match[str] | None) -> Sent:
        if place is None:
            if self._at is None:
                raise PhoneError("no live location is shared: /live lat lon begins one")
            here, self._at = self._at, None
            return await self.phone.move_location(*here, stop=True)
        sort, lat, lon, at = place.groups()
        where, moment = (float(lat), float(lon)), int(at) if at else None
        if sort == "place":
            return await self.phone.send_location(*where, at=moment)
        self._at = where
        if sort == "live":
            return await self.phone.send_location(*where, live_period=LIVE_PERIOD, at=moment)
        return await self.phone.move_location(*where, at=moment)

    async def _send(self, path: Path) -> Sent:
        try:
            content = await asyncio.to_thread(_content, path)
        except OSError as error:
            raise PhoneError(f"{path} cannot be read: {error.strerror}") from error
        return await self.phone.send_document(content, name=path.name)


def _content(path: Path) -> bytes:
    return path.expanduser().read_bytes()


async def exchange(
    typing: Typing, line: str, *, wait: float, settled: Callable[[Sent], Awaitable[bool]] | None = None
) -> tuple[Sent, list[ReceivedMessage]]:
    """Do what a line says and wait for its answer: `wait` seconds, or until `settled` says that none will come.

    An answer is the first message or edit that follows and is no reply to another message, with what came at once with
    it. Raises PhoneError for a line that cannot be done.
    """
    phone, loop = typing.phone, asyncio.get_running_loop()
    for late in await phone.drain():
        typing.saw(late)
    sent = await typing.type(line)
    until = loop.time() + wait
    first: ReceivedMessage | None = None
    while first is None and loop.time() < until:
        left = until - loop.time()
        first = await phone.receive(left if settled is None else min(left, _LOOK_AGAIN))
        if first is not None and _is_late(first, sent):
            typing.saw(first)
            first = None
        elif first is None and settled is not None and await settled(sent):
            break
    answer = [] if first is None else [first, *await phone.drain()]
    for message in answer:
        typing.saw(message)
    return sent, answer


async def run_script(
    lines: Iterable[str],
    phone: TelegramPhone,
    *,
    timeout: float = 10.0,  # noqa: ASYNC109
) -> AsyncIterator[ScriptStep]:
    """Do each line and yield it with its answer. Blank lines and those beginning with `#` are skipped."""
    typing = Typing(phone)
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        sent, answer = await exchange(typing, text, wait=timeout)
        yield {
            "from": str(phone.id),
            "text": text,
            "reply": "\n\n".join(each.text for each in answer) if answer else None,
            "parts": len(answer),
            "update_id": sent.update_id,
        }


def _is_late(message: ReceivedMessage, sent: Sent) -> bool:
    """Tell an answer to an earlier line; a button makes no message, so any answer may be to it."""
    return None not in (sent.message_id, message.reply_to) and message.reply_to != sent.message_id


async def run_interactive(
    phone: TelegramPhone, *, console: Console | None = None, read_line: Callable[[], str] = input
) -> None:
    """Let somebody type, and show what arrives as it comes. Ends with the input.

    `read_line` blocks for a line and raises EOFError at the end.
    """
    screen = console or Console()
    typing = Typing(phone)
    hints = (
        "/contact, /edit text, /reply n text, /live lat lon, /move lat lon, /end, /file path, a number or a label presses a"
        " button, Ctrl-D to put the phone away"
    )
    screen.print(Text(f"{phone.name} ({phone.id}) - {hints}", style="dim"))

    async def said(line: str) -> None:
        try:
            sent = await typing.type(line)
        except PhoneError as error:
            screen.print(Text(str(error), style="red"))
            return
        number = "" if sent.message_id is None else f" #{sent.message_id}"
        screen.print(Align.right(bubble(line.strip(), title=f"{phone.name}{number}", style="green")))

    await converse(said, _listen(phone, typing, screen), read_line=read_line)


async def _listen(phone: TelegramPhone, typing: Typing, screen: Console) -> None:
    while True:
        message = await phone.receive(LONGEST_POLL)
        if message is None:
            continue
        typing.saw(message)
        show(screen, message, typing.buttons)


def show(screen: Console, message: ReceivedMessage, buttons: Sequence[str]) -> None:
    """A message as a chat shows it, with what can be pressed now."""
    text = message.text if message.media is None else f"[{message.media}] {message.text}".rstrip()
    screen.print(bubble(text, title=f"#{message.id}{' edited' if message.edited else ''}", style="cyan"))
    if buttons:
        screen.print(
            Text("  ".join(f"[{number}] {label}" for number, label in enumerate(buttons, start=1)), style="bold")
        )
