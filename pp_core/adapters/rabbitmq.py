"""Events to RabbitMQ, for other systems of the gym: a durable topic exchange, confirmed by the broker."""

import asyncio
from typing import Any

import aio_pika
from aio_pika import DeliveryMode, ExchangeType, Message
from aio_pika.abc import AbstractExchange, AbstractRobustConnection

EXCHANGE = "progress_pulse.events"
CONFIRM_SECONDS = 10.0


class RabbitMqPublisher:
    """The `EventPublisher` port on one broker. Connects with the first event and again after a loss."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AbstractRobustConnection | None = None
        self._exchange: AbstractExchange | None = None
        self._connecting = asyncio.Lock()

    async def publish(self, *, name: str, body: bytes, message_id: str, correlation_id: str, gym: str) -> None:
        """Publish under the routing key `name` and return once the broker has it; raises when it does not.

        `message_id` is the event's own: a consumer that has seen it may drop a repetition.
        """
        exchange = await self._open()
        message = Message(
            body,
            content_type="application/json",
            delivery_mode=DeliveryMode.PERSISTENT,
            message_id=message_id,
            correlation_id=correlation_id,
            type=name,
            headers={"gym": gym},
        )
        await exchange.publish(message, routing_key=name, timeout=CONFIRM_SECONDS)

    async def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            await self._connection.close()

    async def _open(self) -> AbstractExchange:
        async with self._connecting:
            if self._exchange is None:
                self._connection = await aio_pika.connect_robust(self._url, timeout=CONFIRM_SECONDS)
                channel: Any = await self._connection.channel(publisher_confirms=True)
                self._exchange = await channel.declare_exchange(EXCHANGE, ExchangeType.TOPIC, durable=True)
            return self._exchange
