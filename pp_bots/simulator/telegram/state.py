"""What the simulated server knows: its bot, the people and chats, what was said in them and the files sent."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """The bot and the server's temper. Times are seconds.

    `connections` is what a webhook gets that does not name its `max_connections` (the real server: 40). `limits` turns
    on the real one's flood limits: about one message a second to a chat with `chat_burst` at once, 30 a second in all
    and 20 a minute to a group (Bots FAQ, "How can I message all of my bot's subscribers at once?").
    """

    token: str = "7000000001:simulator"  # noqa: S105
    username: str = "pulse_gym_bot"
    name: str = "Progress Pulse"
    reads_groups: bool = False
    first_update_id: int = 810_000_001
    query_timeout: float = 30.0
    query_lifetime: float = 150.0
    update_lifetime: float = 24 * 3600.0
    webhook_timeout: float = 60.0
    retry_delay: float = 1.0
    longest_retry_delay: float = 64.0
    connections: int = 1
    limits: bool = False
    chat_rate: float = 1.0
    chat_burst: int = 5
    overall_rate: float = 30.0
    group_rate: float = 20 / 60

    @property
    def bot_id(self) -> int:
        """The bot's own user id: what its token begins with."""
        return int(self.token.partition(":")[0])


@dataclass(slots=True)
class Person:
    """Somebody with a handset."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    phone: str | None = None

    def as_json(self) -> Json:
        """Write the person as the API's User; the phone stays private until shared."""
        optional = {"last_name": self.last_name, "username": self.username, "language_code": self.language_code}
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            **{key: value for key, value in optional.items() if value},
        }


@dataclass(slots=True)
class Chat:
    """A private chat or a group as the bot sees it; `keyboard` is the message whose reply keyboard is up."""

    id: int
    kind: str
    members: dict[int, Person]
    title: str | None = None
    started: bool = False
    blocked: bool = False
    keyboard: "Message | None" = None

    @property
    def private(self) -> bool:
        """Tell whether it is with one person."""
        return self.kind == "private"

    def as_json(self) -> Json:
        """Write the chat as the API's Chat."""
        if not self.private:
            return {"id": self.id, "type": self.kind, "title": self.title}
        person = self.members[self.id].as_json()
        names: Json = {key: person[key] for key in ("first_name", "last_name", "username") if key in person}
        return {"id": self.id, "type": self.kind, **names}


@dataclass(slots=True)
class Message:
    """One message; `content` is text with entities, or one medium with its caption, as the API spells it."""

    id: int
    chat: Chat
    sender: Json
    content: Json
    date: int
    reply_to: "Message | None" = None
    inline: Json | None = None
    reply_keyboard: Json | None = None
    edit_date: int | None = None

    @property
    def by_bot(self) -> bool:
        """Tell whether the bot said it."""
        return bool(self.sender["is_bot"])

    def as_json(self, *, nested: bool = False) -> Json:
        """Write it as the API's Message; one replied to is shown without what it replied to itself."""
        body: Json = {
            "message_id": self.id,
            "from": self.sender,
            "chat": self.chat.as_json(),
            "date": self.date,
        }
        if self.edit_date is not None:
            body["edit_date"] = self.edit_date
        if self.reply_to is not None and not nested:
            body["reply_to_message"] = self.reply_to.as_json(nested=True)
        body.update(self.content)
        if self.inline is not None:
            body["reply_markup"] = self.inline
        return body


@dataclass(slots=True)
class Query:
    """A pressed inline button: `loading` until answered or too old."""

    id: str
    chat: Chat
    person: Person
    data: str
    until: float
    answer: Json | None = None

    @property
    def state(self) -> str:
        """How the button looks: loading, answered or expired."""
        if self.answer is not None:
            return "answered"
        return "loading" if time.monotonic() < self.until else "expired"

    def as_json(self) -> Json:
        """Show it as `/sim/queries` does."""
        return {"query_id": self.id, "data": self.data, "state": self.state, "answer": self.answer}


@dataclass(frozen=True, slots=True)
class Event:
    """Something a handset sees: `message`, `edit` or `action` of the bot. `n` counts from 1."""

    n: int
    chat: Chat
    kind: str
    body: Json

    def as_json(self) -> Json:
        """Show it as `/sim/events` does."""
        return {"n": self.n, "chat": self.chat.id, "kind": self.kind, **self.body}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file somebody sent; `path` is where the bot downloads it."""

    id: str
    unique_id: str
    path: str
    name: str
    mime: str
    content: bytes

    def as_json(self) -> Json:
        """Write what every kind of file has in the API."""
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": len(self.content)}


class State:
    """Everything remembered, in memory, for as long as the simulator runs."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.messages: dict[int, Message] = {}
        self.queries: dict[str, Query] = {}
        self.events: list[Event] = []
        self.files: dict[str, StoredFile] = {}
        self.commands: dict[str, list[Json]] = {}
        self.descriptions: dict[str, str] = {}
        self.calls: deque[Json] = deque(maxlen=10_000)
        self.changed = asyncio.Condition()
        self._message_ids = count(1)
        self._person_ids = count(500_000_001)
        self._group_ids = count(4_000_000_001)
        self._query_ids = count(settings.bot_id * 1_000 + 1)
        self._file_ids = count(1)

    @property
    def bot(self) -> Json:
        """The bot as the sender of a message."""
        chosen = self.settings
        return {"id": chosen.bot_id, "is_bot": True, "first_name": chosen.name, "username": chosen.username}

    async def wake(self) -> None:
        """Let those who wait look again."""
        async with self.changed:
            self.changed.notify_all()

    def register(self, person: Person | None, **details: Any) -> Person:
        """Make `person` known, or change what is known; with them comes a private chat."""
        if person is None:
            person = Person(id=details.pop("id", None) or next(self._person_ids), **details)
        else:
            for name, value in details.items():
                setattr(person, name, value)
        self.people[person.id] = person
        self.chats.setdefault(person.id, Chat(person.id, "private", {person.id: person}))
        return person

    def open_group(self, title: str, kind: str, members: list[Person]) -> Chat:
        """Open a group that the bot belongs to."""
        number = next(self._group_ids)
        group_id = int(f"-100{number}") if kind == "supergroup" else -number
        group = Chat(group_id, kind, {one.id: one for one in members}, title=title, started=True)
        self.chats[group.id] = group
        return group

    def say(self, chat: Chat, sender: Json, content: Json, **details: Any) -> Message:
        """Put a message into a chat."""
        # One counter for all chats: private chats and groups share the account's message box.
        message = Message(next(self._message_ids), chat, sender, content, int(time.time()), **details)
        self.messages[message.id] = message
        return message

    def message_in(self, chat: Chat, message_id: int) -> Message | None:
        """Find a message of this chat."""
        message = self.messages.get(message_id)
        return message if message is not None and message.chat is chat else None

    async def show(self, chat: Chat, kind: str, body: Json) -> None:
        """Let the handsets in a chat see something."""
        self.events.append(Event(len(self.events) + 1, chat, kind, body))
        await self.wake()

    def events_for(self, person: Person, after: int) -> list[Event]:
        """List what a handset saw after event `after`."""
        return [event for event in self.events[max(after, 0) :] if person.id in event.chat.members]

    def ask(self, chat: Chat, person: Person, data: str) -> Query:
        """Remember a pressed button."""
        until = time.monotonic() + self.settings.query_timeout
        query = Query(str(next(self._query_ids)), chat, person, data, until)
        self.queries[query.id] = query
        return query

    def keep(self, folder: str, name: str, mime: str, content: bytes) -> StoredFile:
        """Keep a file for download."""
        number = next(self._file_ids)
        suffix = "." + name.rpartition(".")[2] if "." in name else ""
        path = f"{folder}/file_{number}{suffix}"
        kept = StoredFile(f"SimFile{number:08d}", f"SimUnique{number:06d}", path, name, mime, content)
        self.files[kept.id] = kept
        return kept


@dataclass(slots=True)
class Webhook:
    """Where updates go; an empty `url` means they wait for getUpdates."""

    url: str = ""
    secret: str = ""
    connections: int = 1
    last_error: str | None = None
    last_error_at: int | None = None


@dataclass(slots=True)
class Update:
    """Something the bot is told. Updates of one `queue` keep their order; others may overtake."""

    id: int
    kind: str
    body: Json
    queue: tuple[str, int]
    expires_at: float
    state: str = "waiting"
    attempts: int = 0

    def payload(self) -> Json:
        """Write it as the API's Update."""
        return {"update_id": self.id, self.kind: self.body}

    def as_json(self) -> Json:
        """Show it as `/sim/updates` does."""
        return {**self.payload(), "kind": self.kind, "state": self.state, "attempts": self.attempts}
