"""The bot against a simulated Telegram: what leaves, and what each answer is taken for."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pp_bots.simulator.telegram import Fault, SimulatorSettings, TelegramPhone, TelegramSimulator
from pp_bots.simulator.telegram.media import small_picture
from pp_core.adapters import telegram
from pp_core.adapters.telegram import LONGEST_TEXT, SORTS, TelegramBot, split
from pp_core.kernel.ports import BotConflictError, BotError, SendStatus
from pp_core.kernel.settings import TelegramSettings
from tests.conftest import new_phone

YES = {"rows": [[{"text": "Yes", "data": "yes"}, {"text": "No", "data": "no"}]]}


@pytest.fixture
async def simulator() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(SimulatorSettings(username="Pulse_Gym_Bot")) as server:
        yield server


@pytest.fixture
async def bot(simulator: TelegramSimulator) -> AsyncIterator[TelegramBot]:
    made = TelegramBot(TelegramSettings(token=simulator.settings.token, base_url=simulator.url))
    yield made
    await made.close()


@pytest.fixture
async def phone(simulator: TelegramSimulator) -> AsyncIterator[TelegramPhone]:
    async with TelegramPhone(simulator.url, phone=new_phone()) as held:
        await held.start()
        yield held


def calls(simulator: TelegramSimulator, method: str = "sendMessage") -> list[dict[str, Any]]:
    return [call for call in simulator.state.calls if call["method"] == method]


async def test_a_text_arrives_as_it_is(bot: TelegramBot, phone: TelegramPhone) -> None:
    text = "*5x5* _100_ <b>kg</b> & [ok](x) 💪"
    outcome = await bot.send(chat=str(phone.id), text=text, buttons=None)
    (message,) = await phone.drain()
    assert (outcome.status, outcome.gateway_id) == (SendStatus.SENT, str(message.id))
    assert (message.text, message.buttons) == (text, [])


async def test_buttons_the_contact_and_its_end(bot: TelegramBot, phone: TelegramPhone) -> None:
    chat = str(phone.id)
    for buttons in (YES, {"ask_contact": "Share my number"}, {**YES, "ask_contact": "Share"}, {"remove": True}):
        assert (await bot.send(chat=chat, text="Hi", buttons=buttons)).status is SendStatus.SENT
    inline, contact, both, none = await phone.drain()
    assert inline.inline == ((("Yes", "yes"), ("No", "no")),)
    assert (contact.keyboard, contact.asks_contact) == ((("Share my number",),), "Share my number")
    assert (both.keyboard, both.inline) == ((("Share",), ("Yes", "No")), ())
    assert none.removes_keyboard


@pytest.mark.parametrize(
    "buttons", [{"rows": [[{"text": "Long", "data": "x" * 65}]]}, {"rows": [[{"text": "Yes"}]]}, {"rows": "Yes"}]
)
async def test_buttons_that_cannot_be_are_refused(
    bot: TelegramBot, simulator: TelegramSimulator, phone: TelegramPhone, buttons: dict[str, Any]
) -> None:
    outcome = await bot.send(chat=str(phone.id), text="Hi", buttons=buttons)
    assert outcome.status is SendStatus.REFUSED
    assert calls(simulator) == []


async def test_a_long_text_goes_out_in_parts_with_the_buttons_under_the_last(
    bot: TelegramBot, phone: TelegramPhone
) -> None:
    text = "\n".join(f"{number}. squat 5x5 100" for number in range(400))
    outcome = await bot.send(chat=str(phone.id), text=text, buttons=YES)
    first, last = await phone.drain()
    assert f"{first.text}\n{last.text}" == text
    assert (first.buttons, last.buttons, outcome.gateway_id) == ([], ["Yes", "No"], str(last.id))


@pytest.mark.parametrize("text", ["x" * 9000, "💪" * 5000, "word " * 2000, "a\n" * 4096, "  " * 5000 + "end"])
def test_parts_hold_everything_but_the_space_between(text: str) -> None:
    parts = split(text)
    assert all(0 < len(part.encode("utf-16-le")) // 2 <= LONGEST_TEXT for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("fault", "status", "sent"),
    [
        (Fault(kind="rate", retry_after=1), SendStatus.SENT, 1),
        (Fault(kind="rate", retry_after=600), SendStatus.RETRY, 0),
        (Fault(kind="rate", retry_after=1, count=2), SendStatus.RETRY, 0),
        (Fault(kind="blocked"), SendStatus.REFUSED, 0),
        (Fault(kind="http", http_status=413), SendStatus.REFUSED, 0),
        (Fault(kind="http", http_status=429), SendStatus.SENT, 1),
        (Fault(kind="http", http_status=408), SendStatus.UNKNOWN, 0),
        (Fault(kind="http", http_status=500, taken=True), SendStatus.UNKNOWN, 1),
        (Fault(kind="http", http_status=502), SendStatus.UNKNOWN, 0),
        (Fault(kind="http", http_status=503), SendStatus.UNKNOWN, 0),
        (Fault(kind="timeout-before", seconds=0.0), SendStatus.UNKNOWN, 0),
        (Fault(kind="timeout-after", seconds=5.0), SendStatus.UNKNOWN, 1),
        (Fault(kind="cut"), SendStatus.UNKNOWN, 1),
        (Fault(kind="not-json"), SendStatus.UNKNOWN, 1),
    ],
    ids=lambda value: f"{value.kind}-{value.http_status}" if isinstance(value, Fault) else None,
)
async def test_what_an_answer_is_taken_for(
    simulator: TelegramSimulator,
    phone: TelegramPhone,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    status: SendStatus,
    sent: int,
) -> None:
    monkeypatch.setattr(telegram, "_READ_SECONDS", 1.0)
    bot = TelegramBot(TelegramSettings(token=simulator.settings.token, base_url=simulator.url))
    simulator.world.faults.add(fault)
    outcome = await bot.send(chat=str(phone.id), text="Hi", buttons=None)
    await bot.close()
    assert outcome.status is status, outcome
    assert (outcome.reason is None) == (status is SendStatus.SENT)
    assert len(await phone.drain()) == sent


async def test_a_part_that_fails_leaves_the_whole_unknown(
    bot: TelegramBot, simulator: TelegramSimulator, phone: TelegramPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = bot._send

    async def breaking(*given: Any) -> Any:
        sent = await send(*given)
        simulator.world.faults.add(Fault(kind="blocked"))
        return sent

    monkeypatch.setattr(bot, "_send", breaking)
    outcome = await bot.send(chat=str(phone.id), text="x" * 5000, buttons=None)
    assert outcome.status is SendStatus.UNKNOWN
    assert outcome.reason is not None
    assert outcome.reason.startswith("1 of 2 parts sent, then refused")


async def test_nobody_there_is_refused(bot: TelegramBot, simulator: TelegramSimulator) -> None:
    assert (await bot.send(chat="4711", text="Hi", buttons=None)).status is SendStatus.REFUSED
    assert (await bot.send(chat="4711", text=" \n", buttons=None)).status is SendStatus.REFUSED
    stranger = TelegramBot(TelegramSettings(token="7000000001:not-this-one", base_url=simulator.url))
    refused = await stranger.send(chat="4711", text="Hi", buttons=None)
    await stranger.close()
    assert (refused.status, refused.reason) == (SendStatus.REFUSED, "Unauthorized")


async def test_no_connection_is_safe_to_repeat_and_names_no_token() -> None:
    bot = TelegramBot(TelegramSettings(token="7000000001:very-secret", base_url="http://127.0.0.1:9"))
    outcome = await bot.send(chat="4711", text="Hi", buttons=None)
    assert (outcome.status, outcome.reason) == (SendStatus.RETRY, "ConnectError")
    with pytest.raises(BotError) as told:
        await bot.username()
    await bot.close()
    assert (str(told.value), told.value.final) == ("ConnectError", False)


async def test_updates_are_confirmed_by_the_next_request(bot: TelegramBot, phone: TelegramPhone) -> None:
    sent = await phone.say("squat 5x5 100")
    for _ in range(2):
        found = await bot.updates(after=None, wait=0)
        assert [update["update_id"] for update in found][-1] == sent.update_id
        assert found[-1]["message"]["text"] == "squat 5x5 100"
    assert await bot.updates(after=sent.update_id, wait=0) == []
    assert await bot.updates(after=None, wait=0) == []


async def test_updates_that_are_pushed_cannot_be_asked_for(bot: TelegramBot, simulator: TelegramSimulator) -> None:
    await bot.push_to("https://127.0.0.1:8443/hooks/telegram", secret="s3cret")
    (told,) = calls(simulator, "setWebhook")
    assert told["parameters"]["secret_token"] == "s3cret"
    assert all(sort in str(told["parameters"]["allowed_updates"]) for sort in SORTS)
    assert (await bot.delivery()).url == "https://127.0.0.1:8443/hooks/telegram"
    with pytest.raises(BotConflictError):
        await bot.updates(after=None, wait=0)
    await bot.stop_pushing()
    assert await bot.updates(after=None, wait=0) == []
    assert (await bot.delivery()).url is None


async def test_its_name_is_asked_once(bot: TelegramBot, simulator: TelegramSimulator) -> None:
    assert {await bot.username(), await bot.username()} == {"pulse_gym_bot"}
    assert (bot.id, len(calls(simulator, "getMe"))) == ("7000000001", 1)


async def test_a_press_that_nobody_waits_for_is_no_error(bot: TelegramBot) -> None:
    await bot.answer_press("4711")


async def test_a_picture_carries_its_text_where_that_fits(bot: TelegramBot, phone: TelegramPhone) -> None:
    chat, drawn = str(phone.id), small_picture(16)
    short = await bot.send_picture(chat=chat, picture=drawn, text="Done: run, 5.2 km", buttons=None)
    assert short.status is SendStatus.SENT
    heard = await phone.receive(5)
    assert heard is not None
    assert (heard.media, heard.text) == ("photo", "Done: run, 5.2 km")
    long = "word " * 300
    assert (await bot.send_picture(chat=chat, picture=drawn, text=long, buttons=None)).status is SendStatus.SENT
    shown, said = await phone.receive(5), await phone.receive(5)
    assert shown is not None
    assert said is not None
    assert (shown.media, shown.text, said.text) == ("photo", "", long.strip())


async def test_a_file_is_fetched_and_one_that_is_gone_or_too_large_is_final(
    bot: TelegramBot, phone: TelegramPhone, simulator: TelegramSimulator
) -> None:
    await phone.send_document(b"<gpx/>", name="run.gpx")
    (kept,) = simulator.state.files
    name, content = await bot.file(kept, most=100)
    assert (name.endswith(".gpx"), content) == (True, b"<gpx/>")
    for ref, most in ((kept, 5), ("nothing", 100)):
        with pytest.raises(BotError) as refused:
            await bot.file(ref, most=most)
        assert refused.value.final
