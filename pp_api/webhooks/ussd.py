"""Africa's Talking's USSD callbacks: `/hooks/ussd/{token}` for each page, `/hooks/ussd/{token}/ended` for a session's end.

The gateway wants a page within ten seconds, as text that begins with `CON ` or `END `, and ends the session on anything else
(Africa's Talking documentation, USSD). So the answer is always a page: what is kept and takes longer than the deadline goes on
behind it and is answered by text; what cannot be kept in that time (no database) is said. What is kept and fails is picked up
by the worker, so nobody is asked to dial again before that had its time: it may have been done. The same callback again is the
same turn: it is known by service code, phone, session and all inputs, because the gateway gives a turn no id.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pp_api.errors import BodyTooLarge
from pp_api.front import OPERATION, ROUTE, Front, correlation_id_of
from pp_api.metrics import Meters
from pp_core.client.local import LocalClient
from pp_core.kernel.call import System
from pp_core.kernel.errors import Problem
from pp_core.kernel.ids import ussd_turn_key
from pp_core.kernel.locale import LANGUAGES, text
from pp_core.kernel.logging import logger
from pp_core.kernel.policy import Door
from pp_core.notifications.operations import EndSession, ReceiveText
from pp_core.runtime import doors
from pp_core.runtime.wiring import Runtime

from .africastalking import CallbackError, parse_session_end, parse_ussd
from .forms import read_form, why_not

CALLER = System("africastalking")
PATH = "/hooks/ussd/{token}"
_log = logger(__name__)

Late = Callable[[LocalClient, UUID, str], Awaitable[None]]


def routes(runtime: Runtime, front: Front, meters: Meters) -> list[Route]:
    """The two addresses."""
    hook = _Hook(runtime, front, meters, doors.found(doors.CONVERSATION), doors.found(doors.LATE_ANSWER))
    return [
        Route(PATH, hook.page, methods=["POST"]),
        Route(f"{PATH}/ended", hook.ended, methods=["POST"]),
    ]


@dataclass(slots=True)
class _Hook:
    runtime: Runtime
    front: Front
    meters: Meters
    finish: Callable[[LocalClient, UUID], Coroutine[Any, Any, str]]
    late: Late
    unfinished: set[asyncio.Task[None]] = field(default_factory=set)

    async def page(self, request: Request) -> Response:
        """One page, whatever happens."""
        scope = request.scope
        scope[ROUTE] = PATH
        try:
            turn = parse_ussd(await read_form(request, self.runtime.settings.ussd.callback_token))
            op = ReceiveText(
                channel="ussd",
                gateway_id=ussd_turn_key(turn.service_code, turn.phone, turn.session, turn.text),
                sender=turn.phone,
                address=turn.service_code,
                text=turn.text,
                session=turn.session,
            )
        except (CallbackError, ValueError, BodyTooLarge) as error:
            self._unreadable("ussd", scope, error)
            return _said("ussd.away")
        scope[OPERATION] = op.policy.name
        client = LocalClient(self.runtime.pulse, Door.USSD, CALLER, correlation_id=correlation_id_of(scope))
        until = asyncio.get_running_loop().time() + self.runtime.settings.ussd.deadline
        try:
            async with asyncio.timeout_at(until):
                kept = await client.run(op)
        except TimeoutError:
            return _said("ussd.away")
        except Exception as error:
            self._tell(client, error)
            return _said("ussd.away")
        task = asyncio.create_task(self.finish(client, kept.text_id))
        try:
            async with asyncio.timeout_at(until):
                page = await asyncio.shield(task)
        except TimeoutError:
            self._go_on(client, kept.text_id, task)
            return _said("ussd.slow")
        except Exception as error:
            self._tell(client, error)
            return _said("ussd.unfinished")
        return PlainTextResponse(page)

    async def ended(self, request: Request) -> Response:
        """How a session ended. It changes nothing that waits: who dials again goes on."""
        scope = request.scope
        scope[ROUTE] = f"{PATH}/ended"
        try:
            told = parse_session_end(await read_form(request, self.runtime.settings.ussd.callback_token))
            op = EndSession(
                session=told.session,
                phone=told.phone,
                service_code=told.service_code,
                network=told.network_code,
                status=told.status,
                cost_minor=told.cost_minor,
                currency=told.currency,
                milliseconds=told.milliseconds,
                hops=told.hops,
                reason=told.reason,
            )
        except (CallbackError, ValueError, BodyTooLarge) as error:
            return PlainTextResponse(f"Not kept: {self._unreadable('ussd-ended', scope, error)}.")
        scope[OPERATION] = op.policy.name
        client = LocalClient(self.runtime.pulse, Door.USSD, CALLER, correlation_id=correlation_id_of(scope))
        await client.run(op)
        return PlainTextResponse("OK")

    def _tell(self, client: LocalClient, error: Exception) -> None:
        if not isinstance(error, Problem):  # those the pipeline has logged
            _log.error("a USSD turn failed", correlation_id=client.correlation_id, exc_info=error)

    def _go_on(self, client: LocalClient, text_id: UUID, task: "asyncio.Task[str]") -> None:
        async def follow_up() -> None:
            try:
                await self.late(client, text_id, await task)
            except Exception:
                # A turn that failed is picked up by the worker; an answer that could not be queued is lost.
                _log.exception("a late USSD turn failed", correlation_id=client.correlation_id)

        unfinished = asyncio.create_task(follow_up())
        self.unfinished.add(unfinished)
        unfinished.add_done_callback(self.unfinished.discard)

    def _unreadable(self, hook: str, scope: Any, error: Exception) -> str:
        self.meters.unreadable.labels(hook).inc()
        reason = why_not(error)
        _log.error("unreadable callback", hook=hook, reason=reason, correlation_id=correlation_id_of(scope))
        return reason


def _said(key: str) -> Response:
    """The last page, in both languages: nobody knows yet which one is read."""
    return PlainTextResponse("END " + " ".join(text(key, language) for language in LANGUAGES))
