"""Posting updates to the bot's webhook as the public server does.

Updates of one chat go one after another, and presses of one person likewise; of different ones up to `max_connections`
at once. Anything but 2xx is repeated, first at once, then after 2, 4, 8... s or the answer's Retry-After, until the
update expires. A 2xx answer may carry a method call, whose result the bot never sees (Bot API, "Making requests when
getting updates"; tdlib/telegram-bot-api, WebhookActor.cpp).
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx

from pp_bots.simulator.telegram.parameters import ApiError, Parameters, json_values
from pp_bots.simulator.telegram.state import State, Update
from pp_bots.simulator.telegram.updates import Updates

_NEVER_IN_AN_ANSWER = ("setwebhook", "deletewebhook", "close", "logout")
_LONGEST_RETRY_AFTER = 3600

Call = Callable[[str, Parameters], Awaitable[Any]]


class Courier:
    """The server's own client: one connection pool, and a task for each queue that has something to say.

    `call` carries out a method that an answer names.
    """

    def __init__(self, state: State, updates: Updates, call: Call) -> None:
        self._state = state
        self._settings = state.settings
        self._updates = updates
        self._call = call
        self._client = httpx.AsyncClient(timeout=self._settings.webhook_timeout, trust_env=False)
        self._free = asyncio.Semaphore(1)
        self._queues: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._later: set[asyncio.Task[None]] = set()
        self.posts: deque[dict[str, Any]] = deque(maxlen=10_000)

    async def close(self) -> None:
        """Stop posting and wait until nothing is under way."""
        await self.stop()
        await self._client.aclose()

    async def stop(self) -> None:
        """Leave what waits alone: the webhook is gone, or another one with its own number of connections."""
        tasks = [*self._queues.values(), *self._later]
        self._queues.clear()
        self._free = asyncio.Semaphore(self._updates.webhook.connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def start(self) -> None:
        """Begin with every queue that waits and is not being worked on."""
        if not self._updates.webhook.url:
            return
        for update in self._updates.waiting:
            if update.queue not in self._queues:
                self._queues[update.queue] = asyncio.create_task(self._work(update.queue))

    async def post_again(self, update: Update, *, times: int = 1, after: float = 0.0) -> None:
        """Post an update that was accepted before; after a while in the background."""
        if after:
            task = asyncio.create_task(self._post_later(update, times, after))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
            return
        for _ in range(times):
            await self._post(update)

    async def _work(self, queue: tuple[str, int]) -> None:
        try:
            while True:
                self._updates.drop_expired()
                update = next((one for one in self._updates.waiting if one.queue == queue), None)
                if update is None:
                    return
                await self._deliver(update)
        finally:
            if self._queues.get(queue) is asyncio.current_task():
                del self._queues[queue]

    async def _deliver(self, update: Update) -> None:
        delay, failures = self._settings.retry_delay, 0
        while True:
            async with self._free:
                accepted, retry_after = await self._post(update)
                times, after = self._updates.repeats() if accepted else (0, 0.0)
                if not after:
                    await self.post_again(update, times=times)
            if accepted:
                break
            pause = float(retry_after)
            if not retry_after and failures:
                delay = min(delay * 2, self._settings.longest_retry_delay)
                pause = delay
            failures += 1
            if time.monotonic() + pause > update.expires_at:
                self._updates.take_away(update, "expired")
                await self._state.wake()
                return
            await asyncio.sleep(pause)
        self._updates.take_away(update, "delivered")
        if after:
            await self.post_again(update, times=times, after=after)
        await self._state.wake()

    async def _post_later(self, update: Update, times: int, after: float) -> None:
        await asyncio.sleep(after)
        await self.post_again(update, times=times)

    async def _post(self, update: Update) -> tuple[bool, int]:
        """Post once; tells whether it was accepted, and how long the answer asked to wait."""
        webhook = self._updates.webhook
        attempt: dict[str, Any] = {
            "update_id": update.id,
            "url": webhook.url,
            "at": datetime.now(UTC).isoformat(),
            "status": None,
            "error": None,
            "method": None,
        }
        self.posts.append(attempt)
        update.attempts += 1
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        try:
            response = await self._client.post(webhook.url, json=update.payload(), headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            attempt["error"] = type(error).__name__
            self._failed("Read timeout expired" if isinstance(error, httpx.TimeoutException) else "Connection refused")
            await self._state.wake()
            return False, 0
        attempt["status"] = response.status_code
        if response.is_success:
            await self._carry_out(response, attempt)
        else:
            self._failed(f"Wrong response from the webhook: {response.status_code} {response.reason_phrase}")
        await self._state.wake()
        wait = response.headers.get("retry-after", "")
        return response.is_success, min(int(wait), _LONGEST_RETRY_AFTER) if wait.isdecimal() else 0

    def _failed(self, why: str) -> None:
        self._updates.webhook.last_error = why
        self._updates.webhook.last_error_at = int(time.time())

    async def _carry_out(self, response: httpx.Response, attempt: dict[str, Any]) -> None:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            if kind == "application/json":
                values = json_values(response.content)
            elif kind == "application/x-www-form-urlencoded":
                values = dict(parse_qsl(response.text))
            else:
                return
            method = values.pop("method", None)
            if not isinstance(method, str) or method.lower().startswith("get"):
                return
            if method.lower() in _NEVER_IN_AN_ANSWER:
                return
            attempt["method"] = method
            await self._call(method, Parameters(values))
        except ApiError as error:
            attempt["error"] = error.description
