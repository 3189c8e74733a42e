"""`GET /api/v1/live/{topic}`: what changes as it happens, as server-sent events. Our own clients come this way too."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.types import Receive, Scope, Send

from pp_core.kernel.call import Anonymous, Call
from pp_core.kernel.errors import NotFound, NotSignedIn, Problem
from pp_core.kernel.policy import Door
from pp_core.kernel.watching import Change
from pp_core.runtime import catalog
from pp_core.runtime.wiring import Runtime

from . import errors
from .front import OPERATION, ROUTE, Front, correlation_id_of, headers_of, language_of
from .metrics import Meters
from .routing import PREFIX, rate_headers
from .rpc import BUILD, door_of, refuse_other_build

PATH = PREFIX + "/live/{topic}"
MEDIA_TYPE = "text/event-stream"
HEARTBEAT_SECONDS = 15
"""How long a stream is silent at most: proxies and clients take longer silences for death."""
_HEARTBEAT = b": nothing new\n\n"
_END = b""


class Live:
    """The address of all topics, as an ASGI application. What is refused before the stream begins is an ordinary problem."""

    def __init__(self, runtime: Runtime, front: Front, meters: Meters) -> None:
        self._runtime = runtime
        self._front = front
        self._meters = meters
        self._topics = catalog.load_topics()
        self._build = catalog.build()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream the topic named in the path until its watcher goes, may no longer, or the server stops."""
        scope[ROUTE] = PATH
        call: Call | None = None
        try:
            if scope["method"] != "GET":
                raise errors.MethodNotAllowed(method=scope["method"], allow="GET")
            call = self._call(scope)
            if isinstance(call.credentials, Anonymous):
                raise NotSignedIn
            topic = self._topics.get(scope["path_params"]["topic"])
            if topic is None:
                raise NotFound(what="topic")
            scope[OPERATION] = topic.policy.name
            changes = self._runtime.pulse.watch(topic(), call)
            first = await anext(changes)
        except Problem as problem:
            answer = errors.response(problem, language_of(scope), correlation_id_of(scope))
            answer.raw_headers += rate_headers(call)
            await answer(scope, receive, send)
            return
        headers = [
            *rate_headers(call),
            (b"content-language", call.language.encode()),
            (b"content-type", MEDIA_TYPE.encode()),
            (b"x-accel-buffering", b"no"),  # nginx would hold back what is not a full page of memory
        ]
        self._meters.watches.inc()
        try:
            async with aclosing(changes):
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await _write(send, _event("change", first.model_dump_json()))
                await _stream(changes, call, receive, send)
        finally:
            self._meters.watches.dec()

    def _call(self, scope: Scope) -> Call:
        """The call of a client of ours, which names its build, or of any other."""
        if BUILD not in headers_of(scope):
            return self._front.call(scope, Door.REST)
        refuse_other_build(scope, self._build)
        return self._front.call(scope, door_of(scope))


async def _stream(changes: AsyncGenerator[Change, None], call: Call, receive: Receive, send: Send) -> None:
    gone = asyncio.create_task(_gone(receive))
    coming = asyncio.create_task(_next(changes))
    try:
        while True:
            await asyncio.wait({gone, coming}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                return
            if not coming.done():
                await _write(send, _HEARTBEAT)
                continue
            change = coming.result()
            if change is None:
                break
            await _write(send, _event("change", change.model_dump_json()))
            coming = asyncio.create_task(_next(changes))
    except Problem as problem:
        document = errors.details(problem, call.language, call.correlation_id)
        await _write(send, _event("problem", json.dumps(document, default=str)))
    finally:
        gone.cancel()
        coming.cancel()
        await asyncio.gather(gone, coming, return_exceptions=True)
    await _write(send, _END, more=False)


async def _next(changes: AsyncGenerator[Change, None]) -> Change | None:
    return await anext(changes, None)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # a body, which nobody asked for


def _event(kind: str, data: str) -> bytes:
    return f"event: {kind}\ndata: {data}\n\n".encode()


async def _write(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
