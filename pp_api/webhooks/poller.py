"""What a server does about its Telegram bot beside answering: learns its name, offers its commands, gets its updates.

They are pushed to us where we have a public address, and asked for where we have none.
Telegram gives updates to one asker at a time and ends the other's request with 409 (Bot API, getUpdates). Whoever hears that
steps back for a while; what both were given is kept once. Several servers for long are better off with the webhook.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import TypeVar

from starlette.applications import Starlette

from pp_core.kernel import locale
from pp_core.kernel.call import Call
from pp_core.kernel.errors import Kind, Problem
from pp_core.kernel.logging import logger
from pp_core.kernel.policy import Door
from pp_core.kernel.ports import BotConflictError, BotError, ChatBot

from .telegram import CALLER, PATH, Inbox
from .updates import press_of

POLL_SECONDS = 30.0
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
CONFLICT_PAUSE = 30.0
MOST_TRIES = 5
"""How often an update that breaks us, with everything behind us well, is tried before it may no longer hold up the others."""
COMMANDS = (
    "checkin", "log", "run", "stop", "map", "share", "track", "membership", "records", "weight", "language", "help",
)  # fmt: skip
_log = logger(__name__)
T = TypeVar("T")


def beside_the_server(inbox: Inbox | None) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """The application's lifespan: attends to the bot for as long as the server runs."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        attending = asyncio.create_task(_attend_always(inbox), name="telegram") if inbox is not None else None
        try:
            yield
        finally:
            if attending is not None:
                attending.cancel()
                await asyncio.gather(attending, return_exceptions=True)

    return lifespan


async def _attend_always(inbox: Inbox) -> None:
    while True:
        try:
            await attend(inbox)
        except Exception:
            _log.exception("the bot was left alone and is attended to again")
            await asyncio.sleep(LONGEST_PAUSE)
        else:
            return


async def attend(inbox: Inbox) -> None:
    """Attend to the bot; whatever fails is tried again, less and less often. Ends once updates are pushed, else never."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_offer(inbox.bot))
        group.create_task(_receive(inbox))


async def _receive(inbox: Inbox) -> None:
    settings, bot = inbox.runtime.settings.telegram, inbox.bot
    name = await _until("learn the bot's name", bot.username)
    if settings.webhook_url:
        url = f"{settings.webhook_url}{PATH}"
        await _until("set the webhook", lambda: bot.push_to(url, secret=settings.webhook_secret))
        _log.info("Telegram pushes the bot's updates", bot=name)
        return
    await _until("take the webhook away", bot.stop_pushing)
    _log.info("the bot's updates are asked for", bot=name)
    await poll(inbox)


async def _offer(bot: ChatBot) -> None:
    for language, audience in (("en", None), ("sw", "sw")):
        commands = {name: locale.text(f"telegram.command.{name}", language) for name in COMMANDS}
        await _until("offer commands", partial(bot.offer_commands, commands, audience))


async def poll(inbox: Inbox) -> None:
    """Ask for updates until cancelled. One is confirmed by the request that follows its being kept, never earlier."""
    after: int | None = None
    pause = SHORTEST_PAUSE
    while True:
        try:
            updates = await inbox.bot.updates(after=after, wait=POLL_SECONDS)
        except BotConflictError as conflict:
            _log.warning("somebody else gets this bot's updates", told=str(conflict))
            await asyncio.sleep(CONFLICT_PAUSE)
            continue
        except BotError as error:
            _log.warning("the bot's updates cannot be had", told=str(error), pause=error.pause or pause)
            await asyncio.sleep(error.pause or pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            continue
        pause = SHORTEST_PAUSE
        # After a week of silence Telegram begins its numbers anew, anywhere; nothing waits for a confirmation here.
        after = None
        for update in updates:
            await _keep(inbox, update)
            if isinstance(update, dict) and isinstance(update.get("update_id"), int):
                after = update["update_id"]
        await asyncio.gather(*(inbox.bot.answer_press(press) for update in updates if (press := press_of(update))))


async def _keep(inbox: Inbox, update: object) -> None:
    """Return when it is kept, or when it never will be."""
    call, pause, tries = Call(door=Door.TELEGRAM, credentials=CALLER), SHORTEST_PAUSE, 0
    while True:
        try:
            await inbox.keep(update, call)
            return
        except Problem as problem:
            tries += problem.kind is not Kind.UNAVAILABLE
            if tries == MOST_TRIES:
                inbox.unreadable(f"refused as {problem.code}", call.correlation_id)
                return
            _log.warning("an update cannot be kept yet", problem=problem.code, correlation_id=call.correlation_id)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def _until(what: str, ask: Callable[[], Awaitable[T]]) -> T:
    """What Telegram answers, once it does."""
    pause = SHORTEST_PAUSE
    while True:
        try:
            return await ask()
        except BotError as error:
            tell = _log.error if error.final else _log.warning
            tell("Telegram would not let us", what=what, told=str(error))
            await asyncio.sleep(LONGEST_PAUSE if error.final else error.pause or pause)
            pause = min(2 * pause, LONGEST_PAUSE)
