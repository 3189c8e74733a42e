"""`POST /rpc/{name}`: any operation for our own clients, outside the OpenAPI."""

from typing import Any

from pydantic import ValidationError
from starlette.types import Receive, Scope, Send

from pp_core.kernel.call import Anonymous, Call
from pp_core.kernel.errors import BuildMismatch, NotFound, NotSignedIn, Problem
from pp_core.kernel.operation import Operation, upload_of
from pp_core.kernel.policy import Door
from pp_core.kernel.policy import Scope as Authority
from pp_core.kernel.validation import invalid
from pp_core.runtime import catalog
from pp_core.runtime.wiring import Runtime

from . import errors
from .front import OPERATION, ROUTE, Front, correlation_id_of, headers_of, language_of, read_body
from .routing import rate_headers, respond
from .uploads import largest_body

PATH = "/rpc/{name}"
BUILD = b"x-pp-build"
_DOORS = {b"cli": Door.CLI, b"tui": Door.TUI}
"""Doors of people's own machines that come in here; what they say is written down and opens nothing that RPC does not."""
LARGEST_BODY = 4 * 1024 * 1024
"""More than REST takes: an import of five hundred long rows is one request."""


def door_of(scope: Scope) -> Door:
    """The door that a client of ours says it is."""
    return _DOORS.get(headers_of(scope).get(b"x-pp-door", b""), Door.RPC)


def refuse_other_build(scope: Scope, build: str) -> None:
    """`BuildMismatch` when the client has other contracts than we."""
    theirs = headers_of(scope).get(BUILD, b"").decode("latin-1")
    if theirs != build:
        raise BuildMismatch(client=theirs, server=build)


class Rpc:
    """The generic address, as an ASGI application. A client of another build is told so before its body is read."""

    def __init__(self, runtime: Runtime, front: Front) -> None:
        self._runtime = runtime
        self._front = front
        self._operations = {
            name: operation
            for name, operation in catalog.load_operations().items()
            if operation.policy.scope is not Authority.SYSTEM and Door.RPC in operation.policy.doors
        }
        self._build = catalog.build()
        self._largest_upload = largest_body(runtime.settings.files.upload_mb)

    def _largest(self, operation: type[Operation[Any]]) -> int:
        return LARGEST_BODY if upload_of(operation) is None else self._largest_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the operation named in the path."""
        scope[ROUTE] = PATH
        call: Call | None = None
        try:
            if scope["method"] != "POST":
                raise errors.MethodNotAllowed(method=scope["method"], allow="POST")
            call = self._front.call(scope, door_of(scope))
            refuse_other_build(scope, self._build)
            operation = self._operations.get(scope["path_params"]["name"])
            if operation is None:
                raise NotFound(what="operation")
            scope[OPERATION] = operation.policy.name
            if operation.policy.scope is not Authority.PUBLIC and isinstance(call.credentials, Anonymous):
                raise NotSignedIn
            body = await read_body(scope, receive, self._largest(operation))
            result = await self._runtime.pulse.run(_read(operation, body, call.language), call)
        except Problem as problem:
            answer = errors.response(problem, language_of(scope), correlation_id_of(scope))
            answer.raw_headers += rate_headers(call)
            await answer(scope, receive, send)
            return
        headers = [*rate_headers(call), (b"content-language", call.language.encode())]
        if call.replayed:
            headers.append((b"idempotent-replayed", b"true"))
        await respond(send, 200, result, headers)


def _read(operation: type[Operation[Any]], body: bytes, language: str) -> Operation[Any]:
    try:
        return operation.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise invalid(error, language) from None
