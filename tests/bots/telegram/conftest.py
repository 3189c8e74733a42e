"""A simulated Telegram, a handset and a bot of python-telegram-bot for each test."""

from collections.abc import AsyncIterator

import httpx
import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from pp_bots.simulator.telegram import SimulatorSettings, TelegramPhone, TelegramSimulator
from tests.bots.telegram.receiver import UpdateReceiver

PHONE = "+254711082010"


def direct() -> HTTPXRequest:
    return HTTPXRequest(connection_pool_size=8, httpx_kwargs={"trust_env": False})


def bot_of(simulator: TelegramSimulator, *, token: str | None = None) -> Bot:
    return Bot(
        token or simulator.settings.token,
        base_url=simulator.base_url,
        base_file_url=simulator.base_file_url,
        request=direct(),
        get_updates_request=direct(),
    )


@pytest.fixture
async def simulator() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(SimulatorSettings(retry_delay=0.02)) as server:
        yield server


@pytest.fixture
async def bot(simulator: TelegramSimulator) -> AsyncIterator[Bot]:
    async with bot_of(simulator) as one:
        yield one


@pytest.fixture
async def phone(simulator: TelegramSimulator) -> AsyncIterator[TelegramPhone]:
    """A handset whose owner once pressed Start, so that the bot may write."""
    async with TelegramPhone(
        simulator.url, first_name="Amina", last_name="Wanjiru", username="amina_w", language_code="sw", phone=PHONE
    ) as held:
        simulator.state.chats[held.id].started = True
        yield held


@pytest.fixture
async def http(simulator: TelegramSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=simulator.url, trust_env=False) as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[UpdateReceiver]:
    async with UpdateReceiver() as server:
        yield server
