"""Telegram's webhook: `/hooks/telegram`, for the bot whose token we have.

Telegram sends the secret it was told in `X-Telegram-Bot-Api-Secret-Token`; without the right one there is nothing here. It
repeats an update until it hears a 2xx (Bot API, setWebhook), and holds up those behind it. So what is safely kept is answered
200; what we could not keep (no database, or our own name not known yet) 503, to be repeated; what cannot be read 200 as well,
because the repeat would be the same: it is logged without its words and counted in `pp_webhook_unreadable_total`. A pressed
button is told so in the answer itself ("Making requests when getting updates"), which costs no call.
"""

import asyncio
import json
from dataclasses import dataclass

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pp_api.errors import BodyTooLarge, NoSuchAddress
from pp_api.front import OPERATION, ROUTE, Front, correlation_id_of, headers_of, read_body
from pp_api.metrics import Meters
from pp_core.kernel.call import Call, System
from pp_core.kernel.crypto import same
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.logging import logger
from pp_core.kernel.policy import Door
from pp_core.kernel.ports import BotError, ChatBot
from pp_core.notifications.operations import ReceiveText
from pp_core.runtime.wiring import Runtime
from pp_core.tracking.operations import ReceiveChatFile, ReceiveChatLocation

from .updates import UpdateError, press_of, read_update

PATH = "/hooks/telegram"
HOOK = "telegram"
LARGEST_UPDATE = 256 * 1024
NAME_SECONDS = 5.0
"""How long an update waits for the bot's own name when it is the first."""
CALLER = System("telegram")
_SECRET = b"x-telegram-bot-api-secret-token"
_log = logger(__name__)


class BotNameUnknown(Problem):
    """Telegram has not told us our bot's name yet; send the update again."""

    kind = Kind.UNAVAILABLE
    code = "telegram.name_unknown"


@dataclass(frozen=True, slots=True)
class Inbox:
    """Keeps what people send to a bot, pushed or asked for."""

    runtime: Runtime
    meters: Meters
    bot: ChatBot

    async def keep(self, update: object, call: Call) -> str:
        """Keep it and say what became of it; raises the `Problem` that kept it from being kept.

        An update that will never be kept (unreadable, or no turn of a conversation) is counted.
        """
        try:
            async with asyncio.timeout(NAME_SECONDS):
                address = await self.bot.username()
        except (BotError, TimeoutError) as error:
            raise BotNameUnknown from error
        try:
            op = read_update(update, bot_id=self.bot.id, address=address)
        except UpdateError as error:
            return self.unreadable(f"{error} is missing or not understood", call.correlation_id)
        except ValidationError as error:
            places = {".".join(map(str, each["loc"])) for each in error.errors(include_input=False)}
            return self.unreadable(f"{', '.join(sorted(places))} cannot be kept", call.correlation_id)
        if op is None:
            self.meters.ignored.labels(HOOK).inc()
            return "Not for us."
        match op:
            case ReceiveChatLocation():
                if (await self.runtime.pulse.run(op, call)).activity_id is None:
                    self.meters.ignored.labels(HOOK).inc()
            case ReceiveChatFile():
                await self.runtime.pulse.run(op, call)
            case _:
                await self.runtime.pulse.run(op, call)
        return "OK"

    def unreadable(self, reason: str, correlation_id: str) -> str:
        """Count and log an update that cannot be kept."""
        self.meters.unreadable.labels(HOOK).inc()
        # Neither chat nor words: the log is read by people who may not read those.
        _log.error("unreadable callback", hook=HOOK, reason=reason, correlation_id=correlation_id)
        return f"Not kept: {reason}."


def inbox_of(runtime: Runtime, meters: Meters) -> Inbox | None:
    """The inbox of our bot, when there is one."""
    return Inbox(runtime, meters, runtime.ports.bot) if runtime.ports.bot is not None else None


def routes(runtime: Runtime, front: Front, inbox: Inbox | None) -> list[Route]:
    """The one address."""
    return [Route(PATH, _Hook(runtime, front, inbox).answer, methods=["POST"], name=PATH)]


@dataclass(frozen=True, slots=True)
class _Hook:
    runtime: Runtime
    front: Front
    inbox: Inbox | None

    async def answer(self, request: Request) -> Response:
        scope = request.scope
        scope[ROUTE] = PATH
        given = headers_of(scope).get(_SECRET, b"").decode("latin-1")
        if self.inbox is None or not same(given, self.runtime.settings.telegram.webhook_secret):
            raise NoSuchAddress
        correlation_id = correlation_id_of(scope)
        try:
            update = json.loads(await read_body(scope, request.receive, LARGEST_UPDATE))
        except (ValueError, RecursionError, BodyTooLarge):
            return PlainTextResponse(self.inbox.unreadable("too large, or no JSON", correlation_id))
        scope[OPERATION] = ReceiveText.policy.name
        call = Call(door=Door.TELEGRAM, credentials=CALLER, correlation_id=correlation_id, ip=self.front.ip(scope))
        told = await self.inbox.keep(update, call)
        if (press := press_of(update)) is not None:
            return JSONResponse({"method": "answerCallbackQuery", "callback_query_id": press})
        return PlainTextResponse(told)
