"""Wiring: what stands behind each port, and a runtime that holds it all open."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pp_core.adapters.africastalking import AfricasTalkingSettings, AfricasTalkingSms, NoAccount
from pp_core.kernel.clock import Clock, SystemClock
from pp_core.kernel.crypto import HmacTokens, ThreadedHasher
from pp_core.kernel.db.transaction import Database
from pp_core.kernel.ports import Ports, SmsSender
from pp_core.kernel.settings import Settings, SmsSettings

from . import catalog
from .database import Home, secret_key
from .limits import Limiter
from .pulse import Pulse


def ports_for(settings: Settings, secret: str, sms: SmsSender | None = None, clock: Clock | None = None) -> Ports:
    """The adapters that the settings ask for, and what the contexts do for those below them."""
    from pp_core.adapters.rabbitmq import RabbitMqPublisher
    from pp_core.memberships.public import start_gym as start_plans
    from pp_core.notifications.public import queue_text
    from pp_core.workouts.public import start_gym as start_exercises

    return Ports(
        sms=sms or _sms_for(settings.sms),
        hasher=ThreadedHasher(),
        tokens=HmacTokens(secret, clock),
        queue_text=queue_text,
        gym_setups=(start_plans, start_exercises),
        publisher=RabbitMqPublisher(settings.amqp_url) if settings.amqp_url else None,
    )


def _sms_for(settings: SmsSettings) -> SmsSender:
    if not settings.api_key:
        return NoAccount()
    return AfricasTalkingSms(
        AfricasTalkingSettings(
            username=settings.username, api_key=settings.api_key, base_url=settings.base_url, sender=settings.sender
        )
    )


@dataclass(slots=True)
class Runtime:
    """An open core: a database pool, the ports and the pipeline. Used as an async context manager."""

    settings: Settings
    home: Home
    as_worker: bool = False
    clock: Clock = field(default_factory=SystemClock)
    sms: SmsSender | None = None
    ports: Ports = field(init=False)
    database: Database = field(init=False)
    pulse: Pulse = field(init=False)
    limiter: Limiter = field(init=False)

    async def __aenter__(self) -> Self:
        catalog.load_handlers()
        urls = self.home.urls
        secret = secret_key(self.settings, Path(self.home.directory))
        self.ports = ports_for(self.settings, secret, self.sms, self.clock)
        self.database = Database(
            urls.worker if self.as_worker else urls.app,
            size=self.settings.pool_size,
            pooled=self.settings.pooled,
            name="pp worker" if self.as_worker else "pp app",
        )
        self.limiter = Limiter(self.settings)
        self.pulse = Pulse(database=self.database, limiter=self.limiter, ports=self.ports, clock=self.clock)
        await self.database.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.shield(self.database.close())


def pulse_without_database(settings: Settings) -> Pulse:
    """A pipeline for operations that need no database, such as parsing a text."""
    catalog.load_handlers()
    return Pulse(
        database=None, limiter=Limiter(settings), ports=ports_for(settings, "no tokens here"), clock=SystemClock()
    )
