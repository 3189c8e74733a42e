"""What the bot is to be told, and handing it out to getUpdates (Bot API, "Getting updates").

Order, repetition and expiry follow the public server: what waits longer than a day is dropped, a button press after
150 s.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine

from pp_bots.simulator.telegram.faults import FaultKind, Faults
from pp_bots.simulator.telegram.parameters import ApiError
from pp_bots.simulator.telegram.state import Json, State, Update, Webhook

KINDS = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "purchased_paid_media",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "message_reaction",
    "message_reaction_count",
)
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
DEFAULT_KINDS = frozenset(KINDS) - _ON_REQUEST
LONGEST_POLL = 50
MOST_AT_ONCE = 100

CONFLICT_WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
CONFLICT_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
CONFLICT_SET = "Conflict: terminated by setWebhook request"


class Updates:
    """The queue of updates: they wait here until a webhook took them or a poller confirmed them.

    `on_waiting` is called when there is something for the webhook to do.
    """

    def __init__(self, state: State, faults: Faults, *, closing: asyncio.Event) -> None:
        self._state = state
        self._faults = faults
        self.on_waiting: Callable[[], None] = lambda: None
        self._closing = closing
        self._next_id = state.settings.first_update_id
        self._held: Update | None = None
        self._again: list[Update] = []
        self._poller = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.allowed: frozenset[str] = DEFAULT_KINDS
        self.webhook = Webhook()
        self.waiting: list[Update] = []
        self.all: dict[int, Update] = {}

    async def close(self) -> None:
        """Stop what was to come again later."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def tell(self, kind: str, body: Json, *, queue: tuple[str, int]) -> int | None:
        """Queue an update and give its id; None when the bot does not want this kind."""
        if kind not in self.allowed:
            return None
        chosen = self._state.settings
        life = chosen.query_lifetime if kind == "callback_query" else chosen.update_lifetime
        update = Update(self._next_id, kind, body, queue, time.monotonic() + life)
        self._next_id += 1
        self.all[update.id] = update
        if self._held is None and self._faults.take(FaultKind.OUT_OF_ORDER):
            self._held = update
            return update.id
        self.waiting.append(update)
        if self._held is not None:
            # Its own chat would keep the order: what comes second travels in a queue of its own.
            self._held.queue = ("held", self._held.id)
            held, self._held = self._held, None
            self._later(self._release_after(update, held))
        await self._wake()
        return update.id

    async def release(self) -> None:
        """Let go of an update held back to come out of order."""
        if self._held is not None:
            held, self._held = self._held, None
            self.waiting.append(held)
            await self._wake()

    def clear(self) -> None:
        """Forget what waits (`drop_pending_updates`)."""
        for update in self.waiting:
            update.state = "dropped"
        self.waiting.clear()
        self._again.clear()

    def take_away(self, update: Update, state: str) -> None:
        """End the wait of an update: `delivered`, `confirmed` or `expired`."""
        update.state = state
        if update in self.waiting:
            self.waiting.remove(update)

    def drop_expired(self) -> None:
        """Forget what nobody took in time."""
        now = time.monotonic()
        for update in [one for one in self.waiting if one.expires_at < now]:
            self.take_away(update, "expired")

    def repeats(self) -> tuple[int, float]:
        """How often an update just accepted comes again, and after how many seconds."""
        fault = self._faults.take(FaultKind.DUPLICATE_UPDATE, FaultKind.LATE_UPDATE)
        if fault is None:
            return 0, 0.0
        return fault.times, fault.seconds if fault.kind is FaultKind.LATE_UPDATE else 0.0

    def give_again(self, update: Update, *, times: int, after: float) -> None:
        """Hand an update out once more to a poller, whatever it confirmed, `after` seconds from now."""
        self._later(self._again_after(update, times, after))

    async def poll(self, *, offset: int, limit: int, timeout: float, allowed: frozenset[str] | None) -> list[Json]:  # noqa: ASYNC109
        """Give what waits from `offset` on, held up to `timeout` seconds. Raises ApiError 409 for a rival."""
        if self.webhook.url:
            raise ApiError(409, CONFLICT_WEBHOOK)
        if allowed is not None:
            self.allowed = allowed
        self._poller += 1
        mine = self._poller
        self._confirm(offset)
        await self._state.wake()

        def done() -> bool:
            ready = self.waiting or self._again
            return bool(ready or self._closing.is_set() or self._poller != mine or self.webhook.url)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(timeout, LONGEST_POLL))), self._state.changed:
                await self._state.changed.wait_for(done)
        if self._poller != mine:
            raise ApiError(409, CONFLICT_POLLER)
        if self.webhook.url:
            raise ApiError(409, CONFLICT_SET)
        self.drop_expired()
        again, self._again = self._again[:limit], self._again[limit:]
        given = [*again, *self.waiting][:limit]
        for update in given:
            update.attempts += 1
            if update.state == "waiting":
                update.state = "polled"
        return [update.payload() for update in given]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            offset = self.waiting[offset:][0].id if self.waiting else 0
        for update in [one for one in self.waiting if one.id < offset]:
            self.take_away(update, "confirmed")
            times, seconds = self.repeats()
            if times:
                self.give_again(update, times=times, after=seconds)

    async def _again_after(self, update: Update, times: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._again.extend([update] * times)
        await self._state.wake()

    async def _release_after(self, first: Update, held: Update) -> None:
        async with self._state.changed:
            await self._state.changed.wait_for(lambda: first not in self.waiting)
        if self.webhook.url:
            self.waiting.append(held)
        else:
            # A poller that confirmed a later id has confirmed this one too: it can only come as a repetition.
            self._again.append(held)
        await self._wake()

    async def _wake(self) -> None:
        self.on_waiting()
        await self._state.wake()

    def _later(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
