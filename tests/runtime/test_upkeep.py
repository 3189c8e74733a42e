"""What an operator is told of the bot."""

import asyncio
from dataclasses import replace

from pp_bots.simulator.telegram import TelegramSimulator
from pp_core.adapters.telegram import TelegramBot
from pp_core.kernel.settings import TelegramSettings
from pp_core.runtime.upkeep import Check, Verdict, examine
from tests.conftest import TestHome


async def told(home: TestHome, telegram: TelegramSettings) -> Check:
    settings = replace(home.settings, telegram=telegram)
    return await asyncio.to_thread(lambda: next(one for one in examine(settings) if one.check == "telegram"))


async def test_no_bot(home: TestHome) -> None:
    assert (await told(home, TelegramSettings())).result is Verdict.WARN


async def test_a_bot_and_how_its_updates_come(home: TestHome) -> None:
    async with TelegramSimulator() as simulator:
        asked = TelegramSettings(token=simulator.settings.token, base_url=simulator.url)
        well = await told(home, asked)
        assert (well.result, well.detail) == (Verdict.OK, "@pulse_gym_bot, updates asked for, 0 waiting")
        pushed = replace(asked, webhook_url="https://127.0.0.1:8443")
        assert (await told(home, pushed)).todo.startswith("PP_TELEGRAM_WEBHOOK_URL says otherwise")
        bot = TelegramBot(pushed)
        await bot.push_to("https://127.0.0.1:8443/hooks/telegram", secret="s3cret")
        await bot.close()
        assert (await told(home, pushed)).detail == "@pulse_gym_bot, updates pushed, 0 waiting"


async def test_a_token_that_is_no_bots_fails(home: TestHome) -> None:
    async with TelegramSimulator() as simulator:
        found = await told(home, TelegramSettings(token="7000000001:not-this-one", base_url=simulator.url))
    assert (found.result, found.detail) == (Verdict.FAIL, "Unauthorized")


async def test_a_telegram_that_is_away_is_no_failure_of_ours(home: TestHome) -> None:
    found = await told(home, TelegramSettings(token="7000000001:very-secret", base_url="http://127.0.0.1:9"))
    assert found.result is Verdict.WARN
    assert "very-secret" not in f"{found.detail}{found.todo}"
