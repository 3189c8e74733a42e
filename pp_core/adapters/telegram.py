"""One bot on Telegram's Bot API: sends its messages, fetches its updates, tells Telegram about it.

Source: Telegram Bot API 10.0 (sendMessage, getUpdates, setWebhook, "Making requests"), python-telegram-bot 22.8.

What an answer to sendMessage means is decided here, once:

- **Accepted** is an answer with the message in it.
- **Refused for good** is HTTP 400 (no such chat, text or buttons that cannot be), 403 (they blocked the bot, or never wrote
  to it), 401 and 404 (the token is not a bot's: no machine can mend that, so staff must see the word) and any other 4xx
  not named below.
- **Safe to repeat** is what certainly was not taken: no connection, no free connection of ours, and HTTP 429 once the wait
  it asks for is longer than `LONGEST_WAIT`. A shorter wait is waited out here, once, by the library's limiter.
- **Unknown** is the rest: any 5xx and HTTP 408 (Telegram has no request ids, so one that was taken cannot be told from one
  that was not), a time-out or a break after the request was written, and an answer that cannot be read.

A text longer than a message goes out as several. When a later one fails the whole is unknown: part of it was read.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from typing import Any

import httpx
from telegram import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest, RequestData

from pp_core.kernel.ports import BotConflictError, BotDelivery, BotError, SendOutcome, SendStatus
from pp_core.kernel.settings import TelegramSettings

LONGEST_TEXT = 4096
"""Of one message, in UTF-16 units, which is what Telegram's clients count in."""
LONGEST_CAPTION = 1024
"""Under a picture, likewise."""
LONGEST_DATA = 64
"""Bytes that a button may carry."""
LONGEST_WAIT = 5.0
"""Seconds that a worker waits where Telegram asks for it; a longer wait is the queue's."""
CONNECTIONS = 40
"""Updates that Telegram may push to us at a time."""
SORTS = ("message", "edited_message", "callback_query")
"""The updates we ask for."""
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 20.0
_LONGEST_REASON = 200
_Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove


class TelegramBot:
    """The `ChatBot` port on one bot. Connects with the first call, in the loop that makes it; `close` when done."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings
        self._bot: _Bot | None = None
        self._username: str | None = None
        self._asking = asyncio.Lock()

    @property
    def id(self) -> str:
        """The bot's own id, which its token begins with."""
        return self._settings.token.partition(":")[0]

    async def close(self) -> None:
        """Hang up. A later call connects again."""
        if self._bot is not None:
            bot, self._bot = self._bot, None
            await bot.hang_up()

    async def send(self, *, chat: str, text: str, buttons: Mapping[str, Any] | None) -> SendOutcome:
        """Send `text` as it is, without any markup; see the module for what each answer becomes."""
        try:
            markup = _markup(buttons or {})
        except (KeyError, TypeError, ValueError) as error:
            return SendOutcome(SendStatus.REFUSED, reason=_short(f"buttons that cannot be: {error}"))
        parts = split(text)
        outcome = SendOutcome(SendStatus.REFUSED, reason="no text")
        for number, part in enumerate(parts, 1):
            outcome = await self._send(chat, part, markup if number == len(parts) else None)
            if outcome.status is not SendStatus.SENT:
                if number == 1:
                    return outcome
                reason = f"{number - 1} of {len(parts)} parts sent, then {outcome.status}: {outcome.reason}"
                return SendOutcome(SendStatus.UNKNOWN, reason=_short(reason))
        return outcome

    async def send_picture(
        self, *, chat: str, picture: bytes, text: str, buttons: Mapping[str, Any] | None
    ) -> SendOutcome:
        """Send a picture with `text` as its caption; a text longer than captions are goes after it, as a message."""
        try:
            markup = _markup(buttons or {})
        except (KeyError, TypeError, ValueError) as error:
            return SendOutcome(SendStatus.REFUSED, reason=_short(f"buttons that cannot be: {error}"))
        fits = _length(text) <= LONGEST_CAPTION
        outcome = await self._sent(
            lambda bot: bot.send_photo(
                chat_id=_chat_id(chat),
                photo=picture,
                caption=text if fits else None,
                reply_markup=markup if fits else None,
            )
        )
        if fits or outcome.status is not SendStatus.SENT:
            return outcome
        return await self.send(chat=chat, text=text, buttons=buttons)

    async def _send(self, chat: str, text: str, markup: _Markup | None) -> SendOutcome:
        return await self._sent(
            lambda bot: bot.send_message(
                chat_id=_chat_id(chat),
                text=text,
                reply_markup=markup,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )

    async def _sent(self, send: "Callable[[_Bot], Coroutine[Any, Any, Message]]") -> SendOutcome:
        try:
            sent = await send(self._open())
            return SendOutcome(SendStatus.SENT, gateway_id=str(sent.message_id))
        except TelegramError as error:
            return SendOutcome(_status(error), reason=_reason(error))
        except Exception as error:
            # An answer of another shape than the library expects; it may quote the address, which holds the token.
            return SendOutcome(SendStatus.UNKNOWN, reason=f"the answer cannot be read: {type(error).__name__}")

    async def username(self) -> str:
        """The bot's name in lower case without @; asked once."""
        async with self._asking:
            if self._username is None:
                me = await self._asked(lambda bot: bot.get_me())
                self._username = (me.username or "").lower()
            return self._username

    async def updates(self, *, after: int | None, wait: float) -> list[Any]:
        """The updates that follow `after` as Telegram wrote them; `BotConflictError` when somebody else asks as well."""
        found = await self._asked(lambda bot: bot.raw_updates(None if after is None else after + 1, wait))
        return found if isinstance(found, list) else []

    async def file(self, ref: str, *, most: int) -> tuple[str, bytes]:
        """Name and content of a file; the Bot API hands out at most 20 MB (getFile)."""
        found = await self._asked(lambda bot: bot.get_file(ref))
        if (found.file_size or 0) > most:
            raise BotError(f"the file is larger than {most} bytes", final=True)
        content = bytes(await self._asked(lambda _: found.download_as_bytearray()))
        return (found.file_path or "").rpartition("/")[2], content

    async def answer_press(self, press: str) -> None:
        """Stop the animation on a pressed button, if it still runs."""
        try:
            await self._asked(lambda bot: bot.answer_callback_query(press))
        except BotError:
            return

    async def offer_commands(self, commands: Mapping[str, str], language: str | None) -> None:
        """Show `commands` in the menu, to people of `language` or to all others."""
        listed = [BotCommand(name, description) for name, description in commands.items()]
        await self._asked(lambda bot: bot.set_my_commands(listed, language_code=language))

    async def push_to(self, url: str, *, secret: str) -> None:
        """Have updates pushed to `url`, with `secret` in `X-Telegram-Bot-Api-Secret-Token`."""
        await self._asked(
            lambda bot: bot.set_webhook(url, secret_token=secret, allowed_updates=SORTS, max_connections=CONNECTIONS)
        )

    async def stop_pushing(self) -> None:
        """Take the webhook away; updates that wait stay."""
        await self._asked(lambda bot: bot.delete_webhook(drop_pending_updates=False))

    async def delivery(self) -> BotDelivery:
        """How updates reach us. An error that is older than a quarter of an hour is left out."""
        found = await self._asked(lambda bot: bot.get_webhook_info())
        recent = found.last_error_date is not None and time.time() - found.last_error_date.timestamp() < 900
        return BotDelivery(found.url or None, found.pending_update_count, found.last_error_message if recent else None)

    async def _asked(self, ask: "Callable[[_Bot], Coroutine[Any, Any, Any]]") -> Any:
        try:
            return await ask(self._open())
        except Conflict as error:
            raise BotConflictError(_reason(error)) from None
        except RetryAfter as error:
            raise BotError(_reason(error), pause=_seconds(error)) from None
        except TelegramError as error:
            raise BotError(_reason(error), final=_status(error) is SendStatus.REFUSED) from None
        except Exception as error:
            raise BotError(f"the answer cannot be read: {type(error).__name__}") from error

    def _open(self) -> "_Bot":
        if self._bot is None:
            self._bot = _Bot(self._settings)
        return self._bot


class _Bot(ExtBot[int]):
    """The library's bot, with updates as they came: one that the library cannot read must not hold up the rest."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._calls, self._polls = _request(32), _request(2)
        super().__init__(
            settings.token,
            base_url=f"{settings.base_url}/bot",
            base_file_url=f"{settings.base_url}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
            rate_limiter=_Limiter(max_retries=1),
        )

    async def raw_updates(self, offset: int | None, wait: float) -> object:
        data = {"offset": offset, "timeout": int(wait), "allowed_updates": SORTS}
        return await self._post("getUpdates", data, read_timeout=wait + _READ_SECONDS)

    async def hang_up(self) -> None:
        await asyncio.gather(self._calls.shutdown(), self._polls.shutdown())


class _TooLongError(TelegramError):
    """Telegram asks for a longer wait than a worker has."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Too Many Requests: retry after {seconds:.0f}")
        self.seconds = seconds


class _Limiter(AIORateLimiter):
    """The library's limiter, which sleeps for as long as it is told: here only for a short while."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        *more: Any,
        **named: Any,
    ) -> Any:
        async def bounded(*given: Any, **options: Any) -> Any:
            try:
                return await callback(*given, **options)
            except RetryAfter as error:
                if _seconds(error) > LONGEST_WAIT:
                    raise _TooLongError(_seconds(error)) from error
                raise

        return await super().process_request(bounded, args, kwargs, *more, **named)


class _Request(HTTPXRequest):
    """The library's transport, telling apart what the library makes one error of."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *times: Any, **named: Any
    ) -> tuple[int, bytes]:
        code, payload = await super().do_request(url, method, request_data, *times, **named)
        if code == httpx.codes.TOO_MANY_REQUESTS and b"retry_after" not in payload:
            raise RetryAfter(1)
        if 400 <= code < 500 and code not in _TOLD_APART:
            raise BadRequest(f"HTTP {code}")
        return code, payload


def _request(connections: int) -> _Request:
    return _Request(
        connection_pool_size=connections,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        write_timeout=_READ_SECONDS,
        pool_timeout=_CONNECT_SECONDS,
    )


# 408 stays with the library, which makes a NetworkError of it as of 5xx: unknown.
_TOLD_APART = frozenset({400, 401, 403, 404, 408, 409, 429})


def split(text: str, most: int = LONGEST_TEXT) -> list[str]:
    """Cut a text into messages: at a line's end or between words where the last half of a message has such a place."""
    parts = []
    while _length(text) > most:
        end = most
        while _length(text[:end]) > most:
            end -= max(1, (_length(text[:end]) - most) // 2)
        cut = next((at for mark in ("\n", " ") if (at := text.rfind(mark, end // 2, end + 1)) > 0), end)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip() if cut < end else text[cut:]
    return [part for part in (*parts, text) if part.strip()]


def _length(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def _chat_id(chat: str) -> int | str:
    return int(chat) if chat.lstrip("-").isdecimal() else chat


def _markup(buttons: Mapping[str, Any]) -> _Markup | None:
    """The keyboard of a message, which has one at most: asking for the contact makes the other buttons words to send."""
    rows = [[(str(one["text"]), str(one["data"])) for one in row] for row in buttons.get("rows") or () if row]
    for _, data in (one for row in rows for one in row):
        if not 1 <= len(data.encode()) <= LONGEST_DATA:
            raise ValueError(f"the data {data[:20]!r} is not 1 to {LONGEST_DATA} bytes")
    if label := buttons.get("ask_contact"):
        asking = [KeyboardButton(str(label), request_contact=True)]
        words = [[KeyboardButton(shown) for shown, _ in row] for row in rows]
        return ReplyKeyboardMarkup([asking, *words], resize_keyboard=True, one_time_keyboard=True)
    if rows:
        return InlineKeyboardMarkup(
            [[InlineKeyboardButton(shown, callback_data=data) for shown, data in row] for row in rows]
        )
    return ReplyKeyboardRemove() if buttons.get("remove") else None


def _status(error: TelegramError) -> SendStatus:
    match error:
        case RetryAfter() | _TooLongError():
            return SendStatus.RETRY
        case BadRequest() | Forbidden() | InvalidToken() | ChatMigrated() | Conflict():
            return SendStatus.REFUSED
        case NetworkError(__cause__=httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout()):
            return SendStatus.RETRY
        case _:
            return SendStatus.UNKNOWN


def _reason(error: TelegramError) -> str:
    match error:
        case NetworkError(__cause__=httpx.HTTPError() as cause):
            return type(cause).__name__
        case _:
            return _short(error.message)


def _seconds(error: RetryAfter) -> float:
    given = error.retry_after
    return given.total_seconds() if isinstance(given, timedelta) else float(given)


def _short(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_REASON]
