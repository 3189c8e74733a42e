"""Wiring: what stands behind each port, and a runtime that holds it all open."""

import asyncio
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from pathlib import Path
from typing import Self

from pp_core.adapters.absent import NoBot
from pp_core.adapters.africastalking import AfricasTalkingSettings, AfricasTalkingSms, NoAccount
from pp_core.kernel.clock import Clock, SystemClock
from pp_core.kernel.crypto import HmacTokens, ThreadedHasher
from pp_core.kernel.db.listening import Listener
from pp_core.kernel.db.transaction import Database
from pp_core.kernel.policy import Rate
from pp_core.kernel.ports import ChatBot, ChatSender, MapMatcher, Ports, SmsSender
from pp_core.kernel.settings import DEFAULT_RATES, MapSettings, Settings, SmsSettings, TelegramSettings
from pp_core.tracking.ingest import Ingest

from . import catalog
from .database import Home, secret_key
from .limits import Limiter
from .live import RECHECK_SECONDS
from .pulse import Pulse


def ports_for(
    settings: Settings,
    secret: str,
    sms: SmsSender | None = None,
    clock: Clock | None = None,
    chat: ChatSender | None = None,
) -> Ports:
    """The adapters that the settings ask for, and what the contexts do for those below them."""
    from pp_core.adapters.confined import ConfinedPrograms
    from pp_core.adapters.rabbitmq import RabbitMqPublisher
    from pp_core.memberships.public import start_gym as start_plans
    from pp_core.notifications.public import queue_text
    from pp_core.wellbeing.public import weight_of
    from pp_core.workouts.public import start_gym as start_exercises

    bot = bot_for(settings.telegram)
    served = {
        "sms": sms is not None or bool(settings.sms.api_key),
        "ussd": bool(settings.ussd.callback_token),
        "telegram": chat is not None or bot is not None,
    }
    return Ports(
        sms=sms or _sms_for(settings.sms),
        chat=chat or bot or NoBot(),
        hasher=ThreadedHasher(),
        tokens=HmacTokens(secret, clock),
        queue_text=queue_text,
        confined=ConfinedPrograms(settings.files),
        weight_of=weight_of,
        gym_setups=(start_plans, start_exercises),
        publisher=RabbitMqPublisher(settings.amqp_url) if settings.amqp_url else None,
        bot=bot,
        channels=frozenset(channel for channel, there in served.items() if there),
        maps=settings.maps,
        matcher=_matcher_for(settings.maps),
        public_url=settings.reached_at,
    )


def bot_for(settings: TelegramSettings) -> ChatBot | None:
    """The bot, when there is one: it costs nothing before its first call but the loading of its library."""
    if not settings.token:
        return None
    from pp_core.adapters.telegram import TelegramBot

    return TelegramBot(settings)


def _sms_for(settings: SmsSettings) -> SmsSender:
    if not settings.api_key:
        return NoAccount()
    return AfricasTalkingSms(
        AfricasTalkingSettings(
            username=settings.username,
            api_key=settings.api_key,
            base_url=settings.base_url,
            sender=settings.sender,
            premium_codes=settings.premium_codes,
        )
    )


def _matcher_for(settings: MapSettings) -> MapMatcher | None:
    if not settings.matching_url:
        return None
    from pp_core.adapters.osrm import OsrmMatcher

    return OsrmMatcher(settings.matching_url, settings.matching_points)


@dataclass(slots=True)
class Runtime:
    """An open core: a database pool, the ports and the pipeline. Used as an async context manager."""

    settings: Settings
    home: Home
    as_worker: bool = False
    clock: Clock = field(default_factory=SystemClock)
    sms: SmsSender | None = None
    chat: ChatSender | None = None
    recheck_watchers: float = RECHECK_SECONDS
    ports: Ports = field(init=False)
    database: Database = field(init=False)
    listener: Listener = field(init=False)
    pulse: Pulse = field(init=False)
    limiter: Limiter = field(init=False)
    ingest: Ingest = field(init=False)

    async def __aenter__(self) -> Self:
        catalog.load_handlers()
        urls = self.home.urls
        secret = secret_key(self.settings, Path(self.home.directory))
        self.database = Database(
            urls.worker if self.as_worker else urls.app,
            size=self.settings.pool_size,
            pooled=self.settings.pooled,
            name="pp worker" if self.as_worker else "pp app",
        )
        ports = ports_for(self.settings, secret, self.sms, self.clock, self.chat)
        self.ports = replace(ports, pool=lambda: self.database.usage)
        self.limiter = Limiter(self.settings)
        self.listener = Listener(self._direct_url())
        self.pulse = Pulse(
            database=self.database,
            limiter=self.limiter,
            ports=self.ports,
            clock=self.clock,
            listener=self.listener,
            recheck_watchers=self.recheck_watchers,
        )
        self.ingest = Ingest(urls.ingest, self.clock, self.settings.rates.get(Rate.POINTS, DEFAULT_RATES[Rate.POINTS]))
        await self.database.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.shield(self._close())

    def _direct_url(self) -> str | None:
        """Where the database is reached past a pooler, as the worker reaches it; None when only the pooler is known."""
        if self.as_worker:
            return self.home.urls.worker
        return self.settings.database_worker_url if self.settings.pooled else self.home.urls.app

    async def _close(self) -> None:
        await self.ingest.close()
        await self.listener.close()
        await self.database.close()
        # Those that were handed in are closed by whoever made them.
        ours = self.ports.sms if self.sms is None else None
        for way_out in (ours, self.ports.bot, self.ports.publisher, self.ports.matcher):
            close = getattr(way_out, "close", None)
            if close is not None and isawaitable(closing := close()):
                await closing


def pulse_without_database(settings: Settings) -> Pulse:
    """A pipeline for operations that need no database, such as parsing a text."""
    catalog.load_handlers()
    return Pulse(
        database=None, limiter=Limiter(settings), ports=ports_for(settings, "no tokens here"), clock=SystemClock()
    )
