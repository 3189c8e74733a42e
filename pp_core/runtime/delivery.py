"""Delivery of events: at least once to each subscriber, exactly once where the reaction is a transaction."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from pp_core.kernel import outbox
from pp_core.kernel.context import Context
from pp_core.kernel.events import event_named
from pp_core.kernel.handlers import Subscriber, TryLater, subscribers_of
from pp_core.kernel.ports import Ports

from .pulse import Pulse

PUBLISHER = "publisher"
_log = structlog.stdlib.get_logger(__name__)

DoorReaction = Callable[[dict[str, Any], str], Awaitable[None]]
"""A door's reaction to an event's payload, under a correlation id: it holds a client and no transaction."""


@dataclass(slots=True)
class Work:
    """What a subscriber outside transactions has: the ways out, and short transactions to open around them."""

    pulse: Pulse
    ports: Ports
    subscriber: str
    tenant_id: UUID
    event_id: UUID
    correlation_id: str
    is_recorded: bool = False

    @asynccontextmanager
    async def transaction(self, *, last: bool = False) -> AsyncIterator[Context]:
        """A transaction in the event's gym (of the platform: a system context); its events leave with it.

        With the `last` one the event is handled: it says so itself.
        """
        async with self.pulse.system(self.subscriber, self.tenant_id, self.correlation_id) as ctx:
            yield ctx
            if last:
                await outbox.record_delivery(ctx.tx, self.tenant_id, self.event_id, self.subscriber)
                self.is_recorded = True


class Deliverer:
    """Hands one stored event to everybody who reacts to it."""

    def __init__(self, pulse: Pulse, ports: Ports, doors: Mapping[str, DoorReaction] | None = None) -> None:
        self._pulse = pulse
        self._ports = ports
        self._doors = dict(doors or {})

    async def deliver(self, tenant_id: UUID, event_id: UUID) -> None:
        """Run all subscribers that have not handled the event; raises after the last when any of them failed."""
        async with self._pulse.system("delivery", tenant_id, "") as ctx:
            row = await outbox.find(ctx.tx, tenant_id, event_id)
            if row is None:
                return
            asked = [one.name for one in subscribers_of(row.name) if one.outside]
            done = await outbox.delivered_to(ctx.tx, tenant_id, event_id, asked) if asked else frozenset()
        with structlog.contextvars.bound_contextvars(correlation_id=row.correlation_id):
            await self._hand_over(tenant_id, event_id, row, done)

    async def _hand_over(self, tenant_id: UUID, event_id: UUID, row: Any, done: frozenset[str]) -> None:
        kind = event_named(row.name)
        failures: list[Exception] = []
        for subscriber in subscribers_of(row.name):
            assert kind is not None
            event = kind.model_validate(row.payload)
            try:
                if subscriber.name in done:
                    continue
                if subscriber.outside:
                    await self._outside(subscriber, tenant_id, event_id, row.correlation_id, event)
                else:
                    await self._inside(subscriber, tenant_id, event_id, row.correlation_id, event)
            except TryLater as error:
                _log.warning(
                    "a subscriber tries again later",
                    subscriber=subscriber.name,
                    event_id=str(event_id),
                    reason=str(error),
                )
                failures.append(error)
            except Exception as error:
                _log.exception("a subscriber failed", subscriber=subscriber.name, event_id=str(event_id))
                failures.append(error)
        if self._ports.publisher is not None:
            try:
                await self._publish(tenant_id, event_id, row)
            except Exception as error:
                _log.exception("an event could not be published", event_id=str(event_id))
                failures.append(error)
        if row.name in self._doors:
            try:
                await self._doors[row.name](row.payload, row.correlation_id)
            except Exception as error:
                _log.exception("a door could not react", event_name=row.name, event_id=str(event_id))
                failures.append(error)
        if failures:
            raise failures[0]

    async def _publish(self, tenant_id: UUID, event_id: UUID, row: Any) -> None:
        assert self._ports.publisher is not None
        async with self._pulse.system(PUBLISHER, tenant_id, row.correlation_id) as ctx:
            if await outbox.delivered_to(ctx.tx, tenant_id, event_id, [PUBLISHER]):
                return
        await self._ports.publisher.publish(
            name=row.name,
            body=json.dumps(row.payload).encode(),
            message_id=str(event_id),
            correlation_id=row.correlation_id,
            gym=str(tenant_id),
        )
        async with self._pulse.system(PUBLISHER, tenant_id, row.correlation_id) as ctx:
            await outbox.record_delivery(ctx.tx, tenant_id, event_id, PUBLISHER)

    async def _inside(
        self, subscriber: Subscriber, tenant_id: UUID, event_id: UUID, correlation: str, event: Any
    ) -> None:
        async with self._pulse.system(subscriber.name, tenant_id, correlation) as ctx:
            if await outbox.record_delivery(ctx.tx, tenant_id, event_id, subscriber.name):
                await subscriber.react(ctx, event)

    async def _outside(
        self, subscriber: Subscriber, tenant_id: UUID, event_id: UUID, correlation: str, event: Any
    ) -> None:
        work = Work(self._pulse, self._ports, subscriber.name, tenant_id, event_id, correlation)
        await subscriber.react(work, event)
        if not work.is_recorded:
            async with work.transaction(last=True):
                pass
