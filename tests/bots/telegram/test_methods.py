"""What a bot calls, through python-telegram-bot, and how each call is refused."""

import asyncio
import io

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter

from pp_bots.simulator.telegram import SimulatorSettings, TelegramPhone, TelegramSimulator
from pp_bots.simulator.telegram.media import small_picture
from tests.bots.telegram.conftest import bot_of

YES_NO = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Yes", callback_data="yes"), InlineKeyboardButton("No", callback_data="no")]]
)


async def test_the_bot_knows_itself(bot: Bot, simulator: TelegramSimulator) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot) == (simulator.settings.bot_id, "pulse_gym_bot", True)
    assert me.can_read_all_group_messages is False


async def test_tokens_and_methods_that_are_none(simulator: TelegramSimulator, http: httpx.AsyncClient) -> None:
    other = bot_of(simulator, token="7000000001:another-token")
    with pytest.raises(InvalidToken):
        await other.initialize()
    wrong = await http.post("/bot7000000001:another-token/getMe")
    assert (wrong.status_code, wrong.json()) == (401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
    assert (await http.post("/botnonsense/getMe")).status_code == 404
    unknown = await http.post(f"/bot{simulator.settings.token}/makeCoffee")
    assert (unknown.status_code, unknown.json()["description"]) == (404, "Not Found")


@pytest.mark.parametrize("how", ["json", "data", "params", "files"])
async def test_parameters_come_in_every_form(
    how: str, http: httpx.AsyncClient, simulator: TelegramSimulator, phone: TelegramPhone
) -> None:
    values: dict[str, object] = {"chat_id": phone.id, "text": "Karibu"}
    given = {"files": {key: (None, str(value)) for key, value in values.items()}} if how == "files" else {how: values}
    answer = await http.post(f"/bot{simulator.settings.token}/SENDMESSAGE", **given)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["text"] == "Karibu"


async def test_a_message_arrives_with_its_keyboard(bot: Bot, phone: TelegramPhone) -> None:
    sent = await bot.send_message(phone.id, "Confirm?", reply_markup=YES_NO)
    assert sent.reply_markup == YES_NO
    assert (sent.chat.id, sent.chat.type, sent.from_user) == (phone.id, "private", await bot.get_me())
    seen = await phone.receive(5)
    assert seen is not None
    assert (seen.id, seen.text, seen.buttons) == (sent.message_id, "Confirm?", ["Yes", "No"])
    assert seen.inline == ((("Yes", "yes"), ("No", "no")),)


async def test_html_becomes_entities(bot: Bot, phone: TelegramPhone) -> None:
    text = ' 💪 <b>Squat <i>5x5</i></b> &lt;100&gt; <a href="https://gym.co.ke/?a=1&amp;b=2">log</a> /help\n'
    sent = await bot.send_message(phone.id, text, parse_mode=ParseMode.HTML)
    assert sent.text == "💪 Squat 5x5 <100> log /help"
    found = {one.type: sent.parse_entity(one) for one in sent.entities}
    assert found == {"bold": "Squat 5x5", "italic": "5x5", "text_link": "log", "bot_command": "/help"}
    assert next(one.url for one in sent.entities if one.type == "text_link") == "https://gym.co.ke/?a=1&b=2"
    code = await bot.send_message(phone.id, '<pre><code class="language-py">x</code></pre>', parse_mode="html")
    assert [(one.type, one.language) for one in code.entities] == [("pre", "py")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<b>Squat", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a </b>", "Unexpected end tag at byte offset 2"),
        ("é<b><i>x</b></i>", 'Unmatched end tag at byte offset 9, expected "</i>", found "</b>"'),
        ("<script>x</script>", 'Unsupported start tag "script" at byte offset 0'),
        ("5 < 6", "Unclosed start tag at byte offset 2"),
        ("5 < 6 > 4", 'Unsupported start tag "" at byte offset 2'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
async def test_html_that_is_none_is_refused(bot: Bot, phone: TelegramPhone, text: str, why: str) -> None:
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(phone.id, text, parse_mode=ParseMode.HTML)
    assert refused.value.message == f"can't parse entities: {why}".capitalize()
    assert await phone.drain() == []


async def test_texts_have_their_length_after_entities(bot: Bot, phone: TelegramPhone) -> None:
    full = "x" * 4096
    assert (await bot.send_message(phone.id, f"<b>{full}</b>", parse_mode="HTML")).text == full
    for text, why in [(full + "x", "Message is too long"), (" \n", "Message text is empty")]:
        with pytest.raises(BadRequest, match=why):
            await bot.send_message(phone.id, text)
    with pytest.raises(BadRequest, match=r"(?i)unsupported parse_mode"):
        await bot.send_message(phone.id, "x", parse_mode="BBCode")


@pytest.mark.parametrize("data", ["x" * 64, "é" * 32])
async def test_data_of_64_bytes_fits(bot: Bot, phone: TelegramPhone, data: str) -> None:
    await bot.send_message(
        phone.id, "Pick", reply_markup=InlineKeyboardMarkup.from_button(InlineKeyboardButton("Go", callback_data=data))
    )
    assert (await phone.press("Go")).query_id is not None


@pytest.mark.parametrize("data", ["é" * 32 + "x", "x" * 65])
async def test_data_longer_than_64_bytes_is_refused(bot: Bot, phone: TelegramPhone, data: str) -> None:
    button = InlineKeyboardButton("Go", callback_data=data)
    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
        await bot.send_message(phone.id, "Pick", reply_markup=InlineKeyboardMarkup.from_button(button))


@pytest.mark.parametrize(
    ("markup", "why"),
    [
        ("[1]", "object expected as reply markup"),
        ("{", "can't parse reply keyboard markup JSON object"),
        ('{"inline_keyboard": [[{"text": "x"}]]}', "Text buttons are unallowed in the inline keyboard"),
        ('{"inline_keyboard": [[{"text": "", "callback_data": "x"}]]}', 'Field "text"'),
        ('{"inline_keyboard": [[{"text": "x", "callback_data": ""}]]}', "BUTTON_DATA_INVALID"),
        ('{"inline_keyboard": [[{"text": "x", "url": "gym"}]]}', "Wrong HTTP URL"),
        ('{"inline_keyboard": [{"text": "x"}]}', "Array of Arrays"),
        ('{"inline_keyboard": 5}', "must be an Array"),
        ('{"keyboard": []}', "at least one button"),
        ('{"keyboard": [[{"text": " "}]]}', 'Field "text"'),
        ('{"keyboard": [[5]]}', "KeyboardButton must be an Object"),
    ],
)
async def test_keyboards_that_are_none(
    http: httpx.AsyncClient, simulator: TelegramSimulator, phone: TelegramPhone, markup: str, why: str
) -> None:
    values = {"chat_id": phone.id, "text": "x", "reply_markup": markup}
    answer = await http.post(f"/bot{simulator.settings.token}/sendMessage", data=values)
    assert answer.status_code == 400
    assert why in answer.json()["description"]


async def test_too_many_buttons(bot: Bot, phone: TelegramPhone) -> None:
    rows = [[InlineKeyboardButton(str(number), callback_data="x")] for number in range(101)]
    with pytest.raises(BadRequest, match=r"(?i)reply_markup_too_long"):
        await bot.send_message(phone.id, "Pick", reply_markup=InlineKeyboardMarkup(rows))


async def test_reply_keyboards_come_and_go(bot: Bot, phone: TelegramPhone) -> None:
    asking = ReplyKeyboardMarkup([[KeyboardButton("Share my number", request_contact=True)], ["Not now"]])
    sent = await bot.send_message(phone.id, "Who are you?", reply_markup=asking)
    assert sent.reply_markup is None
    await bot.send_message(phone.id, "Thanks", reply_markup=ReplyKeyboardRemove())
    await bot.send_message(phone.id, "And your name?", reply_markup=ForceReply())
    first, second, _ = await phone.drain()
    assert (first.keyboard, first.asks_contact) == ((("Share my number",), ("Not now",)), "Share my number")
    assert second.removes_keyboard


async def test_who_cannot_be_written_to(bot: Bot, simulator: TelegramSimulator, phone: TelegramPhone) -> None:
    for nobody in (424242, "@nobody"):
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(nobody, "x")
    async with TelegramPhone(simulator.url, first_name="Brian") as silent:
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(silent.id, "x")
        simulator.state.open_group("Squad", "group", list(simulator.state.people.values()))
        with pytest.raises(Forbidden, match="can't initiate conversation with a user"):
            await bot.send_message(silent.id, "x")
    await phone.block()
    for call in (bot.send_message(phone.id, "x"), bot.send_chat_action(phone.id, ChatAction.TYPING)):
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await call
    await phone.unblock()
    assert (await bot.send_message(phone.id, "x")).text == "x"


async def test_replies_name_a_message_that_is_there(bot: Bot, phone: TelegramPhone) -> None:
    said = await phone.say("squat 5x5 100")
    assert said.message_id is not None
    sent = await bot.send_message(phone.id, "Logged", reply_parameters=ReplyParameters(said.message_id))
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.text == "squat 5x5 100"
    old = await bot.send_message(phone.id, "Logged", reply_to_message_id=said.message_id)
    assert old.reply_to_message is not None
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(phone.id, "x", reply_parameters=ReplyParameters(9999))
    lenient = ReplyParameters(9999, allow_sending_without_reply=True)
    assert (await bot.send_message(phone.id, "x", reply_parameters=lenient)).reply_to_message is None
    assert [each.reply_to for each in await phone.drain()] == [said.message_id, said.message_id, None]


async def test_messages_are_edited(bot: Bot, phone: TelegramPhone) -> None:
    sent = await bot.send_message(phone.id, "Confirm?", reply_markup=YES_NO)
    changed = await bot.edit_message_text("Done", phone.id, sent.message_id)
    assert not isinstance(changed, bool)
    assert (changed.text, changed.reply_markup, changed.edit_date is not None) == ("Done", None, True)
    await bot.edit_message_reply_markup(phone.id, sent.message_id, reply_markup=YES_NO)
    seen = await phone.drain()
    assert [(each.text, each.edited, each.buttons) for each in seen] == [
        ("Confirm?", False, ["Yes", "No"]),
        ("Done", True, []),
        ("Done", True, ["Yes", "No"]),
    ]


async def test_edits_that_cannot_be(
    bot: Bot, phone: TelegramPhone, http: httpx.AsyncClient, simulator: TelegramSimulator
) -> None:
    sent = await bot.send_message(phone.id, "Confirm?", reply_markup=YES_NO)
    said = await phone.say("hi")
    assert said.message_id is not None
    photo = await bot.send_photo(phone.id, small_picture())
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("Confirm?", phone.id, sent.message_id, reply_markup=YES_NO)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", phone.id, 9999)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", phone.id, said.message_id)
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await bot.edit_message_text("x", phone.id, photo.message_id)
    values = {"chat_id": phone.id, "text": "x"}
    url = f"/bot{simulator.settings.token}/editMessageText"
    assert "identifier is not specified" in (await http.post(url, json=values)).text
    values |= {"message_id": sent.message_id, "reply_markup": {"remove_keyboard": True}}
    assert "inline keyboard expected" in (await http.post(url, json=values)).text


async def test_commands_are_kept_by_scope_and_language(bot: Bot, phone: TelegramPhone) -> None:
    await bot.set_my_commands([BotCommand("log", "Log a set"), BotCommand("stop", "No more messages")])
    await bot.set_my_commands([BotCommand("log", "Andika seti")], language_code="sw")
    await bot.set_my_commands([("desk", "The desk")], scope=BotCommandScopeChat(phone.id))
    assert [one.command for one in await bot.get_my_commands()] == ["log", "stop"]
    assert [one.description for one in await bot.get_my_commands(language_code="sw")] == ["Andika seti"]
    assert [one.command for one in await bot.get_my_commands(BotCommandScopeChat(phone.id))] == ["desk"]
    await bot.delete_my_commands()
    assert list(await bot.get_my_commands()) == []


@pytest.mark.parametrize(
    ("commands", "why"),
    [
        ([("x" * 33, "d")], "bot_command_invalid"),
        ([("Log", "d")], "bot_command_invalid"),
        ([("log", "d" * 257)], "bot_command_description_invalid"),
        ([(f"c{number}", "d") for number in range(101)], "bot_commands_too_much"),
    ],
)
async def test_commands_that_are_none(bot: Bot, commands: list[tuple[str, str]], why: str) -> None:
    with pytest.raises(BadRequest, match=rf"(?i){why}"):
        await bot.set_my_commands(commands)


async def test_descriptions(bot: Bot) -> None:
    await bot.set_my_description("Your gym")
    await bot.set_my_description("Gym yako", language_code="sw")
    await bot.set_my_short_description("Gym")
    assert (await bot.get_my_description()).description == "Your gym"
    assert (await bot.get_my_description("sw")).description == "Gym yako"
    assert (await bot.get_my_short_description("sw")).short_description == "Gym"
    with pytest.raises(BadRequest, match="too long"):
        await bot.set_my_short_description("x" * 121)


async def test_files_go_both_ways(bot: Bot, phone: TelegramPhone) -> None:
    picture = small_picture(16)
    sent = await bot.send_photo(phone.id, picture, caption="<b>You</b>", parse_mode="HTML")
    assert [(size.width, size.height, size.file_size) for size in sent.photo] == [(16, 16, len(picture))]
    file = await bot.get_file(sent.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == picture
    again = await bot.send_photo(phone.id, sent.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id
    report = await bot.send_document(phone.id, io.BytesIO(b"a,b\n"), filename="sets.csv")
    assert report.document is not None
    assert (report.document.file_name, report.document.mime_type) == ("sets.csv", "text/csv")
    seen = await phone.drain()
    assert [(each.media, each.text) for each in seen] == [("photo", "You"), ("photo", ""), ("document", "")]


async def test_files_that_are_refused(bot: Bot, phone: TelegramPhone, simulator: TelegramSimulator) -> None:
    with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
        await bot.send_photo(phone.id, b"no picture")
    with pytest.raises(BadRequest, match="too big for a photo"):
        await bot.send_photo(phone.id, small_picture() + bytes(10 * 1024 * 1024))
    with pytest.raises(NetworkError, match="Request Entity Too Large"):
        await bot.send_document(phone.id, bytes(50 * 1024 * 1024 + 1))
    with pytest.raises(BadRequest, match=r"(?i)wrong file identifier"):
        await bot.send_document(phone.id, "nothing")
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_photo(phone.id, small_picture(), caption="x" * 1025)
    with pytest.raises(BadRequest, match=r"(?i)invalid file_id"):
        await bot.get_file("nothing")
    large = simulator.state.keep("documents", "x.bin", "application/octet-stream", bytes(20 * 1024 * 1024 + 1))
    with pytest.raises(BadRequest, match=r"(?i)file is too big"):
        await bot.get_file(large.id)


async def test_typing_is_seen(bot: Bot, phone: TelegramPhone) -> None:
    await bot.send_chat_action(phone.id, ChatAction.TYPING)
    assert await phone.drain() == []
    assert phone.actions == ["typing"]
    with pytest.raises(BadRequest, match=r"(?i)wrong parameter action"):
        await bot.send_chat_action(phone.id, "dancing")


@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
async def test_what_a_bot_sends_is_limited_when_asked() -> None:
    async with (
        TelegramSimulator(SimulatorSettings(limits=True, chat_burst=2, overall_rate=4.0, chat_rate=0.01)) as simulator,
        TelegramPhone(simulator.url, first_name="Amina") as amina,
        TelegramPhone(simulator.url, first_name="Brian") as brian,
        TelegramPhone(simulator.url, first_name="Chebet") as chebet,
        bot_of(simulator) as bot,
    ):
        for each in (amina, brian, chebet):
            await each.start()
        await bot.send_message(amina.id, "1")
        await bot.send_message(amina.id, "2")
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(amina.id, "3")
        assert 90 < float(refused.value.retry_after) <= 100
        both = await asyncio.gather(
            *(bot.send_message(each.id, "x") for each in (brian, brian, chebet, chebet)), return_exceptions=True
        )
        assert any(isinstance(one, RetryAfter) and one.retry_after == 1 for one in both)
        assert [each.text for each in await amina.drain()] == ["1", "2"]
