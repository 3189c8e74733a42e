"""The HTTP face of the simulated gateway: `/version1/...` as Africa's Talking speaks it, `/sim/...` to drive it.

Source: Africa's Talking documentation, SMS: sending. Errors before the message is looked at are plain text, as the real
service's.

| Path | Does |
|---|---|
| `POST /version1/messaging` | sends, as the real one |
| `GET /sim/messages?phone=&after=` | what was sent |
| `GET /sim/messages/stream?phone=&after=N&wait=seconds` | the same, held until there is something or the time is up |
| `POST /sim/incoming` `{"from", "text", "to"?, "id"?, "linkId"?}` | a phone sends a text |
| `GET /sim/incoming`, `GET /sim/callbacks` | how telling our server goes |
| `POST /sim/reports` `{"id", "status", "reason"?, "retryCount"?, "times"?}` | a delivery report now, late or repeated |
| `POST /sim/opt-out` `{"phone", "sender"}` | a phone refuses bulk messages from a sender name |
| `GET`, `POST`, `DELETE /sim/faults` | what goes wrong next; see `faults.Fault` |
| `/sim/ussd/...` | phones that dial; see `ussd_control` |
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from decimal import Decimal

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from pp_bots.simulator.africastalking import ussd_control
from pp_bots.simulator.africastalking.callbacks import Callbacks
from pp_bots.simulator.africastalking.faults import SEND_FAULTS, Fault, FaultKind, Faults
from pp_bots.simulator.africastalking.sessions import UssdRefused, UssdSettings
from pp_bots.simulator.africastalking.state import DEFAULT_SENDER, OutgoingMessage, SimulatorSettings, State
from pp_bots.simulator.africastalking.ussd import UssdNetwork
from pp_bots.simulator.serving import (
    LONGEST_WAIT,
    BadRequestError,
    Served,
    after_of,
    bad_request,
    half,
    json_object,
    number_of,
    text_of,
)


class AfricasTalkingSimulator(Served):
    """The gateway as an ASGI app (`app`), and as an async context manager that serves it on a port of 127.0.0.1.

    Port 0 takes a free one; `url` is known once entered.
    """

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        ussd: UssdSettings | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(host=host, port=port)
        self.settings = settings or SimulatorSettings()
        self.state = State(self.settings)
        self.faults = Faults()
        self.ussd = UssdNetwork(ussd, self.faults, log=self.state.callbacks)
        self.app = Starlette(
            routes=[
                Route("/version1/messaging", self._send, methods=["POST"]),
                Route("/sim/messages", self._messages, methods=["GET"]),
                Route("/sim/messages/stream", self._stream, methods=["GET"]),
                Route("/sim/incoming", self._incoming, methods=["POST"]),
                Route("/sim/incoming", self._incoming_list, methods=["GET"]),
                Route("/sim/callbacks", self._callbacks_list, methods=["GET"]),
                Route("/sim/reports", self._report, methods=["POST"]),
                Route("/sim/opt-out", self._opt_out, methods=["POST"]),
                Route("/sim/faults", self._faults, methods=["GET", "POST", "DELETE"]),
                *ussd_control.routes(self.ussd),
            ],
            lifespan=self._lifespan,
            exception_handlers={BadRequestError: bad_request, UssdRefused: ussd_control.refused},
        )
        self._callbacks: Callbacks | None = None

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._callbacks = Callbacks(self.state, self.faults)
        try:
            async with self.ussd:
                yield
        finally:
            await self._callbacks.close()

    async def stop_waiting(self) -> None:
        """Answer everybody who is held, and hold nobody from now on: the server is about to close."""
        await super().stop_waiting()
        await self.state.wake()

    # The protocol

    async def _send(self, request: Request) -> Response:
        form = await request.form()
        refusal = self._refuse_request(request, form)
        if refusal is not None:
            return refusal
        fault = self.faults.take(*SEND_FAULTS)
        match fault:
            case Fault(kind=FaultKind.TIMEOUT_BEFORE):
                await self.pause(fault.seconds)
                return PlainTextResponse("Gateway Timeout", 504)
            case Fault(kind=FaultKind.HTTP, taken=False):
                return _http_fault(fault)
            case Fault(kind=FaultKind.EMPTY_RECIPIENTS):
                return _answer([], message=fault.word)
        sender = _text(form, "from") or DEFAULT_SENDER
        if self.settings.senders is not None and sender not in self.settings.senders:
            return _answer([], message="InvalidSenderId")
        return await self._take(form, sender, fault)

    def _refuse_request(self, request: Request, form: FormData) -> Response | None:
        key = request.headers.get("apiKey")
        if key is None:
            return PlainTextResponse(
                "The resource requires authentication, which was not supplied with the request", 401
            )
        for field in ("username", "to", "message"):
            if not _text(form, field):
                return PlainTextResponse(f"Request is missing required form field '{field}'", 400)
        known = secrets.compare_digest(key.encode(), self.settings.api_key.encode())
        if not known or form["username"] != self.settings.username:
            return PlainTextResponse("The supplied authentication is invalid", 401)
        for field in ("bulkSMSMode", "enqueue"):
            if _text(form, field) not in ("", "0", "1"):
                return PlainTextResponse(f"The form field '{field}' was malformed", 400)
        return None

    async def _take(self, form: FormData, sender: str, fault: Fault | None) -> Response:
        bulk = _text(form, "bulkSMSMode") != "0"
        enqueue = _text(form, "enqueue") == "1"
        taken: list[OutgoingMessage] = []
        for to in dict.fromkeys(each.strip() for each in _text(form, "to").split(",") if each.strip()):
            status = self.state.judge(to=to, sender=sender, bulk=bulk, enqueue=enqueue)
            if fault is not None and fault.kind is FaultKind.REFUSE:
                status = fault.word or status
            message = await self.state.record(
                to=to,
                sender=sender,
                text=_text(form, "message"),
                status=status,
                link_id=_text(form, "linkId") or None,
                bulk_sms_mode=int(bulk),
                enqueue=enqueue,
            )
            await self._courier.report(message)
            taken.append(message)
        answer = _answer(taken, currency=self.settings.currency)
        match fault:
            case Fault(kind=FaultKind.TIMEOUT_AFTER):
                await self.pause(fault.seconds)
            case Fault(kind=FaultKind.HTTP):
                return _http_fault(fault)
            case Fault(kind=FaultKind.NOT_JSON):
                return Response("<html><body>Sent</body></html>", 201, media_type="text/html")
            case Fault(kind=FaultKind.CHARSET):
                answer.headers["content-type"] = "application/json; charset=utf-8"
            case Fault(kind=FaultKind.CUT):
                return StreamingResponse(
                    half(bytes(answer.body)), 201, {"content-length": str(len(answer.body))}, "application/json"
                )
        return answer

    # Driving it

    @property
    def _courier(self) -> Callbacks:
        assert self._callbacks is not None, "the app's lifespan has not begun"
        return self._callbacks

    async def _messages(self, request: Request) -> Response:
        return self._listing(after_of(request), request.query_params.get("phone"))

    async def _stream(self, request: Request) -> Response:
        after, phone = after_of(request), request.query_params.get("phone")
        wait = number_of(request.query_params.get("wait", "25"), "wait")

        def ready() -> bool:
            return self._closing.is_set() or bool(self.state.messages(after=after, phone=phone))

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(wait, LONGEST_WAIT)), self.state.changed:
                await self.state.changed.wait_for(ready)
        return self._listing(after, phone)

    def _listing(self, after: int, phone: str | None) -> Response:
        found = [message.as_json() for message in self.state.messages(after=after, phone=phone)]
        return JSONResponse({"messages": found, "last": len(self.state.outgoing)})

    async def _incoming(self, request: Request) -> Response:
        body = await json_object(request)
        message = self.state.receive(
            sender=text_of(body, "from"),
            to=text_of(body, "to", default=self.settings.short_code),
            text=text_of(body, "text", blank=True),
            gateway_id=text_of(body, "id", default="") or None,
            link_id=text_of(body, "linkId", default="") or None,
        )
        self._courier.deliver(message)
        return JSONResponse(message.as_json(), 202)

    async def _incoming_list(self, _: Request) -> Response:
        return JSONResponse({"incoming": [message.as_json() for message in self.state.incoming.values()]})

    async def _callbacks_list(self, _: Request) -> Response:
        return JSONResponse({"callbacks": list(self.state.callbacks)})

    async def _report(self, request: Request) -> Response:
        body = await json_object(request)
        wanted = text_of(body, "id")
        message = next((each for each in self.state.outgoing if each.accepted and each.id == wanted), None)
        if message is None:
            return JSONResponse({"error": f"no message was taken as {wanted}"}, 404)
        await self._courier.post_report(
            message,
            text_of(body, "status"),
            reason=text_of(body, "reason", default="") or None,
            retry_count=int(number_of(body.get("retryCount", 0), "retryCount")),
            copies=int(number_of(body.get("times", 1), "times")),
        )
        return JSONResponse(message.as_json())

    async def _opt_out(self, request: Request) -> Response:
        body = await json_object(request)
        phone, sender = text_of(body, "phone"), text_of(body, "sender", default=self.settings.short_code)
        self.state.blocked.add((sender, phone))
        await self._courier.opt_out(sender=sender, phone=phone)
        return JSONResponse({"phone": phone, "sender": sender})

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.faults.clear()
        elif request.method == "POST":
            try:
                self.faults.add(Fault.from_json(await json_object(request)))
            except ValueError as error:
                raise BadRequestError(str(error)) from None
        return JSONResponse({"faults": self.faults.as_json()})


async def serve(
    host: str = "127.0.0.1",
    port: int = 8701,
    settings: SimulatorSettings | None = None,
    ussd: UssdSettings | None = None,
) -> None:
    """Run the simulator until SIGINT or SIGTERM, which take their usual course once it has ended cleanly."""
    await AfricasTalkingSimulator(settings, ussd, host=host, port=port).run()


def _http_fault(fault: Fault) -> Response:
    headers = {} if fault.retry_after is None else {"retry-after": str(fault.retry_after)}
    return PlainTextResponse(fault.word or f"HTTP {fault.http_status}", fault.http_status, headers)


def _answer(taken: list[OutgoingMessage], *, currency: str = "KES", message: str | None = None) -> JSONResponse:
    sent = [each for each in taken if each.accepted]
    total = sum((each.cost for each in sent), Decimal(0))
    cost = f"{currency} {total:.4f}" if sent else "0"
    recipients = [
        {
            "statusCode": each.status_code,
            "number": each.to,
            "status": each.status,
            "cost": f"{currency} {each.cost:.4f}" if each.accepted else "0",
            "messageId": each.id,
        }
        for each in taken
    ]
    summary = message or f"Sent to {len(sent)}/{len(taken)} Total Cost: {cost}"
    return JSONResponse({"SMSMessageData": {"Message": summary, "Recipients": recipients}}, 201)


def _text(form: FormData, field: str) -> str:
    value = form.get(field)
    return value if isinstance(value, str) else ""
