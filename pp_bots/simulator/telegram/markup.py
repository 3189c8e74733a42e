"""Keyboards a bot sends, checked as the Bot API checks them (Bot API: InlineKeyboardMarkup, ReplyKeyboardMarkup)."""

from typing import Any

from pp_bots.simulator.telegram.parameters import Parameters, refusal
from pp_bots.simulator.telegram.state import Chat, Json

LONGEST_DATA = 64
MOST_BUTTONS = 100

_INLINE_ACTS = (
    "callback_data", "url", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip


def markup_of(given: Parameters, chat: Chat) -> tuple[Json | None, Json | None]:
    """Read `reply_markup`: the inline keyboard, and what becomes of the reply keyboard. Raises ApiError.

    Each is None when nothing was said of it.
    """
    markup = given.parsed("reply_markup", "reply keyboard markup")
    if markup is None:
        return None, None
    if not isinstance(markup, dict):
        raise refusal("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = [[_inline(button) for button in row] for row in _rows(markup["inline_keyboard"], "inline_keyboard")]
        return ({"inline_keyboard": rows} if rows else None), None
    if "keyboard" in markup:
        rows = [[_reply(button, chat) for button in row] for row in _rows(markup["keyboard"], "keyboard")]
        if not any(rows):
            raise refusal("reply keyboard must have at least one button")
        return None, {**markup, "keyboard": rows}
    if markup.get("remove_keyboard") is True:
        return None, {"remove_keyboard": True}
    if markup.get("force_reply") is True:
        return None, {"force_reply": True}
    return None, None


def inline_only(given: Parameters, chat: Chat) -> Json | None:
    """Read the keyboard of an edited message, which can only be inline; an empty one is none. Raises ApiError."""
    inline, other = markup_of(given, chat)
    if other is not None:
        raise refusal("inline keyboard expected")
    return inline


def _rows(rows: Any, name: str) -> list[list[Any]]:
    if not isinstance(rows, list):
        raise refusal(f'field "{name}" of the reply markup must be an Array')
    if not all(isinstance(row, list) for row in rows):
        raise refusal(f'field "{name}" of the reply markup must be an Array of Arrays')
    kept = [row for row in rows if row]
    if sum(len(row) for row in kept) > MOST_BUTTONS:
        raise refusal("REPLY_MARKUP_TOO_LONG")
    return kept


def _inline(button: Any) -> Json:
    if not isinstance(button, dict):
        raise refusal(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
            if isinstance(button, str)
            else "can't parse inline keyboard button: InlineKeyboardButton must be an Object"
        )
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise refusal('can\'t parse inline keyboard button: Field "text" must be a non-empty String')
    if not any(act in button for act in _INLINE_ACTS):
        raise refusal("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= LONGEST_DATA:
            raise refusal("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and not str(url).startswith(("http://", "https://", "tg://")):
        raise refusal(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return button


def _reply(button: Any, chat: Chat) -> Json:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise refusal("can't parse keyboard button: KeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise refusal('can\'t parse keyboard button: Field "text" must be a non-empty String')
    for asked, what in (("request_contact", "phone number"), ("request_location", "location")):
        if button.get(asked) and not chat.private:
            raise refusal(f"{what} can be requested in private chats only")
    return {"text": text, **{key: value for key, value in button.items() if key != "text" and value}}
