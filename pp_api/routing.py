"""Binding operations to addresses: a line for each, from which both the route and its documentation come.

The routes stand in the FastAPI application but read, check and answer by themselves: the operation is the only model of the
request, so Pydantic reads the body's bytes straight into it, once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any, get_origin
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.routing import Route, compile_path
from starlette.types import Receive, Scope, Send

from pp_core.kernel.call import Anonymous, Call
from pp_core.kernel.errors import NotSignedIn, Problem
from pp_core.kernel.operation import Done, Operation, upload_of
from pp_core.kernel.policy import Door
from pp_core.kernel.policy import Scope as Authority
from pp_core.kernel.validation import invalid
from pp_core.runtime.wiring import Runtime

from . import errors, uploads
from .front import OPERATION, ROUTE, Front, correlation_id_of, headers_of, language_of, read_body

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True)
class Content:
    """An answer that is no JSON: its media type, its bytes, and the headers that it needs."""

    media: str
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One operation at one method and address.

    `status` answers success; an operation that answers `Done` has nothing to say and gives 204. `location` is filled with the
    result (`/workouts/{0.workout.id}`). `without` are fields that this address leaves at their default. `deprecated` and
    `sunset` are the days since when it should not be used and from when it may be gone (RFC 9745, RFC 8594). `content` makes
    of a result what is sent instead of JSON, which is one of the types `media`.
    """

    method: str
    path: str
    operation: type[Operation[Any]]
    tag: str
    status: int = 200
    location: str | None = None
    without: frozenset[str] = frozenset()
    deprecated: date | None = None
    sunset: date | None = None
    content: Callable[[Any], Content] | None = None
    media: tuple[str, ...] = ("application/json",)
    path_fields: tuple[str, ...] = field(init=False)
    query_fields: tuple[str, ...] = field(init=False)
    query_lists: frozenset[str] = field(init=False)  # given once for each of their values
    body_fields: tuple[str, ...] = field(init=False)
    upload: str | None = field(init=False)  # the field that is a file

    def __post_init__(self) -> None:
        """Sort the operation's fields into path, query and body; TypeError when they do not fit."""
        names = tuple(self.operation.model_fields)
        in_path = tuple(compile_path(self.path)[2])
        if unknown := (set(in_path) | self.without) - set(names):
            raise TypeError(f"{self.method} {self.path}: {self.operation.__name__} has no field {sorted(unknown)}.")
        if Door.REST not in self.operation.policy.doors:
            raise TypeError(f"{self.method} {self.path}: {self.operation.__name__} is not offered over REST.")
        rest = tuple(name for name in names if name not in in_path and name not in self.without)
        in_query = self.method in ("GET", "DELETE")
        object.__setattr__(self, "path_fields", in_path)
        object.__setattr__(self, "upload", upload_of(self.operation))
        object.__setattr__(self, "query_fields", rest if in_query else ())
        lists = (name for name in self.query_fields if get_origin(self.operation.model_fields[name].annotation) is list)
        object.__setattr__(self, "query_lists", frozenset(lists))
        object.__setattr__(self, "body_fields", () if in_query else rest)

    @property
    def answers_nothing(self) -> bool:
        """Whether success has no body."""
        return self.operation.result is Done

    @property
    def code(self) -> int:
        """The status of success."""
        return 204 if self.answers_nothing else self.status

    @property
    def body_required(self) -> bool:
        """Whether a request without a body cannot be right."""
        fields = self.operation.model_fields
        return any(fields[name].is_required() for name in self.body_fields)

    @property
    def is_page(self) -> bool:
        """Whether people open this address in a browser."""
        return "text/html" in self.media

    def fixed_headers(self) -> list[tuple[bytes, bytes]]:
        """What every answer of this address carries, refusals included."""
        headers: list[tuple[bytes, bytes]] = []
        if self.deprecated is not None:
            since = datetime.combine(self.deprecated, time(), UTC)
            headers.append((b"deprecation", f"@{int(since.timestamp())}".encode()))
        if self.sunset is not None:
            end = datetime.combine(self.sunset, time(), UTC)
            headers.append((b"sunset", format_datetime(end, usegmt=True).encode()))
        return headers

    def read(self, scope: Scope, body: bytes, language: str) -> Operation[Any]:
        """The operation that the request asks for; `Invalid` or `BodyMalformed` when it is none."""
        try:
            if self.body_fields and not self.path_fields and not self.without:
                return self.operation.model_validate_json(body or b"{}")
            given = self._query(scope) if not self.body_fields else _json(body)
            if not isinstance(given, dict):
                self.operation.model_validate(given)  # it says that an object is wanted
            allowed = self.query_fields or self.body_fields
            for name in (*self.path_fields, *self.without):
                # A field that the address gives is unknown to query and body.
                if name in given:
                    given[f"{name} (of the address)"] = given.pop(name)
            if not allowed and not given:
                return self.operation.model_validate(scope["path_params"])
            given.update(scope["path_params"])
            return self.operation.model_validate(given)
        except ValidationError as error:
            if any(each["type"] == "json_invalid" for each in error.errors(include_url=False, include_input=False)):
                raise errors.BodyMalformed from None
            raise invalid(error, language) from None

    async def read_upload(self, scope: Scope, body: bytes, language: str) -> Operation[Any]:
        """The same of a request that brings its file as it is, in a form or bare."""
        assert self.upload is not None
        given = await uploads.fields_of(scope, body, self.upload)
        try:
            return self.operation.model_validate({**given, **scope["path_params"]})
        except ValidationError as error:
            raise invalid(error, language) from None

    def _query(self, scope: Scope) -> dict[str, Any]:
        if not scope["query_string"] or self.method not in ("GET", "DELETE"):
            return {}
        given: dict[str, Any] = {}
        for name, value in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True):
            if name in self.query_lists:
                given.setdefault(name, []).append(value)
            else:
                given[name] = value
        return given


def _json(body: bytes) -> Any:
    try:
        return from_json(body or b"{}", allow_inf_nan=False)
    except ValueError:
        raise errors.BodyMalformed from None


class Routes:
    """The routes of one context, gathered by a line each."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.bindings: list[Binding] = []

    def get(self, path: str, operation: type[Operation[Any]], **more: Any) -> None:
        """Read."""
        self._bind("GET", path, operation, more)

    def post(self, path: str, operation: type[Operation[Any]], **more: Any) -> None:
        """Create or do."""
        self._bind("POST", path, operation, more)

    def put(self, path: str, operation: type[Operation[Any]], **more: Any) -> None:
        """Set to exactly this."""
        self._bind("PUT", path, operation, more)

    def patch(self, path: str, operation: type[Operation[Any]], **more: Any) -> None:
        """Change in part."""
        self._bind("PATCH", path, operation, more)

    def delete(self, path: str, operation: type[Operation[Any]], **more: Any) -> None:
        """Take away."""
        self._bind("DELETE", path, operation, more)

    def _bind(self, method: str, path: str, operation: type[Operation[Any]], more: dict[str, Any]) -> None:
        without = frozenset(more.pop("without", ()))
        prefix = more.pop("prefix", PREFIX)
        self.bindings.append(
            Binding(method=method, path=prefix + path, operation=operation, tag=self.tag, without=without, **more)
        )


class Address:
    """One address with all its methods, as an ASGI application."""

    def __init__(self, runtime: Runtime, front: Front, bindings: Iterable[Binding]) -> None:
        self._runtime = runtime
        self._front = front
        self._bindings = {binding.method: (binding, binding.fixed_headers()) for binding in bindings}
        self._path = next(iter(self._bindings.values()))[0].path
        if "GET" in self._bindings:
            self._bindings["HEAD"] = self._bindings["GET"]
        self._allow = ", ".join(sorted(self._bindings))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every anticipated error becomes a problem document."""
        scope[ROUTE] = self._path
        found = self._bindings.get(scope["method"])
        if found is None:
            refused = errors.MethodNotAllowed(method=scope["method"], allow=self._allow)
            await errors.response(refused, language_of(scope), correlation_id_of(scope))(scope, receive, send)
            return
        binding, fixed = found
        call: Call | None = None
        try:
            call = self._front.call(scope)
            scope[OPERATION] = binding.operation.policy.name
            if binding.operation.policy.scope is not Authority.PUBLIC and isinstance(call.credentials, Anonymous):
                raise NotSignedIn  # before anything is said about the body
            if binding.upload is not None:
                body = await read_body(scope, receive, uploads.largest_body(self._runtime.settings.files.upload_mb))
                brings_file = uploads.media_of(scope) != uploads.JSON
            else:
                body = await read_body(scope, receive) if binding.body_fields else b""
                brings_file = False
            if brings_file:
                op = await binding.read_upload(scope, body, call.language)
            else:
                if body:
                    _demand_json(scope)
                op = binding.read(scope, body, call.language)
            result = await self._runtime.pulse.run(op, call)
        except Problem as problem:
            # Who opened a page reads a page.
            written = (
                errors.page
                if binding.is_page and b"text/html" in headers_of(scope).get(b"accept", b"")
                else errors.response
            )
            answer = written(problem, language_of(scope), correlation_id_of(scope))
            answer.raw_headers += [*fixed, *rate_headers(call)]
            await answer(scope, receive, send)
            return
        headers = [*fixed, *rate_headers(call), (b"content-language", call.language.encode())]
        if call.replayed:
            headers.append((b"idempotent-replayed", b"true"))
        if binding.location is not None:
            headers.append((b"location", (PREFIX + binding.location.format(result)).encode()))
        if binding.content is not None:
            await deliver(send, binding.code, binding.content(result), headers)
            return
        await respond(send, binding.code, None if binding.answers_nothing else result, headers)


async def respond(send: Send, status: int, result: BaseModel | None, headers: list[tuple[bytes, bytes]]) -> None:
    """Send `result` as JSON, or nothing."""
    if result is not None:
        await deliver(send, status, Content("application/json", result.model_dump_json().encode()), headers)
        return
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def deliver(send: Send, status: int, content: Content, headers: list[tuple[bytes, bytes]]) -> None:
    """Send `content` with its own headers and others."""
    headers += [(b"content-type", content.media.encode()), (b"content-length", str(len(content.body)).encode())]
    headers += content.headers
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content.body})


def rate_headers(call: Call | None) -> list[tuple[bytes, bytes]]:
    """What is left of the limit that was charged, if one was."""
    if call is None or call.rate is None:
        return []
    rate = call.rate
    return [
        (b"x-ratelimit-limit", str(rate.limit).encode()),
        (b"x-ratelimit-remaining", str(rate.remaining).encode()),
        (b"x-ratelimit-reset", str(rate.reset).encode()),
    ]


def _demand_json(scope: Scope) -> None:
    if uploads.media_of(scope) != uploads.JSON:
        raise errors.MediaUnsupported


def serve(add: Callable[[Route], None], runtime: Runtime, front: Front, bindings: Iterable[Binding]) -> None:
    """Add one route for each address; TypeError when two operations want the same method there."""
    by_path: dict[str, list[Binding]] = {}
    for binding in bindings:
        at = by_path.setdefault(binding.path, [])
        if any(other.method == binding.method for other in at):
            raise TypeError(f"{binding.method} {binding.path} is bound twice.")
        at.append(binding)
    # Fixed words before placeholders, so that /members/import is not taken for a member.
    for path in sorted(by_path, key=lambda path: [part.startswith("{") for part in path.split("/")]):
        add(Route(path, Address(runtime, front, by_path[path]), name=path))
