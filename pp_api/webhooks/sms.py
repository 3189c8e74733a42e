"""Africa's Talking's SMS callbacks: `/hooks/sms/{token}/incoming`, `/report` and `/opt-out`.

The gateway signs nothing, so the address holds an unguessable token; with a wrong one there is nothing here. It repeats an
incoming message every minute until it hears 200, for up to 12 hours (help centre, article 742510). So what is safely kept is
answered 200; what we could not keep (no database) 503, to be repeated; and what cannot be read 200 as well, because the repeat
would be the same form: it is logged by its field names and counted in `pp_webhook_unreadable_total`. A report on a message
that is not ours is answered 200 too.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pp_api.errors import BodyTooLarge, NoSuchAddress
from pp_api.front import OPERATION, ROUTE, Front, correlation_id_of, read_body
from pp_api.metrics import Meters
from pp_core.kernel.call import Call, System
from pp_core.kernel.crypto import same
from pp_core.kernel.errors import NotFound
from pp_core.kernel.logging import logger
from pp_core.kernel.operation import Operation
from pp_core.kernel.policy import Door
from pp_core.notifications.operations import ReceiveText, RecordDelivery
from pp_core.runtime.wiring import Runtime

from .africastalking import CallbackError, parse_delivery_report, parse_incoming, parse_opt_out

LARGEST_FORM = 64 * 1024
MOST_FIELDS = 50
CALLER = System("africastalking")
EARLY_REPORT_SECONDS = (0.3, 1.5)
"""A report may be here before the gateway's id of the message is in the database: it is looked for again after these."""
_log = logger(__name__)

Read = Callable[[Mapping[str, str], str], Operation[Any]]


def incoming(form: Mapping[str, str], day: str) -> Operation[Any]:
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


def report(form: Mapping[str, str], day: str) -> Operation[Any]:
    """What became of a message of ours, so far."""
    said = parse_delivery_report(form)
    return RecordDelivery(
        gateway_id=said.gateway_id,
        status=said.status,
        delivered=said.delivered,
        final=said.final,
        reason=said.reason,
    )


def opt_out(form: Mapping[str, str], day: str) -> Operation[Any]:
    """Somebody stopped our bulk messages at the gateway: the same as if they had written STOP to us.

    The callback has no id, so a repeat is known by sender name, phone and day; STOP twice is STOP.
    """
    stop = parse_opt_out(form)
    mark = hashlib.sha256(f"{stop.sender_id}|{stop.phone}|{day}".encode()).hexdigest()[:32]
    return ReceiveText(
        channel="sms", gateway_id=f"opt-out:{mark}", sender=stop.phone, address=stop.sender_id, text="STOP"
    )


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
        expected = self.runtime.settings.sms.callback_token
        if not expected or not same(request.path_params["token"], expected):
            raise NoSuchAddress
        try:
            body = await read_body(scope, request.receive, LARGEST_FORM)
            form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
            op = self.read(form, self.runtime.clock.now().astimezone(UTC).date().isoformat())
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
        match error:
            case CallbackError():
                reason = f"{error.field} is missing or not understood"
            case ValidationError():
                places = {".".join(map(str, each["loc"])) for each in error.errors(include_input=False)}
                reason = f"{', '.join(sorted(places))} cannot be kept"
            case _:
                reason = "too large, or no form"
        # Neither phone nor text: the log is read by people who may not read those.
        _log.error("unreadable callback", hook=self.name, reason=reason, correlation_id=correlation_id_of(scope))
        return PlainTextResponse(f"Not kept: {reason}.")
