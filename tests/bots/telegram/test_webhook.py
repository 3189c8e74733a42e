"""Updates by webhook: the secret, order, repetition, method calls in the answer, and an Application behind it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest

from pp_bots.simulator.telegram import SimulatorSettings, TelegramPhone, TelegramSimulator
from tests.bots.telegram.conftest import bot_of
from tests.bots.telegram.receiver import SECRET, UpdateReceiver
from tests.bots.telegram.test_polling import application_of

YES = InlineKeyboardMarkup.from_button(InlineKeyboardButton("Yes", callback_data="yes"))


@pytest.fixture
async def hooked(bot: Bot, receiver: UpdateReceiver) -> UpdateReceiver:
    await bot.set_webhook(receiver.hook_url, secret_token=SECRET)
    return receiver


def failing(status: int = 500, **headers: str) -> Response:
    return PlainTextResponse("no", status, headers)


async def test_updates_come_with_the_secret(hooked: UpdateReceiver, phone: TelegramPhone, bot: Bot) -> None:
    said = await phone.say("squat 5x5 100")
    [update] = await hooked.wait(1)
    assert update["update_id"] == said.update_id
    assert hooked.headers[-1]["x-telegram-bot-api-secret-token"] == SECRET
    assert hooked.headers[-1]["content-type"] == "application/json"
    read = Update.de_json(update, bot)
    assert read.message is not None
    assert (read.message.text, read.message.message_id) == ("squat 5x5 100", said.message_id)


async def test_what_waited_is_delivered_once_there_is_a_webhook(
    bot: Bot, phone: TelegramPhone, receiver: UpdateReceiver
) -> None:
    sent = [await phone.say(str(number)) for number in range(5)]
    assert (await bot.get_webhook_info()).pending_update_count == 5
    await bot.set_webhook(receiver.hook_url)
    await receiver.wait(5)
    assert receiver.ids == [each.update_id for each in sent]
    assert "x-telegram-bot-api-secret-token" not in receiver.headers[0]
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections) == (receiver.hook_url, 1)


async def test_dropping_what_waits(bot: Bot, phone: TelegramPhone, receiver: UpdateReceiver) -> None:
    await phone.say("old")
    await bot.set_webhook(receiver.hook_url, drop_pending_updates=True)
    fresh = await phone.say("new")
    await receiver.wait(1)
    assert receiver.ids == [fresh.update_id]
    await bot.delete_webhook()
    await phone.say("unheard")
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"url": "ftp://gym.co.ke/hook"}, "Bad webhook"),
        ({"url": "nowhere"}, "Bad webhook"),
        ({"url": "https://gym.co.ke", "secret_token": "a b"}, "unallowed characters"),
        ({"url": "https://gym.co.ke", "secret_token": "x" * 257}, "too long"),
    ],
)
async def test_webhooks_that_are_none(bot: Bot, arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        await bot.set_webhook(**arguments)
    assert (await bot.get_webhook_info()).url == ""


async def test_an_update_is_repeated_until_accepted_and_holds_its_chat_up(
    hooked: UpdateReceiver, phone: TelegramPhone, bot: Bot
) -> None:
    hooked.answers = [failing(500), failing(302, location="/elsewhere"), failing(404)]
    first, second = await phone.say("first"), await phone.say("second")
    await hooked.wait(5)
    assert hooked.ids == [first.update_id] * 4 + [second.update_id]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 404 Not Found"


async def test_one_chat_does_not_hold_up_another(
    simulator: TelegramSimulator, hooked: UpdateReceiver, phone: TelegramPhone
) -> None:
    hooked.answers = [failing(503, **{"retry-after": "1"})]
    failed = await phone.say("first")
    async with TelegramPhone(simulator.url, first_name="Brian") as brian:
        other = await brian.say("mine")
        await hooked.wait(3)
    assert hooked.ids == [failed.update_id, other.update_id, failed.update_id]


@pytest.mark.parametrize("connections", [1, 3])
async def test_no_more_at_once_than_connections(
    connections: int, bot: Bot, simulator: TelegramSimulator, phone: TelegramPhone, receiver: UpdateReceiver
) -> None:
    gate = asyncio.Event()

    async def wait(_: object) -> None:
        if receiver.busy == connections:
            gate.set()
        await gate.wait()

    receiver.hook = wait
    people = [TelegramPhone(simulator.url, first_name=f"P{number}") for number in range(5)]
    for each in people:
        async with each:
            await each.say("hi")
    await bot.set_webhook(receiver.hook_url, max_connections=connections)
    await receiver.wait(5)
    assert receiver.most_busy == connections


async def test_a_webhook_that_is_not_there_yet(bot: Bot, phone: TelegramPhone, http: httpx.AsyncClient) -> None:
    await bot.set_webhook("http://127.0.0.1:9/hook")
    await phone.say("hi")
    async with asyncio.timeout(5):
        while (await bot.get_webhook_info()).last_error_message is None:
            await asyncio.sleep(0.01)
    assert (await bot.get_webhook_info()).pending_update_count == 1
    async with UpdateReceiver() as receiver:
        await bot.set_webhook(receiver.hook_url)
        await receiver.wait(1)
    assert (await http.get("/sim/posts")).json()["posts"][0]["error"] == "ConnectError"


async def test_an_update_nobody_takes_expires() -> None:
    settings = SimulatorSettings(update_lifetime=0.3, retry_delay=0.05)
    async with (
        TelegramSimulator(settings) as simulator,
        TelegramPhone(simulator.url) as phone,
        bot_of(simulator) as bot,
        UpdateReceiver() as receiver,
    ):
        receiver.answers = [failing() for _ in range(50)]
        await bot.set_webhook(receiver.hook_url)
        said = await phone.say("hi")
        assert said.update_id is not None
        async with asyncio.timeout(5), simulator.state.changed:
            update = simulator.world.updates.all[said.update_id]
            await simulator.state.changed.wait_for(lambda: update.state == "expired")
        assert update.attempts > 1


async def test_the_answer_may_call_a_method(
    hooked: UpdateReceiver, phone: TelegramPhone, http: httpx.AsyncClient
) -> None:
    hooked.answers = [
        JSONResponse({"method": "sendMessage", "chat_id": phone.id, "text": "Yes?", "reply_markup": YES.to_dict()}),
    ]
    await phone.say("hi")
    asked = await phone.receive(5)
    assert asked is not None

    async def answer(update: dict[str, Any]) -> None:
        query = update["callback_query"]["id"]
        hooked.answers = [JSONResponse({"method": "answerCallbackQuery", "callback_query_id": query, "text": "OK"})]

    hooked.hook = answer
    pressed = await phone.press("Yes")
    assert await phone.answered(pressed, 5) == {"text": "OK", "show_alert": False, "url": None}
    hooked.hook = None
    hooked.answers = [JSONResponse({"method": "deleteWebhook"}), JSONResponse({"method": "sendMessage", "chat_id": 1})]
    await phone.say("a")
    await phone.say("b")
    await hooked.wait(4)
    posts = (await http.get("/sim/posts")).json()["posts"]
    assert [post["method"] for post in posts] == ["sendMessage", "answerCallbackQuery", None, "sendMessage"]
    assert posts[-1]["error"] == "Bad Request: message text is empty"


async def test_duplicates_late_and_out_of_order(
    hooked: UpdateReceiver, phone: TelegramPhone, http: httpx.AsyncClient
) -> None:
    await http.post("/sim/faults", json={"kind": "duplicate-update", "times": 2})
    twice = await phone.say("twice")
    await hooked.wait(3)
    await http.post("/sim/faults", json={"kind": "late-update", "seconds": 0.3})
    late, next_one = await phone.say("late"), await phone.say("next")
    await hooked.wait(6)
    await http.post("/sim/faults", json={"kind": "out-of-order"})
    held, overtaking = await phone.say("held"), await phone.say("overtaking")
    await hooked.wait(8)
    await http.post(f"/sim/updates/{held.update_id}/again", json={})
    assert hooked.ids == [
        *[twice.update_id] * 3,
        late.update_id,
        next_one.update_id,
        late.update_id,
        overtaking.update_id,
        held.update_id,
        held.update_id,
    ]


async def test_a_held_update_is_let_go_when_the_faults_are_cleared(
    hooked: UpdateReceiver, phone: TelegramPhone, http: httpx.AsyncClient
) -> None:
    await http.post("/sim/faults", json={"kind": "out-of-order"})
    held = await phone.say("held")
    assert (await http.delete("/sim/faults")).json() == {"faults": []}
    await hooked.wait(1)
    assert hooked.ids == [held.update_id]


@pytest.fixture
async def application(simulator: TelegramSimulator, receiver: UpdateReceiver) -> AsyncIterator[UpdateReceiver]:
    application = application_of(simulator)

    async def feed(update: dict[str, Any]) -> None:
        await application.update_queue.put(Update.de_json(update, application.bot))

    receiver.hook = feed
    async with application:
        await application.start()
        await application.bot.set_webhook(receiver.hook_url, secret_token=SECRET)
        yield receiver
        await application.stop()


async def test_an_application_behind_a_webhook_answers(application: UpdateReceiver, phone: TelegramPhone) -> None:
    await phone.say("squat 5x5 100")
    logged = await phone.receive(5)
    assert logged is not None
    assert logged.text == "Logged squat 5x5 100"
    pressed = await phone.press("Undo")
    answer = await phone.answered(pressed, 5)
    assert answer is not None
    assert answer["text"] == "Undone"
    gone = await phone.receive(5)
    assert gone is not None
    assert (gone.edited, gone.buttons, gone.id) == (True, [], logged.id)
