"""Updates by getUpdates: offsets, kinds, rivals, and an Application of python-telegram-bot that polls."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import Conflict
from telegram.ext import (
    AIORateLimiter,
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from pp_bots.simulator.telegram import Fault, FaultKind, SimulatorSettings, TelegramPhone, TelegramSimulator, run_script
from tests.bots.telegram.conftest import bot_of, direct

Context = ContextTypes.DEFAULT_TYPE


async def test_updates_wait_until_confirmed(bot: Bot, phone: TelegramPhone) -> None:
    sent = [await phone.say(text) for text in ("a", "b", "c")]
    ids = [each.update_id for each in sent]
    assert [one.update_id for one in await bot.get_updates(limit=2)] == ids[:2]
    assert [one.update_id for one in await bot.get_updates()] == ids
    assert ids[1] is not None
    assert [one.update_id for one in await bot.get_updates(offset=ids[1] + 1)] == ids[2:]
    assert [one.update_id for one in await bot.get_updates()] == ids[2:]
    await phone.say("d")
    [last] = await bot.get_updates(offset=-1)
    assert last.message is not None
    assert last.message.text == "d"
    assert len(await bot.get_updates()) == 1


async def test_a_poller_is_held_until_there_is_something(bot: Bot, phone: TelegramPhone) -> None:
    assert await bot.get_updates(timeout=0) == ()
    polling = asyncio.create_task(bot.get_updates(timeout=20))
    await asyncio.sleep(0.05)
    assert not polling.done()
    said = await phone.say("hi")
    [update] = await polling
    assert update.update_id == said.update_id


async def test_only_allowed_kinds_are_queued(bot: Bot, phone: TelegramPhone) -> None:
    await bot.get_updates(allowed_updates=["callback_query", "edited_message"])
    assert (await phone.say("a")).update_id is None
    edited = await phone.edit(None, "b")
    [update] = await bot.get_updates()
    assert (update.update_id, update.edited_message is not None) == (edited.update_id, True)
    assert (await bot.get_webhook_info()).allowed_updates == ("callback_query", "edited_message")
    await bot.get_updates(allowed_updates=[])
    assert (await phone.say("c")).update_id is not None


async def test_two_pollers_and_a_webhook_are_in_conflict(bot: Bot, simulator: TelegramSimulator) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=20))
    async with bot_of(simulator) as rival:
        await asyncio.sleep(0.05)
        second = asyncio.create_task(rival.get_updates(timeout=20))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        await bot.set_webhook("http://127.0.0.1:1/hook")
        with pytest.raises(Conflict, match="terminated by setWebhook request"):
            await second
        with pytest.raises(Conflict, match="while webhook is active"):
            await rival.get_updates()
        await bot.delete_webhook()
        assert await rival.get_updates() == ()


async def test_what_waits_too_long_is_dropped() -> None:
    settings = SimulatorSettings(query_lifetime=0.05)
    async with (
        TelegramSimulator(settings) as simulator,
        TelegramPhone(simulator.url) as phone,
        bot_of(simulator) as bot,
    ):
        await phone.say("hi")
        await bot.send_message(
            phone.id, "?", reply_markup=InlineKeyboardMarkup.from_button(InlineKeyboardButton("A", callback_data="a"))
        )
        pressed = await phone.press("A")
        await asyncio.sleep(0.1)
        assert [one.message is not None for one in await bot.get_updates()] == [True]
        assert pressed.update_id is not None
        assert simulator.world.updates.all[pressed.update_id].state == "expired"


async def test_a_confirmed_update_comes_again(bot: Bot, phone: TelegramPhone, http: httpx.AsyncClient) -> None:
    await http.post("/sim/faults", json={"kind": "duplicate-update", "times": 2})
    said = await phone.say("hi")
    assert said.update_id is not None
    await bot.get_updates()
    again = await bot.get_updates(offset=said.update_id + 1, timeout=5)
    assert [one.update_id for one in again] == [said.update_id] * 2
    await http.post(f"/sim/updates/{said.update_id}/again", json={"after": 0.05})
    [late] = await bot.get_updates(offset=said.update_id + 1, timeout=5)
    assert late.update_id == said.update_id
    assert await bot.get_updates(offset=said.update_id + 1) == ()


async def test_updates_out_of_order(bot: Bot, phone: TelegramPhone, simulator: TelegramSimulator) -> None:
    simulator.world.faults.add(Fault(kind=FaultKind.OUT_OF_ORDER))
    first = await phone.say("first")
    assert await bot.get_updates() == ()
    second = await phone.say("second")
    assert [one.update_id for one in await bot.get_updates()] == [second.update_id]
    assert second.update_id is not None
    [held] = await bot.get_updates(offset=second.update_id + 1, timeout=5)
    assert held.update_id == first.update_id


# An application


async def _logged(update: Update, _: Context) -> None:
    assert update.effective_message is not None
    yes = InlineKeyboardMarkup.from_button(InlineKeyboardButton("Undo", callback_data=f"undo {update.update_id}"))
    await update.effective_message.reply_text(f"Logged {update.effective_message.text}", reply_markup=yes)


async def _undone(update: Update, _: Context) -> None:
    assert update.callback_query is not None
    await update.callback_query.answer("Undone")
    await update.callback_query.edit_message_text(f"Gone: {update.callback_query.data}")


async def _started(update: Update, context: Context) -> None:
    assert update.message is not None
    await update.message.reply_text(f"Welcome {context.args}")


def application_of(simulator: TelegramSimulator) -> Application:  # type: ignore[type-arg]
    application = (
        ApplicationBuilder()
        .token(simulator.settings.token)
        .base_url(simulator.base_url)
        .request(direct())
        .get_updates_request(direct())
        .rate_limiter(AIORateLimiter(max_retries=2))
        .build()
    )
    application.add_handler(CommandHandler("start", _started))
    application.add_handler(MessageHandler(filters.TEXT, _logged))
    application.add_handler(CallbackQueryHandler(_undone))
    return application


@pytest.fixture
async def polling(simulator: TelegramSimulator) -> AsyncIterator[TelegramSimulator]:
    application = application_of(simulator)
    assert application.updater is not None
    async with application:
        await application.start()
        await application.updater.start_polling(timeout=5)
        yield simulator
        await application.updater.stop()
        await application.stop()


async def test_an_application_polls_and_answers(polling: TelegramSimulator, phone: TelegramPhone) -> None:
    lines = ["# a day", "", "/start AMINA-1", "squat 5x5 100", "1", "/edit squat 5x5 105"]
    steps = [step async for step in run_script(lines, phone, timeout=5)]
    undo = f"Gone: undo {steps[1]['update_id']}"
    assert [step["reply"] for step in steps] == [
        "Welcome ['AMINA-1']",
        "Logged squat 5x5 100",
        undo,
        "Logged squat 5x5 105",
    ]
    assert {(step["from"], step["parts"]) for step in steps} == {(str(phone.id), 1)}
    ids = [step["update_id"] for step in steps]
    assert ids == sorted(set(ids))


@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
async def test_an_application_waits_out_429(
    polling: TelegramSimulator, phone: TelegramPhone, http: httpx.AsyncClient
) -> None:
    await http.post("/sim/faults", json={"kind": "rate", "count": 2, "retry_after": 1})
    await phone.say("squat 5x5 100")
    answer = await phone.receive(15)
    assert answer is not None
    assert answer.text == "Logged squat 5x5 100"
    calls = (await http.get("/sim/calls")).json()["calls"]
    assert len([call for call in calls if call["method"] == "sendMessage"]) == 1  # what was refused was not carried out


async def test_an_application_survives_a_server_that_fails(
    polling: TelegramSimulator, phone: TelegramPhone, http: httpx.AsyncClient
) -> None:
    await http.post("/sim/faults", json={"kind": "http", "http_status": 502, "method": "getUpdates", "count": 2})
    await phone.say("squat 5x5 100")
    answer = await phone.receive(15)
    assert answer is not None
