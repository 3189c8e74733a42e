"""Africa's Talking's SMS callbacks: `/hooks/sms/{token}/incoming`, `/report` and `/opt-out`.

The gateway signs nothing, so the address holds an unguessable token; with a wrong one there is nothing here. It repeats an
incoming message every minute until it hears 200, for up to 12 hours (help centre, article 742510). So what is safely kept is
answered 200; what we could not keep (no database) 503, to be repeated; and what cannot be read 200 as well, because the repeat
would be the same form: it is logged by its field names and counted in `pp_webhook_unreadable_total`. A report on a message
that is not ours is answered 200 too.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pp_api.errors import BodyTooLarge
from pp_api.front import OPERATION, ROUTE, Front, correlation_id_of
from pp_api.metrics import Meters
from pp_core.kernel.call import Call, System
from pp_core.kernel.errors import NotFound
from pp_core.kernel.logging import logger
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door
from pp_core.notifications.operations import OptOut, ReceiveText, RecordDelivery
from pp_core.runtime.wiring import Runtime

from .africastalking import CallbackError, parse_delivery_report, parse_incoming, parse_opt_out
from .forms import read_form, why_not

CALLER = System("africastalking")
EARLY_REPORT_SECONDS = (0.3, 1.5)
"""A report may be here before the gateway's id of the message is in the database: it is looked for again after these."""
_log = logger(__name__)

Read = Callable[[Mapping[str, str]], Operation[Any]]


def incoming(form: Mapping[str, str]) -> Operation[Any]:
    """Somebody wrote to one of our short codes."""
    sms = parse_incoming(form)
    return ReceiveText(
        channel="sms",
        gateway_id=sms.gateway_id,
        sender=sms.sender,
        address=sms.to,
        text=sms.text,
        link_id=sms.link_id,
        sent_at=sms.sent_at,
    )


def report(form: Mapping[str, str]) -> Operation[Any]:
    """What became of a message of ours, so far."""
    said = parse_delivery_report(form)
    return RecordDelivery(
        gateway_id=said.gateway_id,
        status=said.status,
        delivered=said.delivered,
        final=said.final,
        reason=said.reason,
    )


def opt_out(form: Mapping[str, str]) -> Operation[Any]:
    """Somebody stopped our bulk messages at the gateway: of the gym whose sender it was, of everybody when it is shared.

    The callback has no id; a repeat finds the phone in the register.
    """
    stop = parse_opt_out(form)
    return OptOut(phone=stop.phone, source="gateway", address=stop.sender_id)


def routes(runtime: Runtime, front: Front, meters: Meters) -> list[Route]:
    """The three addresses."""
    hooks = {"incoming": incoming, "report": report, "opt-out": opt_out}
    return [
        Route(f"/hooks/sms/{{token}}/{name}", _Hook(runtime, front, meters, name, read).answer, methods=["POST"])
        for name, read in hooks.items()
    ]


@dataclass(frozen=True, slots=True)
class _Hook:
    runtime: Runtime
    front: Front
    meters: Meters
    name: str
    read: Read

    async def answer(self, request: Request) -> Response:
        scope = request.scope
        scope[ROUTE] = f"/hooks/sms/{{token}}/{self.name}"
        try:
            op = self.read(await read_form(request, self.runtime.settings.sms.callback_token))
        except (CallbackError, ValueError, BodyTooLarge) as error:
            return self._unreadable(scope, error)
        scope[OPERATION] = op.policy.name
        call = Call(door=Door.SMS, credentials=CALLER, correlation_id=correlation_id_of(scope), ip=self.front.ip(scope))
        for pause in (*EARLY_REPORT_SECONDS, None):
            try:
                await self.runtime.pulse.run(op, call)
            except NotFound:
                if pause is None:
                    return PlainTextResponse("Not ours.")
                await asyncio.sleep(pause)
            else:
                break
        return PlainTextResponse("OK")

    def _unreadable(self, scope: Any, error: Exception) -> Response:
        self.meters.unreadable.labels(self.name).inc()
        reason = why_not(error)
        _log.error("unreadable callback", hook=self.name, reason=reason, correlation_id=correlation_id_of(scope))
        return PlainTextResponse(f"Not kept: {reason}.")
