"""A phone beside the simulated gateway: type a text, see what comes back.

`Phone` is the handset, `run_interactive` puts it in a terminal.
"""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Self

import httpx
from rich.align import Align
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

LONGEST_POLL = 25.0
"""Seconds a handset asks to be held."""
_GLANCE = 0.5


class PhoneError(Exception):
    """The simulator is not there or did not understand."""


@dataclass(frozen=True, slots=True)
class ReceivedSms:
    """A text that reached the phone; `parts` is what it cost the gym."""

    id: str
    sender: str
    text: str
    parts: int
    link_id: str | None


@dataclass(frozen=True, slots=True)
class SentSms:
    """A text that the phone sent: the gateway's id of it, and the link id that answers may carry."""

    id: str
    link_id: str


class Phone:
    """One number at a simulated gateway.

    Use it as an async context manager: it receives what comes after it is opened.
    """

    def __init__(self, number: str, simulator_url: str, *, to: str | None = None) -> None:
        self.number = number
        self.to = to
        self._client = httpx.AsyncClient(base_url=simulator_url, timeout=LONGEST_POLL + 10, trust_env=False)
        self._after = 0
        self._inbox: list[ReceivedSms] = []

    async def __aenter__(self) -> Self:
        try:
            self._after = (await self._get("/sim/messages", phone=self.number))["last"]
        except BaseException:
            await self._client.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, text: str) -> SentSms:
        """Send `text` to the short code."""
        body = {"from": self.number, "text": text}
        if self.to is not None:
            body["to"] = self.to
        answer = await self._call("POST", "/sim/incoming", json=body)
        return SentSms(str(answer["id"]), str(answer["linkId"]))

    async def receive_answer(
        self,
        sent: SentSms,
        timeout: float,  # noqa: ASYNC109
        settled: Callable[[str], Awaitable[bool]] | None = None,
    ) -> ReceivedSms | None:
        """Take the first text that carries the link id of `sent` or none; another's came late and is not taken for it.

        None when nothing came within `timeout` seconds, or sooner when `settled` says of the text's id that nothing will.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        while (left := until - loop.time()) > 0:
            reply = await self.receive(left if settled is None else min(left, _GLANCE))
            if reply is not None and reply.link_id in (None, sent.link_id):
                return reply
            if reply is None and settled is not None and await settled(sent.id):
                break
        return None

    async def receive(self, timeout: float) -> ReceivedSms | None:  # noqa: ASYNC109
        """Take the oldest text not yet taken; None when none comes within `timeout` seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        while not self._inbox:
            left = max(0.0, until - loop.time())
            await self._poll(min(left, LONGEST_POLL))
            if not left:
                break
        return self._inbox.pop(0) if self._inbox else None

    async def drain(self) -> list[ReceivedSms]:
        """Take everything that has arrived, without waiting."""
        await self._poll(0)
        taken, self._inbox = self._inbox, []
        return taken

    async def _poll(self, wait: float) -> None:
        answer = await self._get("/sim/messages/stream", phone=self.number, after=self._after, wait=round(wait, 3))
        self._after = answer["last"]
        self._inbox.extend(
            ReceivedSms(each["id"], each["from"], each["text"], each["parts"], each["linkId"])
            for each in answer["messages"]
            if each["accepted"]
        )

    async def _get(self, path: str, **params: Any) -> dict[str, Any]:
        return await self._call("GET", path, params=params)

    async def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            response = await self._client.request(method, path, **options)
            response.raise_for_status()
            body: dict[str, Any] = response.json()
        except httpx.HTTPStatusError as error:
            raise PhoneError(f"{path}: {error.response.text}") from error
        except (httpx.HTTPError, ValueError) as error:
            raise PhoneError(f"no simulator at {self._client.base_url}: {error}") from error
        return body


async def run_interactive(
    phone: Phone, *, console: Console | None = None, read_line: Callable[[], str] = input
) -> None:
    """Let somebody type: each line is a text, and whatever arrives is shown as it comes. Ends with the input.

    `read_line` blocks for a line and raises EOFError at the end.
    """
    screen = console or Console()
    screen.print(Text(f"{phone.number} - one text a line, Ctrl-D to put the phone away", style="dim"))

    async def said(text: str) -> None:
        await phone.send(text)
        screen.print(Align.right(bubble(text, title=phone.number, style="green")))

    await converse(said, _listen(phone, screen), read_line=read_line)


async def converse(
    on_line: Callable[[str], Awaitable[None]],
    listen: Coroutine[None, None, None],
    *,
    read_line: Callable[[], str] = input,
) -> None:
    """Give each line typed to `on_line` while `listen` shows what comes; ends with the input or when `listen` fails."""
    listening = asyncio.create_task(listen)
    typed = _typed(read_line)
    try:
        while True:
            line = asyncio.ensure_future(typed.get())
            # A listener that fails must be heard while the keyboard is silent.
            await asyncio.wait({line, listening}, return_when=asyncio.FIRST_COMPLETED)
            if not line.done():
                line.cancel()
                break
            text = line.result()
            if text is None:
                break
            if text.strip():
                await on_line(text)
        # What was on its way when the input ended still deserves to be seen.
        if not listening.done():
            await asyncio.sleep(0.2)
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


async def _listen(phone: Phone, screen: Console) -> None:
    while True:
        sms = await phone.receive(LONGEST_POLL)
        if sms is not None:
            count = "1 SMS" if sms.parts == 1 else f"{sms.parts} SMS"
            screen.print(bubble(sms.text, title=sms.sender, subtitle=count, style="cyan"))


def bubble(text: str, *, title: str, style: str, subtitle: str | None = None) -> Panel:
    """Frame one message."""
    return Panel.fit(Text(text), title=Text(title), subtitle=subtitle, title_align="left", border_style=style)


def _typed(read_line: Callable[[], str]) -> asyncio.Queue[str | None]:
    """Read lines in a daemon thread: one blocked on the keyboard must not hold up the end of the program."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def pump() -> None:
        ended = False
        while not ended:
            line: str | None = None
            with contextlib.suppress(EOFError, OSError):
                line = read_line()
            ended = line is None
            try:
                loop.call_soon_threadsafe(lines.put_nowait, line)
            except RuntimeError:
                return  # the loop is gone, and with it the phone

    threading.Thread(target=pump, name="phone-keyboard", daemon=True).start()
    return lines
