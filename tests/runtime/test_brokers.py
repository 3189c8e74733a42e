"""RabbitMQ and Redis, where they are configured: events leave under their routing keys, limits are shared."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace

import aio_pika
import pytest
import redis.asyncio

from pp_core.adapters.rabbitmq import EXCHANGE
from pp_core.kernel.call import Call
from pp_core.kernel.context import Actor, ActorKind
from pp_core.kernel.errors import TooManyRequests
from pp_core.kernel.policy import Door, Rate
from pp_core.runtime.limits import Limiter
from pp_core.runtime.wiring import Runtime
from pp_core.runtime.worker import Worker
from pp_core.workouts.operations import ListWorkouts, LogWorkout
from tests.conftest import Gateway, Gym, TestHome, door_reactions

AMQP = os.environ.get("PP_TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")
REDIS = os.environ.get("PP_TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


@pytest.fixture
async def bound() -> AsyncIterator[aio_pika.abc.AbstractQueue]:
    """A queue that hears every workout."""
    try:
        connection = await aio_pika.connect(AMQP, timeout=3)
    except (OSError, aio_pika.exceptions.AMQPError) as error:
        pytest.skip(f"no RabbitMQ at PP_TEST_AMQP_URL ({AMQP}): {error}")
    async with connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
        queue = await channel.declare_queue(f"test-{secrets.token_hex(4)}", exclusive=True)
        await queue.bind(exchange, "workout.#")
        yield queue


@pytest.mark.rabbitmq
async def test_an_event_is_published_under_its_routing_key(
    gym: Gym, home: TestHome, gateway: Gateway, bound: aio_pika.abc.AbstractQueue
) -> None:
    amina = await gym.add_member()
    logged = await gym.person(amina).run(LogWorkout(text="squat 5x5 100"))
    settings = replace(home.settings, amqp_url=AMQP)
    async with Runtime(settings, home, sms=gateway, as_worker=True) as opened:
        worker = Worker(opened, door_reactions(opened.pulse))
        await worker.drain()
        await worker.drain()
        await opened.ports.publisher.close()
    messages = []
    async with asyncio.timeout(10):
        while not messages:
            if (message := await bound.get(fail=False)) is not None and str(logged.workout.id) in message.body.decode():
                messages.append(message)
    assert messages[0].routing_key == "workout.session.completed"
    assert messages[0].headers["gym"] == str(gym.id)
    assert await bound.get(fail=False) is None


@pytest.mark.redis
async def test_two_processes_share_a_limit_in_redis(home: TestHome) -> None:
    probe = redis.asyncio.from_url(REDIS)
    try:
        await probe.ping()
    except (redis.exceptions.RedisError, OSError) as error:
        pytest.skip(f"no Redis at PP_TEST_REDIS_URL ({REDIS}): {error}")
    finally:
        await probe.aclose()
    settings = replace(home.settings, redis_url=REDIS, rates={**home.settings.rates, Rate.STANDARD: (5, 60)})
    one, other = Limiter(settings), Limiter(settings)
    actor = Actor(ActorKind.USER, f"user:{secrets.token_hex(8)}")
    for limiter in (one, other, one, other, one):
        await limiter.charge(ListWorkouts(), Call(door=Door.REST), actor)
    with pytest.raises(TooManyRequests):
        await other.charge(ListWorkouts(), Call(door=Door.REST), actor)
