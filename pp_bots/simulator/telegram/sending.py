"""The methods that speak to people: messages, edits, files, answers to presses (Bot API, "Available methods")."""

import struct
import time

from pp_bots.simulator.telegram.faults import Fault
from pp_bots.simulator.telegram.formatting import LONGEST_CAPTION, LONGEST_TEXT, content_of
from pp_bots.simulator.telegram.markup import inline_only, markup_of
from pp_bots.simulator.telegram.parameters import ApiError, Parameters, Upload, refusal
from pp_bots.simulator.telegram.state import Chat, Json, Message, StoredFile
from pp_bots.simulator.telegram.world import World

LONGEST_ANSWER = 200
LARGEST_PHOTO = 10 * 1024 * 1024
LARGEST_UPLOAD = 50 * 1024 * 1024
ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
        "choose_sticker", "find_location", "record_video_note", "upload_video_note",
    }
)  # fmt: skip


async def send_message(world: World, given: Parameters, fault: Fault | None) -> Json:
    """`sendMessage`: text, keyboards, a reply."""
    content = _text_content(given)
    return await _send(world, given, fault, content)


async def send_photo(world: World, given: Parameters, fault: Fault | None) -> Json:
    """`sendPhoto`: JPEG or PNG, by upload or by the id of one sent before."""
    kept = _file(world, given, "photo", "photos")
    if len(kept.content) > LARGEST_PHOTO:
        raise refusal(
            f"file of size {len(kept.content)} bytes is too big for a photo; the maximum size is {LARGEST_PHOTO} bytes"
        )
    content = {"photo": [photo_of(kept)], **_caption(given)}
    return await _send(world, given, fault, content)


async def send_document(world: World, given: Parameters, fault: Fault | None) -> Json:
    """`sendDocument`: any file, by upload or by the id of one sent before."""
    kept = _file(world, given, "document", "documents")
    content = {"document": document_of(kept), **_caption(given)}
    return await _send(world, given, fault, content)


async def edit_message_text(world: World, given: Parameters, _: Fault | None) -> Json:
    """`editMessageText`: new text; a keyboard not given again is gone."""
    content = _text_content(given)
    message = _own_message(world, given)
    if "text" not in message.content:
        raise refusal("there is no text in the message to edit")
    return await _edit(world, given, message, content)


async def edit_message_reply_markup(world: World, given: Parameters, _: Fault | None) -> Json:
    """`editMessageReplyMarkup`: new buttons under the same text."""
    message = _own_message(world, given)
    return await _edit(world, given, message, message.content)


async def answer_callback_query(world: World, given: Parameters, _: Fault | None) -> bool:
    """`answerCallbackQuery`: ends the loading state of a pressed button, once and in time."""
    query = world.state.queries.get(given.text("callback_query_id"))
    text = given.text("text")
    if len(text) > LONGEST_ANSWER:
        raise refusal("MESSAGE_TOO_LONG")
    if query is None or query.state != "loading":
        raise refusal("query is too old and response timeout expired or query ID is invalid")
    query.answer = {"text": text or None, "show_alert": given.flag("show_alert"), "url": given.text("url") or None}
    await world.state.wake()
    return True


async def send_chat_action(world: World, given: Parameters, fault: Fault | None) -> bool:
    """`sendChatAction`: the line that says the bot is typing."""
    chat = world.chat_of(given)
    action = given.text("action").lower()
    if action not in ACTIONS:
        raise refusal("wrong parameter action in request")
    world.check_may_write(chat, fault)
    await world.state.show(chat, "action", {"action": action})
    return True


def photo_of(kept: StoredFile) -> Json:
    """Write a file as PhotoSize; raises ApiError when it is no picture."""
    width, height = picture_size(kept.content)
    return {**kept.as_json(), "width": width, "height": height}


def document_of(kept: StoredFile) -> Json:
    """Write a file as Document."""
    return {**kept.as_json(), "file_name": kept.name, "mime_type": kept.mime}


def picture_size(content: bytes) -> tuple[int, int]:
    """Read width and height of a PNG or JPEG; raises ApiError for anything else."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) > 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    at = 2 if content.startswith(b"\xff\xd8") else len(content)
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, size = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # start of frame
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + size
    raise refusal("IMAGE_PROCESS_FAILED")


async def _send(world: World, given: Parameters, fault: Fault | None, content: Json) -> Json:
    chat = world.chat_of(given)
    inline, keyboard = markup_of(given, chat)
    world.check_may_write(chat, fault)
    replied = _replied(world, given, chat)
    world.limits.spend(chat)
    message = world.state.say(chat, world.state.bot, content, reply_to=replied, inline=inline, reply_keyboard=keyboard)
    if keyboard is not None and "keyboard" in keyboard:
        chat.keyboard = message
    elif keyboard is not None and "remove_keyboard" in keyboard:
        chat.keyboard = None
    await world.state.show(chat, "message", _shown(message))
    return message.as_json()


async def _edit(world: World, given: Parameters, message: Message, content: Json) -> Json:
    inline = inline_only(given, message.chat)
    if content == message.content and inline == message.inline:
        raise refusal(
            "message is not modified: specified new message content and reply markup are exactly the same as a "
            "current content and reply markup of the message"
        )
    message.content, message.inline, message.edit_date = content, inline, int(time.time())
    await world.state.show(message.chat, "edit", _shown(message))
    return message.as_json()


def _shown(message: Message) -> Json:
    """What a handset sees, which includes the reply keyboard that the bot is not told back."""
    return {"message": message.as_json(), "reply_keyboard": message.reply_keyboard}


def _text_content(given: Parameters) -> Json:
    entities = given.parsed("entities", "entities")
    text, found = content_of(given.text("text"), given.text("parse_mode"), longest=LONGEST_TEXT, entities=entities)
    if not text:
        raise refusal("message text is empty")
    return {"text": text, "entities": found} if found else {"text": text}


def _caption(given: Parameters) -> Json:
    entities = given.parsed("caption_entities", "caption entities")
    text, found = content_of(
        given.text("caption"), given.text("parse_mode"), longest=LONGEST_CAPTION, entities=entities
    )
    return {**({"caption": text} if text else {}), **({"caption_entities": found} if found else {})}


def _replied(world: World, given: Parameters, chat: Chat) -> Message | None:
    wanted = given.parsed("reply_parameters", "reply parameters") or {}
    if not isinstance(wanted, dict):
        raise refusal("object expected as reply parameters")
    message_id = wanted.get("message_id", given.integer("reply_to_message_id"))
    if not message_id:
        return None
    message = world.state.message_in(chat, int(message_id))
    lenient = wanted.get("allow_sending_without_reply") or given.flag("allow_sending_without_reply")
    if message is None and not lenient:
        raise refusal("message to be replied not found")
    return message


def _own_message(world: World, given: Parameters) -> Message:
    chat = world.chat_of(given)
    if not given.has("message_id"):
        raise refusal("message identifier is not specified")
    message = world.state.message_in(chat, given.integer("message_id"))
    if message is None:
        raise refusal("message to edit not found")
    if not message.by_bot:
        raise refusal("message can't be edited")
    return message


def _file(world: World, given: Parameters, name: str, folder: str) -> StoredFile:
    named = given.text(name)
    part = named.removeprefix("attach://") if named.startswith("attach://") else name
    upload: Upload | None = given.files.get(part)
    if upload is not None:
        if len(upload.content) > LARGEST_UPLOAD:
            raise ApiError(413, "Request Entity Too Large")
        if not upload.content:
            raise refusal("file must be non-empty")
        return world.state.keep(folder, upload.name, upload.mime, upload.content)
    if not named:
        raise refusal(f"there is no {name} in the request")
    kept = world.state.files.get(named)
    if kept is None:
        raise refusal("wrong file identifier/HTTP URL specified")
    return kept
