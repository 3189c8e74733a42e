"""A handset with Telegram on it: write to the bot, press its buttons, see what it says. It talks to `/sim/...`."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from pp_bots.simulator.phone import LONGEST_POLL, PhoneError


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """What the bot said, or said anew when `edited`. A button is its label and its data; `media` such as `photo`.

    `asks_contact` is the label of the button that shares the number, `reply_to` the id of the message answered.
    """

    id: int
    chat: int
    text: str
    entities: tuple[Mapping[str, Any], ...] = ()
    inline: tuple[tuple[tuple[str, str | None], ...], ...] = ()
    keyboard: tuple[tuple[str, ...], ...] | None = None
    asks_contact: str | None = None
    removes_keyboard: bool = False
    reply_to: int | None = None
    edited: bool = False
    media: str | None = None

    @property
    def buttons(self) -> list[str]:
        """The labels of all buttons, inline ones first, in reading order."""
        inline = [label for row in self.inline for label, _ in row]
        return inline + [label for row in self.keyboard or () for label in row]


@dataclass(frozen=True, slots=True)
class Sent:
    """Something done at the handset: the update the bot gets of it (None: it gets none) and the message it made."""

    update_id: int | None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Press(Sent):
    """A pressed button; an inline one has a query that the bot answers."""

    query_id: str | None = None


class TelegramPhone:
    """One person's handset at a simulated Telegram.

    Use it as an async context manager: it registers the person, and receives what comes after it is opened. Acts raise
    PhoneError for what the handset cannot do. `id` is the person's and the private chat's; each act takes another
    `chat` where the person is in a group.
    """

    def __init__(
        self,
        simulator_url: str,
        *,
        first_name: str = "Amina",
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = None,
        phone: str | None = None,
        id: int | None = None,
    ) -> None:
        details = {
            "id": id,
            "first_name": first_name,
            "last_name": last_name,
            "username": username,
            "language_code": language_code,
            "phone": phone,
        }
        self._person = {key: value for key, value in details.items() if value is not None}
        self._client = httpx.AsyncClient(base_url=simulator_url, timeout=LONGEST_POLL + 10, trust_env=False)
        self._after = 0
        self._inbox: list[ReceivedMessage] = []
        self.id = 0
        self.name = first_name
        self.actions: list[str] = []

    async def __aenter__(self) -> Self:
        try:
            self.id = (await self._call("POST", "/sim/users", json=self._person))["id"]
            self._after = (await self._call("GET", f"/sim/users/{self.id}/events"))["last"]
        except BaseException:
            await self._client.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def say(self, text: str, *, chat: int | None = None) -> Sent:
        """Send a text; commands begin with a slash."""
        return await self._act("say", text=text, chat=chat)

    async def start(self, payload: str = "") -> Sent:
        """Press Start, or come by a deep link that carries `payload`."""
        return await self._act("start", payload=payload)

    async def reply(self, message_id: int, text: str, *, chat: int | None = None) -> Sent:
        """Answer one message."""
        return await self._act("say", text=text, reply_to=message_id, chat=chat)

    async def edit(self, message_id: int | None, text: str, *, chat: int | None = None) -> Sent:
        """Change an own text, the last one when None."""
        return await self._act("edit", message_id=message_id, text=text, chat=chat)

    async def press(
        self,
        label: str | None = None,
        *,
        data: str | None = None,
        message_id: int | None = None,
        chat: int | None = None,
    ) -> Press:
        """Press the latest button called `label` or carrying `data`, inline or of the reply keyboard."""
        body = await self._done("press", label=label, data=data, message_id=message_id, chat=chat)
        return Press(body["update_id"], body["message_id"], body.get("query_id"))

    async def answered(self, press: Press, timeout: float) -> Mapping[str, Any] | None:  # noqa: ASYNC109
        """Wait until a pressed inline button stops loading: the answer's `text`, `show_alert`; None when it expires.

        Raises PhoneError when it still loads after `timeout` seconds.
        """
        if press.query_id is None:
            raise PhoneError("only inline buttons are answered")
        body = await self._call("GET", f"/sim/queries/{press.query_id}", params={"wait": timeout})
        if body["state"] == "loading":
            raise PhoneError("the button still loads")
        answer: Mapping[str, Any] | None = body["answer"]
        return answer

    async def share_contact(self, *, plus: bool = False) -> Sent:
        """Share the own number."""
        return await self._act("share-contact", plus=plus)

    async def share_other_contact(
        self, phone: str = "+254733000999", first_name: str = "Baraka", *, user_id: int | None = None
    ) -> Sent:
        """Share somebody else's number."""
        return await self._act("share-other-contact", phone=phone, first_name=first_name, user_id=user_id)

    async def send_photo(self, content: bytes | None = None, *, caption: str = "") -> Sent:
        """Send a PNG or JPEG, a small one of its own unless given."""
        return await self._act("send-photo", content=_base64(content), caption=caption)

    async def send_document(self, content: bytes, *, name: str = "file.bin", caption: str = "") -> Sent:
        """Send a file."""
        return await self._act("send-document", content=_base64(content), name=name, caption=caption)

    async def send_voice(self, content: bytes | None = None, *, seconds: int = 3) -> Sent:
        """Send a voice message."""
        return await self._act("send-voice", content=_base64(content), seconds=seconds)

    async def send_sticker(self, emoji: str = "💪") -> Sent:
        """Send a sticker."""
        return await self._act("send-sticker", emoji=emoji)

    async def send_location(
        self,
        latitude: float,
        longitude: float,
        *,
        live_period: int | None = None,
        at: int | None = None,
        accuracy: float | None = None,
    ) -> Sent:
        """Send a place, one that moves with `live_period` seconds; `at` another second than now (since 1970)."""
        place = {"latitude": latitude, "longitude": longitude, "horizontal_accuracy": accuracy}
        return await self._act("send-location", **place, live_period=live_period, at=at)

    async def move_location(
        self,
        latitude: float,
        longitude: float,
        *,
        stop: bool = False,
        at: int | None = None,
        accuracy: float | None = None,
        heading: int | None = None,
    ) -> Sent:
        """Move the last live location; with `stop` it moves no more."""
        place = {"latitude": latitude, "longitude": longitude, "horizontal_accuracy": accuracy, "heading": heading}
        return await self._act("move-location", **place, stop=stop, at=at)

    async def block(self) -> Sent:
        """Stop the bot from writing."""
        return await self._act("block")

    async def unblock(self) -> Sent:
        """Let the bot write again."""
        return await self._act("unblock")

    async def receive(self, timeout: float) -> ReceivedMessage | None:  # noqa: ASYNC109
        """Take the oldest message or edit not yet taken; None when none comes within `timeout` seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        while not self._inbox:
            left = max(0.0, until - loop.time())
            await self._poll(min(left, LONGEST_POLL))
            if not left:
                break
        return self._inbox.pop(0) if self._inbox else None

    async def drain(self) -> list[ReceivedMessage]:
        """Take everything that has arrived, without waiting."""
        await self._poll(0)
        taken, self._inbox = self._inbox, []
        return taken

    async def _poll(self, wait: float) -> None:
        params = {"after": self._after, "wait": round(wait, 3)}
        body = await self._call("GET", f"/sim/users/{self.id}/events", params=params)
        self._after = body["last"]
        for event in body["events"]:
            if event["kind"] == "action":
                self.actions.append(event["action"])
            else:
                self._inbox.append(_received(event))

    async def _act(self, act: str, **details: Any) -> Sent:
        body = await self._done(act, **details)
        return Sent(body["update_id"], body["message_id"])

    async def _done(self, act: str, **details: Any) -> dict[str, Any]:
        given = {key: value for key, value in details.items() if value is not None}
        return await self._call("POST", f"/sim/users/{self.id}/{act}", json=given)

    async def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            response = await self._client.request(method, path, **options)
            response.raise_for_status()
            body: dict[str, Any] = response.json()
        except httpx.HTTPStatusError as error:
            raise PhoneError(_reason(error.response)) from error
        except (httpx.HTTPError, ValueError) as error:
            raise PhoneError(f"no simulator at {self._client.base_url}: {error}") from error
        return body


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, LookupError, TypeError):
        return response.text


def _base64(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()


def _received(event: Mapping[str, Any]) -> ReceivedMessage:
    message, below = event["message"], event["reply_keyboard"] or {}
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", [])
    keys = below.get("keyboard")
    asking = [key["text"] for row in keys or [] for key in row if key.get("request_contact")]
    return ReceivedMessage(
        id=message["message_id"],
        chat=event["chat"],
        text=message.get("text") or message.get("caption") or "",
        entities=tuple(message.get("entities") or message.get("caption_entities") or ()),
        inline=tuple(tuple((each["text"], each.get("callback_data")) for each in row) for row in rows),
        keyboard=None if keys is None else tuple(tuple(key["text"] for key in row) for row in keys),
        asks_contact=asking[0] if asking else None,
        removes_keyboard=bool(below.get("remove_keyboard")),
        reply_to=(message.get("reply_to_message") or {}).get("message_id"),
        edited=event["kind"] == "edit",
        media=next((kind for kind in ("photo", "document") if kind in message), None),
    )
