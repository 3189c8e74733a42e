"""Posting to our callback URLs as the gateway does.

Incoming messages are repeated at an interval until HTTP 200 or for twelve hours (Africa's Talking help centre, article
742510). Whether delivery reports are repeated is not documented: here each is posted once, so that what relies on a
second one shows.
"""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

import httpx

from pp_bots.simulator.africastalking.faults import FaultKind, Faults
from pp_bots.simulator.africastalking.state import IncomingMessage, OutgoingMessage, State


class Callbacks:
    """The gateway's own client: owns one HTTP connection pool and the tasks that repeat."""

    def __init__(self, state: State, faults: Faults) -> None:
        self._state = state
        self._faults = faults
        self._settings = state.settings
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(timeout=state.settings.callback_timeout, trust_env=False)

    async def close(self) -> None:
        """Stop repeating and wait until nothing is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def deliver(self, message: IncomingMessage) -> None:
        """Start telling our server of `message`; returns at once."""
        if self._settings.incoming_url is None:
            message.state = "no callback URL"
            return
        if message.state == "delivering":
            return
        message.state = "delivering"
        self._spawn(self._deliver(self._settings.incoming_url, message))

    async def report(self, message: OutgoingMessage) -> None:
        """Report on a message just taken: before this returns if so armed, else later in the background."""
        early = self._faults.take(FaultKind.EARLY_REPORT)
        late = self._faults.take(FaultKind.LATE_REPORT)
        last = self._faults.take(FaultKind.REPORT_STATUS)
        twice = self._faults.take(FaultKind.DUPLICATE_REPORT)
        if self._faults.take(FaultKind.NO_REPORT) or not message.accepted:
            return
        status, reason = ("Success", None) if last is None else (last.word or "Expired", last.reason)
        if last is None and message.link_id and not self._state.link_is_good(message.link_id, message.to):
            status, reason = "Failed", "InvalidLinkId"
        copies = 1 + (twice.times if twice else 0)
        if early is not None:
            await self.post_report(message, status, reason=reason, copies=copies)
            return
        delay = self._settings.report_delay
        self._spawn(self._report(message, status, reason, copies, first_after=delay + (late.seconds if late else 0)))

    async def post_report(
        self, message: OutgoingMessage, status: str, *, reason: str | None = None, retry_count: int = 0, copies: int = 1
    ) -> None:
        """Post one delivery report, `copies` times (Africa's Talking documentation, SMS: delivery reports)."""
        message.delivery = status
        await self._state.wake()
        form = {
            "id": message.id,
            "status": status,
            "phoneNumber": message.to,
            "networkCode": self._settings.network_code,
            "retryCount": str(retry_count),
        }
        if reason is not None:
            form["failureReason"] = reason
        if self._settings.report_url is not None:
            for _ in range(copies):
                await self._post(self._settings.report_url, form)

    async def opt_out(self, *, sender: str, phone: str) -> None:
        """Post that `phone` wants no more bulk messages from `sender` (documentation, SMS: notifications)."""
        if self._settings.opt_out_url is not None:
            await self._post(self._settings.opt_out_url, {"senderId": sender, "phoneNumber": phone})

    async def _deliver(self, url: str, message: IncomingMessage) -> None:
        form = message.as_form(self._settings.network_code)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.give_up_after
        while True:
            message.attempts += 1
            if await self._post(url, form) == httpx.codes.OK:
                break
            if loop.time() + self._settings.retry_interval > until:
                message.state = "given up"
                await self._state.wake()
                return
            await asyncio.sleep(self._settings.retry_interval)
        message.state = "delivered"
        await self._state.wake()
        again = self._faults.take(FaultKind.DUPLICATE_INCOMING)
        for _ in range(again.times if again else 0):
            message.attempts += 1
            await self._post(url, form)

    async def _report(
        self, message: OutgoingMessage, status: str, reason: str | None, copies: int, *, first_after: float
    ) -> None:
        await asyncio.sleep(first_after)
        await self.post_report(message, self._settings.interim_status, copies=copies)
        await asyncio.sleep(self._settings.report_delay)
        await self.post_report(message, status, reason=reason, copies=copies)

    async def _post(self, url: str, form: dict[str, str]) -> int | None:
        """Post once; None when nothing answered."""
        attempt: dict[str, Any] = {
            "url": url,
            "form": form,
            "at": datetime.now(UTC).isoformat(),
            "status": None,
            "error": None,
        }
        self._state.callbacks.append(attempt)
        try:
            response = await self._client.post(url, data=form)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            attempt["error"] = type(error).__name__
            return None
        attempt["status"] = response.status_code
        return response.status_code

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
