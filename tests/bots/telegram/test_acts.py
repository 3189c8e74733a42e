"""What people do at their handsets, and the updates a bot reads of it."""

import httpx
import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    Message,
    ReplyKeyboardMarkup,
    Update,
)
from telegram.error import BadRequest

from pp_bots.simulator.phone import PhoneError
from pp_bots.simulator.telegram import SimulatorSettings, TelegramPhone, TelegramSimulator
from pp_bots.simulator.telegram.media import small_picture
from tests.bots.telegram.conftest import PHONE, bot_of

CHOICE = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Yes", callback_data="yes"), InlineKeyboardButton("Site", url="https://gym.co.ke")]]
)
ASKING = ReplyKeyboardMarkup([[KeyboardButton("Share my number", request_contact=True)], ["Not now"]])


async def last(bot: Bot) -> Update:
    return (await bot.get_updates(offset=-1))[-1]


async def message(bot: Bot) -> Message:
    update = await last(bot)
    assert update.message is not None
    return update.message


async def test_who_writes_is_named(bot: Bot, phone: TelegramPhone) -> None:
    said = await phone.say("  habari 💪 /log@pulse_gym_bot now ")
    read = await message(bot)
    assert (read.message_id, read.text) == (said.message_id, "habari 💪 /log@pulse_gym_bot now")
    assert read.from_user is not None
    person = read.from_user
    assert (person.id, person.full_name, person.username, person.language_code, person.is_bot) == (
        phone.id,
        "Amina Wanjiru",
        "amina_w",
        "sw",
        False,
    )
    assert (read.chat.id, read.chat.type, read.chat.first_name) == (phone.id, "private", "Amina")
    assert list(read.parse_entities().values()) == ["/log@pulse_gym_bot"]


async def test_start_carries_a_payload(bot: Bot, phone: TelegramPhone) -> None:
    await phone.start("join-KB_7")
    read = await message(bot)
    assert (read.text, [one.type for one in read.entities]) == ("/start join-KB_7", ["bot_command"])
    await phone.start()
    assert (await message(bot)).text == "/start"
    for payload in ("x" * 65, "a b"):
        with pytest.raises(PhoneError):
            await phone.start(payload)


async def test_replies_and_edits(bot: Bot, phone: TelegramPhone) -> None:
    sent = await bot.send_message(phone.id, "How many?")
    said = await phone.reply(sent.message_id, "5")
    read = await message(bot)
    assert read.reply_to_message is not None
    assert (read.reply_to_message.message_id, read.reply_to_message.text) == (sent.message_id, "How many?")
    edited = await phone.edit(said.message_id, "6")
    update = await last(bot)
    assert update.edited_message is not None
    assert (update.update_id, update.edited_message.message_id) == (edited.update_id, said.message_id)
    assert (update.edited_message.text, update.edited_message.edit_date is not None) == ("6", True)
    for attempt in (phone.edit(sent.message_id, "x"), phone.reply(9999, "x"), phone.say(" "), phone.say("x" * 4097)):
        with pytest.raises(PhoneError):
            await attempt


async def test_an_inline_button_loads_until_answered(bot: Bot, phone: TelegramPhone) -> None:
    sent = await bot.send_message(phone.id, "Confirm?", reply_markup=CHOICE)
    pressed = await phone.press("Yes")
    update = await last(bot)
    query = update.callback_query
    assert query is not None
    assert (query.id, query.data, query.from_user.id) == (pressed.query_id, "yes", phone.id)
    assert query.message is not None
    assert query.message.message_id == sent.message_id
    with pytest.raises(PhoneError, match="still loads"):
        await phone.answered(pressed, 0)
    with pytest.raises(BadRequest, match=r"(?i)message_too_long"):
        await query.answer("x" * 201)
    await query.answer("x" * 200, show_alert=True)
    assert await phone.answered(pressed, 0) == {"text": "x" * 200, "show_alert": True, "url": None}
    for query_id in (query.id, "123"):
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query(query_id)


async def test_a_query_grows_too_old() -> None:
    async with (
        TelegramSimulator(SimulatorSettings(query_timeout=0.05)) as simulator,
        TelegramPhone(simulator.url) as phone,
        bot_of(simulator) as bot,
    ):
        await phone.start()
        await bot.send_message(phone.id, "?", reply_markup=CHOICE)
        pressed = await phone.press(data="yes")
        assert await phone.answered(pressed, 0.2) is None
        assert pressed.query_id is not None
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query(pressed.query_id)


async def test_which_button_is_pressed(bot: Bot, phone: TelegramPhone) -> None:
    old = await bot.send_message(phone.id, "Old", reply_markup=CHOICE)
    new = await bot.send_message(phone.id, "New", reply_markup=CHOICE)
    for wanted, message_id in ((new, None), (old, old.message_id)):
        await phone.press("Yes", message_id=message_id)
        update = await last(bot)
        assert update.callback_query is not None
        assert update.callback_query.message is not None
        assert update.callback_query.message.message_id == wanted.message_id
    await bot.send_message(phone.id, "Below", reply_markup=ReplyKeyboardMarkup([["Yes"]], one_time_keyboard=True))
    assert (await phone.press("Yes")).query_id is None
    assert (await message(bot)).text == "Yes"
    assert (await phone.press("Yes")).query_id is not None
    for label in ("Maybe", "Site"):
        with pytest.raises(PhoneError):
            await phone.press(label)


async def test_a_button_shares_the_own_number(bot: Bot, phone: TelegramPhone) -> None:
    asked = await bot.send_message(phone.id, "Who are you?", reply_markup=ASKING)
    await phone.press("Share my number")
    read = await message(bot)
    assert read.contact is not None
    assert (read.contact.phone_number, read.contact.user_id) == (PHONE.removeprefix("+"), phone.id)
    assert read.reply_to_message is not None
    assert read.reply_to_message.message_id == asked.message_id
    await phone.share_contact(plus=True)
    read = await message(bot)
    assert read.contact is not None
    assert read.contact.phone_number == PHONE


async def test_somebody_elses_number_is_told_apart(bot: Bot, phone: TelegramPhone) -> None:
    await phone.share_other_contact("0733000999", "Baraka", user_id=77)
    read = await message(bot)
    assert read.contact is not None
    assert (read.contact.phone_number, read.contact.user_id) == ("0733000999", 77)
    await phone.share_other_contact()
    read = await message(bot)
    assert read.contact is not None
    assert read.contact.user_id is None


async def test_a_handset_without_number_shares_none(simulator: TelegramSimulator) -> None:
    async with TelegramPhone(simulator.url) as phone:
        with pytest.raises(PhoneError, match="has no number"):
            await phone.share_contact()


@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
async def test_media_are_downloaded(bot: Bot, phone: TelegramPhone) -> None:
    picture = small_picture(20)
    await phone.send_photo(picture, caption="My form")
    read = await message(bot)
    assert (read.caption, read.photo[0].width) == ("My form", 20)
    file = await bot.get_file(read.photo[0])
    assert bytes(await file.download_as_bytearray()) == picture
    await phone.send_photo()
    assert (await message(bot)).photo[0].height == 8
    await phone.send_voice(b"OggS-voice", seconds=4)
    read = await message(bot)
    assert read.voice is not None
    assert read.voice.duration == 4
    assert bytes(await (await bot.get_file(read.voice)).download_as_bytearray()) == b"OggS-voice"
    await phone.send_sticker("🔥")
    read = await message(bot)
    assert read.sticker is not None
    assert read.sticker.emoji == "🔥"
    await phone.send_document(b"a,b", name="sets.csv", caption="Sets")
    read = await message(bot)
    assert read.document is not None
    assert (read.document.file_name, read.document.file_size, read.caption) == ("sets.csv", 3, "Sets")
    with pytest.raises(PhoneError):
        await phone.send_photo(b"no picture")


@pytest.mark.filterwarnings("ignore:Deprecated since version v22.2")
async def test_a_live_location_moves_and_stops(bot: Bot, phone: TelegramPhone) -> None:
    await phone.send_location(-1.2921, 36.8219)
    read = await message(bot)
    assert read.location is not None
    assert (read.location.latitude, read.location.live_period) == (-1.2921, None)
    with pytest.raises(PhoneError, match="does not move"):
        await phone.move_location(0, 0)
    live = await phone.send_location(-1.29, 36.82, live_period=900)
    await phone.move_location(-1.30, 36.83)
    update = await last(bot)
    assert update.edited_message is not None
    assert update.edited_message.location is not None
    assert update.edited_message.message_id == live.message_id
    assert (update.edited_message.location.longitude, update.edited_message.location.live_period) == (36.83, 900)
    await phone.move_location(-1.31, 36.84, stop=True)
    update = await last(bot)
    assert update.edited_message is not None
    assert update.edited_message.location is not None
    assert update.edited_message.location.live_period is None


async def test_blocking_is_told(bot: Bot, phone: TelegramPhone) -> None:
    await phone.block()
    change = (await last(bot)).my_chat_member
    assert change is not None
    assert (change.old_chat_member.status, change.new_chat_member.status) == ("member", "kicked")
    assert change.new_chat_member.user.id == bot.id
    with pytest.raises(PhoneError, match="unblock it first"):
        await phone.say("hi")
    assert (await phone.block()).update_id is None
    await phone.unblock()
    change = (await last(bot)).my_chat_member
    assert change is not None
    assert change.new_chat_member.status == "member"


async def test_a_group_is_heard_as_privacy_mode_allows(
    bot: Bot, phone: TelegramPhone, simulator: TelegramSimulator, http: httpx.AsyncClient
) -> None:
    async with TelegramPhone(simulator.url, first_name="Brian") as brian:
        group = (
            await http.post(
                "/sim/groups", json={"title": "Squad", "members": [phone.id, brian.id], "type": "supergroup"}
            )
        ).json()
        change = (await last(bot)).my_chat_member
        assert change is not None
        assert (change.chat.id, change.chat.title, change.new_chat_member.status) == (group["id"], "Squad", "member")
        asked = await bot.send_message(group["id"], "Who comes?", reply_markup=CHOICE)
        for text in ("just talk", "/log@other_bot", "mail pulse_gym_bot"):
            assert (await phone.say(text, chat=group["id"])).update_id is None
        for text in ("/log", "/log@pulse_gym_bot", "hey @Pulse_Gym_Bot"):
            assert (await phone.say(text, chat=group["id"])).update_id is not None
        await brian.reply(asked.message_id, "me", chat=group["id"])
        read = await message(bot)
        assert (read.chat.id, read.from_user and read.from_user.id) == (group["id"], brian.id)
        await brian.press("Yes", chat=group["id"])
        for each in (phone, brian):
            seen = await each.receive(5)
            assert seen is not None
            assert (seen.chat, seen.text) == (group["id"], "Who comes?")
        with pytest.raises(BadRequest, match=r"(?i)private chats only"):
            await bot.send_message(group["id"], "Who are you?", reply_markup=ASKING)
    async with TelegramPhone(simulator.url, first_name="Chebet") as stranger:
        with pytest.raises(PhoneError, match="in no chat"):
            await stranger.say("hi", chat=group["id"])


async def test_a_bot_that_reads_groups_hears_everything() -> None:
    async with (
        TelegramSimulator(SimulatorSettings(reads_groups=True)) as simulator,
        TelegramPhone(simulator.url) as phone,
    ):
        group = simulator.state.open_group("Squad", "group", [simulator.state.people[phone.id]])
        assert (await phone.say("just talk", chat=group.id)).update_id is not None


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("users", {}, "first_name"),
        ("users", {"first_name": "A", "phone": "0711"}, "phone"),
        ("users", {"first_name": "A", "shoe": 43}, "shoe"),
        ("users/1/say", {"text": "x"}, "no handset 1"),
        ("users/{id}/dance", {}, "an act is one of say, start"),
        ("users/{id}/say", {}, "text"),
        ("users/{id}/send-location", {"latitude": 91, "longitude": 0}, "latitude"),
        ("users/{id}/send-document", {"content": "é"}, "content"),
        ("users/{id}/block", {"chat": 5}, "in no chat 5"),
        ("groups", {"title": "x", "members": [1]}, "no handset 1"),
        ("groups", {"title": "x", "members": []}, "members"),
        ("faults", {"kind": "earthquake"}, "kind"),
        ("faults", {"kind": "http", "http_status": 200}, "http_status"),
        ("faults", {"kind": "http", "http_status": "500"}, "http_status"),
        ("updates/1/again", {}, "no such update"),
    ],
)
async def test_requests_that_make_no_sense(
    http: httpx.AsyncClient, phone: TelegramPhone, path: str, body: dict[str, object], why: str
) -> None:
    answer = await http.post(f"/sim/{path.format(id=phone.id)}", json=body)
    assert answer.status_code == 400
    assert why in answer.json()["error"]


async def test_what_happened_can_be_listed(http: httpx.AsyncClient, phone: TelegramPhone, bot: Bot) -> None:
    said = await phone.say("hi")
    [update] = (await http.get("/sim/updates")).json()["updates"]
    assert (update["update_id"], update["kind"], update["state"]) == (said.update_id, "message", "waiting")
    [person] = (await http.get("/sim/users")).json()["users"]
    assert (person["id"], person["phone"]) == (phone.id, PHONE)
    assert [call["method"] for call in (await http.get("/sim/calls")).json()["calls"]] == ["getMe"]
    assert (await http.get("/sim/queries/5")).status_code == 400
    assert (await http.post("/sim/users", json={"id": phone.id, "first_name": "Aisha"})).json()["phone"] == PHONE
