"""The parts of the simulator that both its faces work on: the bot's calls and the people's acts."""

import asyncio

from pp_bots.simulator.telegram.faults import Fault, FaultKind, Faults
from pp_bots.simulator.telegram.limits import Limits
from pp_bots.simulator.telegram.parameters import ApiError, Parameters
from pp_bots.simulator.telegram.state import Chat, Message, SimulatorSettings, State, Update
from pp_bots.simulator.telegram.updates import Updates
from pp_bots.simulator.telegram.webhook import Call, Courier

BLOCKED = "Forbidden: bot was blocked by the user"


class World:
    """State, queue of updates, webhook, limits and faults; `call` carries out a method named in a webhook's answer."""

    def __init__(self, settings: SimulatorSettings, *, call: Call, closing: asyncio.Event) -> None:
        self.settings = settings
        self.state = State(settings)
        self.faults = Faults()
        self.limits = Limits(settings)
        self.updates = Updates(self.state, self.faults, closing=closing)
        self.courier = Courier(self.state, self.updates, call)
        self.updates.on_waiting = self.courier.start

    async def close(self) -> None:
        """Stop posting and repeating."""
        await self.courier.close()
        await self.updates.close()

    def chat_of(self, given: Parameters) -> Chat:
        """Find the chat a call is about; raises ApiError 400 for one the bot never met."""
        text = given.text("chat_id").strip()
        if not text:
            raise ApiError(400, "Bad Request: chat_id is empty")
        chat = self.state.chats.get(int(text)) if text.removeprefix("-").isdecimal() else None
        if chat is None or (not chat.started and not self._met(chat)):
            raise ApiError(400, "Bad Request: chat not found")
        return chat

    def check_may_write(self, chat: Chat, fault: Fault | None) -> None:
        """Refuse with ApiError what the chat does not let in."""
        if chat.blocked or (fault is not None and fault.kind is FaultKind.BLOCKED):
            raise ApiError(403, BLOCKED)
        if not chat.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")

    def last_with_buttons(self, chat: Chat) -> list[Message]:
        """List the chat's messages with inline buttons, latest first."""
        return [one for one in reversed(self.state.messages.values()) if one.chat is chat and one.inline]

    async def again(self, update: Update, *, times: int = 1, after: float = 0.0) -> None:
        """Deliver an update once more, whichever way they go; with `after` seconds in the background."""
        if self.updates.webhook.url:
            await self.courier.post_again(update, times=times, after=after)
        else:
            self.updates.give_again(update, times=times, after=after)

    def _met(self, chat: Chat) -> bool:
        """Tell whether the bot knows somebody from a group."""
        return any(chat.id in one.members for one in self.state.chats.values() if not one.private)
