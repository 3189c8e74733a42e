"""What people do at their handsets, and the updates the bot gets of it (Bot API, "Getting updates", "Available types").

Each act is a model of what `POST /sim/users/{id}/{act}` takes and answers with the update's id, None when the bot gets
none of it.
"""

import re
import time
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from pp_bots.simulator.serving import BadRequestError
from pp_bots.simulator.telegram.formatting import LONGEST_TEXT, trimmed
from pp_bots.simulator.telegram.state import Chat, Json, Message, Person
from pp_bots.simulator.telegram.world import World

LONGEST_PAYLOAD = 64

_PAYLOAD = re.compile(r"[A-Za-z0-9_-]*")


class Act(BaseModel):
    """Something one person does in one chat: their own with the bot unless `chat` names a group."""

    model_config = ConfigDict(extra="forbid")
    starts: ClassVar[bool] = True

    chat: int | None = None

    async def run(self, world: World, person: Person) -> Json:
        """Do it. Raises BadRequestError for what no handset could do."""
        chat = world.state.chats.get(person.id if self.chat is None else self.chat)
        if chat is None or person.id not in chat.members:
            raise BadRequestError(f"{person.first_name} is in no chat {self.chat}")
        if chat.blocked and self.starts:
            raise BadRequestError("the bot is blocked: unblock it first")
        chat.started = chat.started or self.starts
        return await self.do(world, person, chat)

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """Do it in `chat`, which the person is in."""
        raise NotImplementedError


class Say(Act):
    """Send a text, perhaps as a reply."""

    text: str
    reply_to: int | None = None

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        message = say(world, person, chat, _text(self.text), reply_to=_replied(world, chat, self.reply_to))
        return await tell(world, message)


class Start(Act):
    """Press Start, perhaps come by a deep link with a `payload`."""

    payload: str = Field(default="", max_length=LONGEST_PAYLOAD)

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        if not _PAYLOAD.fullmatch(self.payload):
            raise BadRequestError("a deep link carries letters, digits, _ and -")
        return await tell(world, say(world, person, chat, _text(f"/start {self.payload}")))


class Edit(Act):
    """Change the text of an own message, the last one unless named."""

    text: str
    message_id: int | None = None

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        message = _own(world, person, chat, self.message_id, "text")
        message.content, message.edit_date = _text(self.text), int(time.time())
        return await tell(world, message, kind="edited_message")


class Press(Act):
    """Press a button by what is written on it or by its data: the latest such, inline or of the reply keyboard."""

    label: str | None = None
    data: str | None = None
    message_id: int | None = None

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        inline, button = self._inline(world, chat), self._below(chat)
        later = inline is not None and (button is None or chat.keyboard is None or inline[0].id > chat.keyboard.id)
        if inline is not None and later:
            return await self._ask(world, person, *inline)
        if button is None:
            raise BadRequestError(f"no button {self.label or self.data!r} is there to press")
        assert chat.keyboard is not None
        source, keyboard = chat.keyboard, chat.keyboard.reply_keyboard or {}
        if keyboard.get("one_time_keyboard"):
            chat.keyboard = None
        if button.get("request_contact"):
            content: Json = {"contact": _own_contact(person, plus=False)}
            return await tell(world, say(world, person, chat, content, reply_to=source))
        if button.get("request_location"):
            raise BadRequestError("this button asks for a location: send one")
        return await tell(world, say(world, person, chat, _text(button["text"])))

    def _inline(self, world: World, chat: Chat) -> tuple[Message, Json] | None:
        for message in world.last_with_buttons(chat):
            if self.message_id not in (None, message.id):
                continue
            for row in (message.inline or {})["inline_keyboard"]:
                for button in row:
                    by_label = self.label is not None and button["text"] == self.label
                    if by_label or (self.data is not None and button.get("callback_data") == self.data):
                        return message, button
        return None

    def _below(self, chat: Chat) -> Json | None:
        keyboard = (chat.keyboard.reply_keyboard if chat.keyboard else None) or {}
        buttons: list[Json] = [button for row in keyboard.get("keyboard", []) for button in row]
        return next((one for one in buttons if self.label is not None and one["text"] == self.label), None)

    async def _ask(self, world: World, person: Person, message: Message, button: Json) -> Json:
        if "callback_data" not in button:
            raise BadRequestError(f"the button {button['text']!r} opens something outside the chat")
        query = world.state.ask(message.chat, person, button["callback_data"])
        body = {
            "id": query.id,
            "from": person.as_json(),
            "message": message.as_json(),
            "chat_instance": str(message.chat.id * 7919),
            "data": query.data,
        }
        update_id = await world.updates.tell("callback_query", body, queue=("query", person.id))
        return {"update_id": update_id, "query_id": query.id, "message_id": None}


class ShareContact(Act):
    """Share the own number. Some apps write it with a plus, most without."""

    plus: bool = False

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        return await tell(world, say(world, person, chat, {"contact": _own_contact(person, plus=self.plus)}))


class ShareOtherContact(Act):
    """Share somebody else's number from the address book; `user_id` when they use Telegram too."""

    phone: str
    first_name: str
    user_id: int | None = None

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        contact: Json = {"phone_number": self.phone, "first_name": self.first_name}
        if self.user_id is not None:
            contact["user_id"] = self.user_id
        return await tell(world, say(world, person, chat, {"contact": contact}))


class SendLocation(Act):
    """Send a place; with `live_period` seconds it can be moved later. `at` is when, in seconds since 1970; now when left out."""

    at: int | None = Field(default=None, gt=0)
    horizontal_accuracy: float | None = Field(default=None, ge=0, le=1500)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    live_period: int | None = Field(default=None, ge=60)

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        place = _place(self)
        if self.live_period is not None:
            place["live_period"] = self.live_period
        message = say(world, person, chat, {"location": place})
        message.date = self.at or message.date
        return await tell(world, message)


class MoveLocation(Act):
    """Move an own live location, the last one unless named; `stop` ends it. `at` is when, in seconds since 1970."""

    at: int | None = Field(default=None, gt=0)
    horizontal_accuracy: float | None = Field(default=None, ge=0, le=1500)
    heading: int | None = Field(default=None, ge=1, le=360)
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    message_id: int | None = None
    stop: bool = False

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        message = _own(world, person, chat, self.message_id, "location")
        place = message.content["location"]
        if "live_period" not in place:
            raise BadRequestError("this location does not move")
        kept = {} if self.stop else {"live_period": place["live_period"]}
        heading = {} if self.heading is None else {"heading": self.heading}
        message.content = {"location": {**_place(self), **heading, **kept}}
        message.edit_date = self.at or int(time.time())
        return await tell(world, message, kind="edited_message")


class Block(Act):
    """Stop the bot from writing."""

    starts: ClassVar[bool] = False

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        return await _turn(world, person, chat, blocked=True)


class Unblock(Act):
    """Let the bot write again."""

    starts: ClassVar[bool] = False

    async def do(self, world: World, person: Person, chat: Chat) -> Json:
        """See `Act.do`."""
        return await _turn(world, person, chat, blocked=False)


async def _turn(world: World, person: Person, chat: Chat, *, blocked: bool) -> Json:
    if not chat.private:
        raise BadRequestError("a bot is blocked in the chat with it")
    if chat.blocked == blocked:
        return {"update_id": None, "message_id": None}
    chat.blocked = blocked
    member, kicked = {"status": "member"}, {"status": "kicked", "until_date": 0}
    old, new = (member, kicked) if blocked else (kicked, member)
    body = {
        "chat": chat.as_json(),
        "from": person.as_json(),
        "date": int(time.time()),
        "old_chat_member": {"user": world.state.bot, **old},
        "new_chat_member": {"user": world.state.bot, **new},
    }
    update_id = await world.updates.tell("my_chat_member", body, queue=("chat", chat.id))
    return {"update_id": update_id, "message_id": None}


async def tell_of_group(world: World, group: Chat, adder: Person) -> int | None:
    """Tell the bot that somebody put it into a group."""
    body = {
        "chat": group.as_json(),
        "from": adder.as_json(),
        "date": int(time.time()),
        "old_chat_member": {"user": world.state.bot, "status": "left"},
        "new_chat_member": {"user": world.state.bot, "status": "member"},
    }
    return await world.updates.tell("my_chat_member", body, queue=("chat", group.id))


def say(world: World, person: Person, chat: Chat, content: Json, *, reply_to: Message | None = None) -> Message:
    """Put a person's message into a chat."""
    return world.state.say(chat, person.as_json(), content, reply_to=reply_to)


async def tell(world: World, message: Message, *, kind: str = "message") -> Json:
    """Tell the bot of a message, unless it is privacy mode that keeps it from a group's talk."""
    update_id = None
    if message.chat.private or world.settings.reads_groups or _concerns_bot(world, message):
        update_id = await world.updates.tell(kind, message.as_json(), queue=("chat", message.chat.id))
    return {"update_id": update_id, "message_id": message.id}


def _concerns_bot(world: World, message: Message) -> bool:
    """Tell what a bot in privacy mode sees: commands for it, replies to it, mentions of it."""
    if message.reply_to is not None and message.reply_to.by_bot:
        return True
    text, name = str(message.content.get("text", "")), f"@{world.settings.username}".lower()
    command = re.match(r"/[A-Za-z0-9_]+(@\w+)?", text)
    if command is not None:
        return command.group(1) is None or command.group(1).lower() == name
    return name in text.lower()


def _place(act: SendLocation | MoveLocation) -> Json:
    certain = {} if act.horizontal_accuracy is None else {"horizontal_accuracy": act.horizontal_accuracy}
    return {"latitude": act.latitude, "longitude": act.longitude, **certain}


def _text(text: str) -> Json:
    text, entities = trimmed(text, [])
    if not text:
        raise BadRequestError("a handset sends no empty text")
    if len(text) > LONGEST_TEXT:
        raise BadRequestError(f"a handset sends at most {LONGEST_TEXT} characters at once")
    return {"text": text, "entities": entities} if entities else {"text": text}


def _own_contact(person: Person, *, plus: bool) -> Json:
    if person.phone is None:
        raise BadRequestError(f"{person.first_name}'s handset has no number")
    names = {"last_name": person.last_name} if person.last_name else {}
    phone = ("+" if plus else "") + person.phone.removeprefix("+")
    return {"phone_number": phone, "first_name": person.first_name, **names, "user_id": person.id}


def _replied(world: World, chat: Chat, message_id: int | None) -> Message | None:
    if message_id is None:
        return None
    message = world.state.message_in(chat, message_id)
    if message is None:
        raise BadRequestError(f"there is no message {message_id} to reply to")
    return message


def _own(world: World, person: Person, chat: Chat, message_id: int | None, medium: str) -> Message:
    mine = [
        one
        for one in reversed(world.state.messages.values())
        if one.chat is chat and one.sender["id"] == person.id and medium in one.content
    ]
    message = next((one for one in mine if message_id in (None, one.id)), None)
    if message is None:
        raise BadRequestError(f"there is no own message{'' if message_id is None else f' {message_id}'} to change")
    return message
