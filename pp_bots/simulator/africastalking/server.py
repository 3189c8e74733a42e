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
"""

import asyncio
import contextlib
import json
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from pp_bots.simulator.africastalking.callbacks import Callbacks
from pp_bots.simulator.africastalking.faults import SEND_FAULTS, Fault, FaultKind, Faults
from pp_bots.simulator.africastalking.state import DEFAULT_SENDER, OutgoingMessage, SimulatorSettings, State

_LONGEST_WAIT = 60.0


class AfricasTalkingSimulator:
    """The gateway as an ASGI app (`app`), and as an async context manager that serves it on a port of 127.0.0.1.

    Port 0 takes a free one; `url` is known once entered.
    """

    def __init__(self, settings: SimulatorSettings | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.settings = settings or SimulatorSettings()
        self.state = State(self.settings)
        self.faults = Faults()
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
            ],
            lifespan=self._lifespan,
            exception_handlers={_BadRequestError: _bad_request},
        )
        self._host, self._port = host, port
        self._closing = asyncio.Event()
        self._callbacks: Callbacks | None = None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The base URL, such as `http://127.0.0.1:8701`."""
        return f"http://{self._host}:{self._port}"

    async def __aenter__(self) -> Self:
        listener = socket.create_server((self._host, self._port))
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(self.app, log_level="critical", access_log=False, timeout_graceful_shutdown=2)
        self._server = _Server(config, self.stop_waiting, guest=True)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            if self._serving.done():
                await self._serving
                raise RuntimeError("the simulator stopped while starting")
            await asyncio.sleep(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        assert self._serving is not None
        self._server.should_exit = True
        await self._serving

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._callbacks = Callbacks(self.state, self.faults)
        try:
            yield
        finally:
            await self._callbacks.close()

    async def stop_waiting(self) -> None:
        """Answer everybody who is held, and hold nobody from now on: the server is about to close."""
        self._closing.set()
        await self.state.wake()

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    # The protocol

    async def _send(self, request: Request) -> Response:
        form = await request.form()
        refusal = self._refuse_request(request, form)
        if refusal is not None:
            return refusal
        fault = self.faults.take(*SEND_FAULTS)
        match fault:
            case Fault(kind=FaultKind.TIMEOUT_BEFORE):
                await self._pause(fault.seconds)
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
                await self._pause(fault.seconds)
            case Fault(kind=FaultKind.HTTP):
                return _http_fault(fault)
            case Fault(kind=FaultKind.NOT_JSON):
                return Response("<html><body>Sent</body></html>", 201, media_type="text/html")
            case Fault(kind=FaultKind.CHARSET):
                answer.headers["content-type"] = "application/json; charset=utf-8"
            case Fault(kind=FaultKind.CUT):
                return StreamingResponse(
                    _half(bytes(answer.body)), 201, {"content-length": str(len(answer.body))}, "application/json"
                )
        return answer

    # Driving it

    @property
    def _courier(self) -> Callbacks:
        assert self._callbacks is not None, "the app's lifespan has not begun"
        return self._callbacks

    async def _messages(self, request: Request) -> Response:
        return self._listing(_after(request), request.query_params.get("phone"))

    async def _stream(self, request: Request) -> Response:
        after, phone = _after(request), request.query_params.get("phone")
        wait = _number(request.query_params.get("wait", "25"), "wait")

        def ready() -> bool:
            return self._closing.is_set() or bool(self.state.messages(after=after, phone=phone))

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(wait, _LONGEST_WAIT)), self.state.changed:
                await self.state.changed.wait_for(ready)
        return self._listing(after, phone)

    def _listing(self, after: int, phone: str | None) -> Response:
        found = [message.as_json() for message in self.state.messages(after=after, phone=phone)]
        return JSONResponse({"messages": found, "last": len(self.state.outgoing)})

    async def _incoming(self, request: Request) -> Response:
        body = await _json(request)
        message = self.state.receive(
            sender=_string(body, "from"),
            to=_string(body, "to", default=self.settings.short_code),
            text=_string(body, "text", blank=True),
            gateway_id=_string(body, "id", default="") or None,
            link_id=_string(body, "linkId", default="") or None,
        )
        self._courier.deliver(message)
        return JSONResponse(message.as_json(), 202)

    async def _incoming_list(self, _: Request) -> Response:
        return JSONResponse({"incoming": [message.as_json() for message in self.state.incoming.values()]})

    async def _callbacks_list(self, _: Request) -> Response:
        return JSONResponse({"callbacks": list(self.state.callbacks)})

    async def _report(self, request: Request) -> Response:
        body = await _json(request)
        wanted = _string(body, "id")
        message = next((each for each in self.state.outgoing if each.accepted and each.id == wanted), None)
        if message is None:
            return JSONResponse({"error": f"no message was taken as {wanted}"}, 404)
        await self._courier.post_report(
            message,
            _string(body, "status"),
            reason=_string(body, "reason", default="") or None,
            retry_count=int(_number(body.get("retryCount", 0), "retryCount")),
            copies=int(_number(body.get("times", 1), "times")),
        )
        return JSONResponse(message.as_json())

    async def _opt_out(self, request: Request) -> Response:
        body = await _json(request)
        phone, sender = _string(body, "phone"), _string(body, "sender", default=self.settings.short_code)
        self.state.blocked.add((sender, phone))
        await self._courier.opt_out(sender=sender, phone=phone)
        return JSONResponse({"phone": phone, "sender": sender})

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.faults.clear()
        elif request.method == "POST":
            try:
                self.faults.add(Fault.from_json(await _json(request)))
            except ValueError as error:
                raise _BadRequestError(str(error)) from None
        return JSONResponse({"faults": self.faults.as_json()})


async def serve(host: str = "127.0.0.1", port: int = 8701, settings: SimulatorSettings | None = None) -> None:
    """Run the simulator until SIGINT or SIGTERM, which take their usual course once it has ended cleanly."""
    simulator = AfricasTalkingSimulator(settings, host=host, port=port)
    config = uvicorn.Config(
        simulator.app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=2
    )
    await _Server(config, simulator.stop_waiting).serve()


class _Server(uvicorn.Server):
    """A server that answers those who wait before it closes.

    With `guest` it runs inside somebody else's event loop, which keeps its own signal handlers.
    """

    def __init__(
        self, config: uvicorn.Config, before_shutdown: Callable[[], Awaitable[None]], *, guest: bool = False
    ) -> None:
        super().__init__(config)
        self._before_shutdown = before_shutdown
        self._guest = guest

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._before_shutdown()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with contextlib.nullcontext() if self._guest else super().capture_signals():
            yield


class _BadRequestError(Exception):
    """A `/sim` request that makes no sense."""


async def _bad_request(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)


async def _half(body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]


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


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise _BadRequestError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise _BadRequestError("the body is not a JSON object")
    return body


def _string(body: dict[str, Any], name: str, *, default: str | None = None, blank: bool = False) -> str:
    value = body.get(name)
    if value is None:
        value = default
    if not isinstance(value, str) or not (value or blank or value == default):
        raise _BadRequestError(f"{name} must be a text")
    return value


def _number(value: object, name: str) -> float:
    try:
        number = float(str(value))
    except ValueError:
        raise _BadRequestError(f"{name} must be a number") from None
    if not 0 <= number < float("inf"):
        raise _BadRequestError(f"{name} must be zero or more")
    return number


def _after(request: Request) -> int:
    return int(_number(request.query_params.get("after", "0"), "after"))
