"""The updates of a Telegram bot, pushed or asked for, read into the texts we keep.

Source: Telegram Bot API 10.0, Update, Message, CallbackQuery, Contact. Only private chats are conversations with us: what is
said in groups and channels is not kept. A person's language is what their Telegram is set to, a hint and no more.

A live location is a message that is edited whenever it moves (Bot API, Location, "Live locations"): `live_period` says for how
many seconds from the message's date, and is missing from the edit that ends it. Each of these is a point; none is a text.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pp_core.kernel.phone import e164
from pp_core.notifications.operations import ReceiveText
from pp_core.tracking.operations import ReceiveChatFile, ReceiveChatLocation

_WHAT = (
    "photo", "voice", "audio", "video", "video_note", "animation", "sticker", "document", "location", "venue", "contact",
    "poll", "dice", "story", "game", "checklist", "paid_media", "invoice",
)  # fmt: skip
"""What a message without a text may hold, by the field's name."""
_FIRST = ("animation", "venue")
"""These come with a field of another kind beside them (document, location), for older bots."""
_LONGEST_NAME = 200
TRACKS = (".gpx", ".fit", ".tcx", ".kml", ".kmz", ".zip", ".gz")
"""How the names of files end that may hold activities."""
INDEFINITELY = 0x7FFFFFFF
"""The `live_period` of a location that is shared until its owner ends it."""
Json = Mapping[str, Any]


class UpdateError(ValueError):
    """An update that cannot be read; the message names the culprit and quotes nothing."""


def read_update(
    update: object, *, bot_id: str, address: str
) -> ReceiveText | ReceiveChatLocation | ReceiveChatFile | None:
    """What somebody sent to the bot `bot_id`, whose name is `address`; None for what is no turn of a conversation.

    Not kept are groups, channels, games, and edits that change no words. Raises UpdateError, or Pydantic's ValidationError for
    what is too long to keep.
    """
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        raise UpdateError("update_id")
    for name, read in (("message", _message), ("edited_message", _edit), ("callback_query", _press)):
        if name in update:
            if (moved := _location(_part(update, name), edited=name == "edited_message")) is not None:
                return ReceiveChatLocation(gateway_id=f"{bot_id}:{update['update_id']}", bot=address, **moved)
            if name == "message" and (file := _file(_part(update, name))) is not None:
                return ReceiveChatFile(gateway_id=f"{bot_id}:{update['update_id']}", bot=address, **file)
            facts = read(_part(update, name))
            if facts is None:
                return None
            return ReceiveText(
                channel="telegram", gateway_id=f"{bot_id}:{update['update_id']}", address=address, **facts
            )
    raise UpdateError("the update's kind")


def _location(message: Json, *, edited: bool) -> dict[str, Any] | None:
    """A live location: where it is, and for how long it is shared; None for anything else."""
    place = message.get("location")
    if not isinstance(place, dict) or "venue" in message or not _is_private(message):
        return None
    period = place.get("live_period")
    if period is None and not edited:
        return None
    at = _moment(message.get("edit_date") or message.get("date"))
    shared_at = _moment(message.get("date"))
    if at is None or shared_at is None or not isinstance(message.get("message_id"), int):
        raise UpdateError("location")
    if period is not None and not isinstance(period, int):
        raise UpdateError("live_period")
    ends = period is not None and period != INDEFINITELY
    return {
        "chat": _id(_part(message, "chat"), "id"),
        "message_id": message["message_id"],
        "first": not edited,
        "live": period is not None,
        "until": shared_at + timedelta(seconds=period or 0) if ends else None,
        "point": {
            "ts": at,
            "lat": place.get("latitude"),
            "lon": place.get("longitude"),
            "accuracy": place.get("horizontal_accuracy"),
        },
        **_who(message),
    }


def _file(message: Json) -> dict[str, Any] | None:
    """A file that may hold activities, by its name; None for anything else."""
    document = message.get("document")
    if not isinstance(document, dict) or "animation" in message or not _is_private(message):
        return None
    name, file = document.get("file_name"), document.get("file_id")
    if not isinstance(name, str) or not isinstance(file, str) or not name.lower().endswith(TRACKS):
        return None
    return {"chat": _id(_part(message, "chat"), "id"), "file": file}


def press_of(update: object) -> str | None:
    """The id by which a pressed button is told that the press arrived, whatever else the update holds."""
    query = update.get("callback_query") if isinstance(update, dict) else None
    press = query.get("id") if isinstance(query, dict) else None
    return press if isinstance(press, str) else None


def _message(message: Json) -> dict[str, Any] | None:
    if not _is_private(message):
        return None
    facts = _said(message, "date")
    if (text := message.get("text")) is not None:
        return facts | {"sort": "text", "text": _clean(text, "text")}
    if (phone := _own_phone(message)) is not None:
        return facts | {"sort": "contact", "text": phone}
    return facts | {"sort": "other", "text": _described(message)}


def _edit(message: Json) -> dict[str, Any] | None:
    if not _is_private(message):
        return None
    facts = _said(message, "edit_date")
    if (text := message.get("text")) is not None:
        return facts | {"sort": "edit", "text": _clean(text, "text")}
    return facts | {"sort": "other", "text": _described(message)} if "caption" in message else None


def _press(query: Json) -> dict[str, Any] | None:
    # The message may be too old to be told: then it has a chat and an id, and a date of 0.
    message = query.get("message")
    if not isinstance(message, dict) or not _is_private(message) or "data" not in query:
        return None
    return {
        "sender": _id(_part(message, "chat"), "id"),
        "sort": "button",
        "text": _clean(query["data"], "data"),
        "about_ref": _id(message, "message_id"),
        **_who(query),
    }


def _said(message: Json, moment: str) -> dict[str, Any]:
    about = message.get("reply_to_message")
    return {
        "sender": _id(_part(message, "chat"), "id"),
        "message_ref": _id(message, "message_id"),
        "about_ref": _id(about, "message_id") if isinstance(about, dict) else None,
        "sent_at": _moment(message.get(moment) or message.get("date")),
        **_who(message),
    }


def _who(said: Json) -> dict[str, Any]:
    person = said.get("from")
    if not isinstance(person, dict):
        return {}
    name = " ".join(_clean(part, "from") for key in ("first_name", "last_name") if (part := person.get(key)))
    return {"sender_name": name[:_LONGEST_NAME] or None, "language": _language(person.get("language_code"))}


def _language(code: object) -> Literal["en", "sw"] | None:
    match str(code or "").lower().partition("-")[0]:
        case "en":
            return "en"
        case "sw":
            return "sw"
        case _:
            return None


def _own_phone(message: Json) -> str | None:
    """The sender's own number; somebody else's says nothing about who writes."""
    contact, person = message.get("contact"), message.get("from")
    if not isinstance(contact, dict) or not isinstance(person, dict):
        return None
    if contact.get("user_id") is None or contact["user_id"] != person.get("id"):
        return None
    # Telegram writes it with its country's digits, with and without the plus.
    digits = str(contact.get("phone_number") or "").strip().removeprefix("+")
    try:
        return e164(f"+{digits}")
    except ValueError:
        return None


def _described(message: Json) -> str:
    what = next((each for each in (*_FIRST, *_WHAT) if each in message), "message")
    caption = message.get("caption")
    return what if caption is None else f"{what}\n{_clean(caption, 'caption')}"


def _is_private(message: Json) -> bool:
    return _part(message, "chat").get("type") == "private"


def _part(whole: Json, name: str) -> Json:
    found = whole.get(name)
    if not isinstance(found, dict):
        raise UpdateError(name)
    return found


def _id(whole: Json, name: str) -> str:
    found = whole.get(name)
    if not isinstance(found, int):
        raise UpdateError(name)
    return str(found)


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int) or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _clean(text: object, field: str) -> str:
    """The text as a database can hold it: JSON may spell halves of characters, and the character zero."""
    if not isinstance(text, str):
        raise UpdateError(field)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
