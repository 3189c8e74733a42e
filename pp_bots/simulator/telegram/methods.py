"""The Bot API's methods by name, and those about the bot itself: profile, webhook, updates, files."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from pp_bots.simulator.telegram import sending
from pp_bots.simulator.telegram.faults import Fault
from pp_bots.simulator.telegram.parameters import Parameters, refusal
from pp_bots.simulator.telegram.state import Json, StoredFile, Webhook
from pp_bots.simulator.telegram.updates import DEFAULT_KINDS, KINDS, MOST_AT_ONCE
from pp_bots.simulator.telegram.world import World

LARGEST_DOWNLOAD = 20 * 1024 * 1024
MOST_COMMANDS = 100
LONGEST_COMMAND_TEXT = 256
LONGEST_DESCRIPTION = {"description": 512, "short_description": 120}
MOST_CONNECTIONS = 100

_COMMAND = re.compile(r"/?[a-z0-9_]{1,32}")
_SECRET = re.compile(r"[A-Za-z0-9_-]*")

Method = Callable[[World, Parameters, Fault | None], Awaitable[object]]


async def _get_me(world: World, _: Parameters, __: Fault | None) -> Json:
    return {
        **world.state.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": world.settings.reads_groups,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


# Updates


async def _set_webhook(world: World, given: Parameters, _: Fault | None) -> str:
    url = given.text("url").strip()
    if not url:
        return await _delete_webhook(world, given, None)
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise refusal("bad webhook: invalid URL specified") from None
    # The public server wants HTTPS; a server of one's own (`--local`) takes HTTP as well, and so does this one.
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise refusal("bad webhook: invalid URL specified")
    secret = given.text("secret_token")
    if len(secret) > 256:
        raise refusal("secret token is too long")
    if not _SECRET.fullmatch(secret):
        raise refusal("secret token contains unallowed characters")
    connections = given.integer("max_connections", world.settings.connections)
    allowed = _allowed(given)
    if allowed is not None:
        world.updates.allowed = allowed
    world.updates.webhook = Webhook(url, secret, max(1, min(connections, MOST_CONNECTIONS)))
    if given.flag("drop_pending_updates"):
        world.updates.clear()
    await world.courier.stop()
    world.courier.start()
    await world.state.wake()
    return "Webhook was set"


async def _delete_webhook(world: World, given: Parameters, _: Fault | None) -> str:
    had = bool(world.updates.webhook.url)
    world.updates.webhook = Webhook()
    await world.courier.stop()
    if given.flag("drop_pending_updates"):
        world.updates.clear()
    await world.state.wake()
    return "Webhook was deleted" if had else "Webhook is already deleted"


async def _get_webhook_info(world: World, _: Parameters, __: Fault | None) -> Json:
    webhook = world.updates.webhook
    world.updates.drop_expired()
    info: Json = {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.waiting),
    }
    if webhook.url:
        info["max_connections"] = webhook.connections
    if webhook.last_error is not None:
        info["last_error_date"], info["last_error_message"] = webhook.last_error_at, webhook.last_error
    if world.updates.allowed != DEFAULT_KINDS:
        info["allowed_updates"] = sorted(world.updates.allowed)
    return info


async def _get_updates(world: World, given: Parameters, _: Fault | None) -> list[Json]:
    limit = given.integer("limit", MOST_AT_ONCE)
    return await world.updates.poll(
        offset=given.integer("offset"),
        limit=limit if 1 <= limit <= MOST_AT_ONCE else MOST_AT_ONCE,
        timeout=given.integer("timeout"),
        allowed=_allowed(given),
    )


def _allowed(given: Parameters) -> frozenset[str] | None:
    """Read `allowed_updates`: None leaves it as it is, an empty list is the usual kinds, unknown names are ignored."""
    wanted = given.parsed("allowed_updates", "allowed updates")
    if wanted is None:
        return None
    if not isinstance(wanted, list):
        raise refusal("can't parse allowed updates JSON object")
    known = frozenset(name for name in wanted if name in KINDS)
    return known or DEFAULT_KINDS


# Profile


async def _set_my_commands(world: World, given: Parameters, _: Fault | None) -> bool:
    commands = given.parsed("commands", "list of bot commands")
    if not isinstance(commands, list) or not all(isinstance(one, dict) for one in commands):
        raise refusal("can't parse list of bot commands JSON object")
    if len(commands) > MOST_COMMANDS:
        raise refusal("BOT_COMMANDS_TOO_MUCH")
    kept = []
    for one in commands:
        name, text = one.get("command"), one.get("description")
        if not isinstance(name, str) or not _COMMAND.fullmatch(name):
            raise refusal("BOT_COMMAND_INVALID")
        if not isinstance(text, str) or not 1 <= len(text.strip()) <= LONGEST_COMMAND_TEXT:
            raise refusal("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name.removeprefix("/"), "description": text.strip()})
    world.state.commands[_place(given)] = kept
    return True


async def _get_my_commands(world: World, given: Parameters, _: Fault | None) -> list[Json]:
    return world.state.commands.get(_place(given), [])


async def _delete_my_commands(world: World, given: Parameters, _: Fault | None) -> bool:
    world.state.commands.pop(_place(given), None)
    return True


def _place(given: Parameters) -> str:
    """Name the scope and language that commands are kept under."""
    scope = given.parsed("scope", "bot command scope") or {"type": "default"}
    details = ",".join(f"{key}={scope[key]}" for key in sorted(scope))
    return f"{details}|{given.text('language_code')}"


def _set_text(name: str) -> Method:
    async def method(world: World, given: Parameters, _: Fault | None) -> bool:
        text = given.text(name)
        if len(text) > LONGEST_DESCRIPTION[name]:
            raise refusal(f"{name.replace('_', ' ')} is too long")
        world.state.descriptions[f"{name}|{given.text('language_code')}"] = text
        return True

    return method


def _get_text(name: str) -> Method:
    async def method(world: World, given: Parameters, _: Fault | None) -> Json:
        kept = world.state.descriptions
        return {name: kept.get(f"{name}|{given.text('language_code')}") or kept.get(f"{name}|") or ""}

    return method


# Files


async def _get_file(world: World, given: Parameters, _: Fault | None) -> Json:
    if not given.has("file_id"):
        raise refusal("file_id not specified")
    kept: StoredFile | None = world.state.files.get(given.text("file_id"))
    if kept is None:
        raise refusal("invalid file_id")
    if len(kept.content) > LARGEST_DOWNLOAD:
        raise refusal("file is too big")
    return {**kept.as_json(), "file_path": kept.path}


METHODS: dict[str, Method] = {
    name.lower(): method
    for name, method in {
        "getMe": _get_me,
        "setWebhook": _set_webhook,
        "deleteWebhook": _delete_webhook,
        "getWebhookInfo": _get_webhook_info,
        "getUpdates": _get_updates,
        "sendMessage": sending.send_message,
        "sendPhoto": sending.send_photo,
        "sendDocument": sending.send_document,
        "sendChatAction": sending.send_chat_action,
        "editMessageText": sending.edit_message_text,
        "editMessageReplyMarkup": sending.edit_message_reply_markup,
        "answerCallbackQuery": sending.answer_callback_query,
        "setMyCommands": _set_my_commands,
        "getMyCommands": _get_my_commands,
        "deleteMyCommands": _delete_my_commands,
        "setMyDescription": _set_text("description"),
        "getMyDescription": _get_text("description"),
        "setMyShortDescription": _set_text("short_description"),
        "getMyShortDescription": _get_text("short_description"),
        "getFile": _get_file,
    }.items()
}
"""What a bot may call, by name in small letters: the API does not mind the case."""


def answer_of(result: object) -> dict[str, Any]:
    """Write a result as the body of the answer; a text is the description of what was true."""
    if isinstance(result, str):
        return {"ok": True, "result": True, "description": result}
    return {"ok": True, "result": result}
