"""The personal addresses of trackers: `/t/{token}`, for OwnTracks, Traccar Client, OsmAnd, GPSLogger and what speaks as they do.

What is written there is told apart by its form, so that any app works with any address: JSON with a `_type` is OwnTracks', JSON
with a `location` Traccar Client's, fields of a query or form those of the OsmAnd protocol; see `owntracks` and `osmand`. The
token may also come as the password of HTTP Basic authentication (OwnTracks, GPSLogger) or as the device's id (Traccar
Client), to `/t`.

These apps keep what was not answered 2xx, send it again for ever, and what comes after it waits. So

- points are committed before the 2xx, and a repeat finds them by the device's own time;
- what will never be a point (impossible, encrypted, without a fix) is answered 2xx too, counted, and shown to its owner with the
  reason (`ListTrackers`); it would hold up the rest for nothing;
- 400 is for what the app's user has to mend, an address that was copied wrongly; 404 for a wrong token, 410 for one that was
  taken back, 403 where the gym is suspended; 409 and 503 say that it may come again;
- more than `PP_RATE_TRACKER` is 503 with `Retry-After`, and not 429, at which OwnTracks on iOS would drop the point.
"""

import json
import re
from base64 import b64decode
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from pp_api.errors import AddressRevoked, NoSuchAddress, PointUnreadable, TooManyPoints
from pp_api.front import OPERATION, ROUTE, Front, correlation_id_of, headers_of, read_body
from pp_core.kernel.call import Call, System
from pp_core.kernel.errors import TooManyRequests
from pp_core.kernel.policy import Door
from pp_core.runtime.wiring import Runtime
from pp_core.tracking.operations.trackers import (
    ReceiveTrackerPoints,
    TrackerRevoked,
    TrackerUnknown,
)

from .osmand import read_fields, read_json
from .owntracks import read_owntracks
from .readings import Reading, UnreadableError

PATH = "/t/{token}"
SHARED_PATH = "/t"
CALLER = System("tracker")
LARGEST_BODY = 512 * 1024
MOST_FIELDS = 50
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,200}")


def routes(runtime: Runtime, front: Front) -> list[Route]:
    """The address with its token in it, and the one for apps that have a field for it."""
    hook = _Hook(runtime, front)
    return [Route(path, hook.answer, methods=["GET", "POST"], name=path) for path in (PATH, SHARED_PATH)]


@dataclass(frozen=True, slots=True)
class _Message:
    """What came: the fields of query and form, and the JSON of the body, if it is any."""

    fields: dict[str, str]
    body: Any

    @property
    def is_owntracks(self) -> bool:
        return any(isinstance(one, dict) and "_type" in one for one in self._listed())

    @property
    def device(self) -> str | None:
        """What the app calls the device."""
        named = self.body.get("device_id") if isinstance(self.body, dict) else None
        found = named or self.fields.get("id") or self.fields.get("deviceid")
        return found if isinstance(found, str) else None

    def read(self) -> Reading:
        """Its points; UnreadableError where it is of no kind we know."""
        if self.is_owntracks:
            return sum((read_owntracks(one) for one in self._listed() if isinstance(one, dict)), Reading())
        if isinstance(self.body, dict):
            return read_json(self.body)
        if self.body is not None:
            raise UnreadableError("body")
        return read_fields(self.fields) if self.fields.keys() - {"id", "deviceid"} else Reading()

    def _listed(self) -> list[Any]:
        return self.body if isinstance(self.body, list) else [self.body]


@dataclass(frozen=True, slots=True)
class _Hook:
    runtime: Runtime
    front: Front

    async def answer(self, request: Request) -> Response:
        scope = request.scope
        scope[ROUTE] = PATH if "token" in request.path_params else SHARED_PATH
        unreadable: PointUnreadable | None = None
        message, reading = _Message({}, None), Reading()
        try:
            message = await _message(request)
            reading = message.read()
        except UnreadableError as error:
            unreadable = PointUnreadable(field=str(error))
        token = request.path_params.get("token") or _password(request) or message.device
        if not token or not _TOKEN.fullmatch(token):
            raise NoSuchAddress
        op = ReceiveTrackerPoints(token=SecretStr(token), points=reading.points, unusable=reading.unusable)
        scope[OPERATION] = op.policy.name
        call = Call(
            door=Door.TRACKER, credentials=CALLER, correlation_id=correlation_id_of(scope), ip=self.front.ip(scope)
        )
        try:
            await self.runtime.pulse.run(op, call)
        except TooManyRequests as problem:
            raise TooManyPoints(retry_after=problem.data["retry_after"]) from None
        except TrackerUnknown:
            await self.runtime.limiter.missed(token, call)
            raise NoSuchAddress from None
        except TrackerRevoked:
            raise AddressRevoked from None
        if unreadable is not None:  # told to nobody but who knows the address
            raise unreadable
        # OwnTracks reads an array, also after a body of no length.
        return PlainTextResponse("OK") if message.fields else JSONResponse([])


async def _message(request: Request) -> _Message:
    content = await read_body(request.scope, request.receive, LARGEST_BODY)
    fields = _fields(request.scope["query_string"])
    text = content.strip()
    if not text:
        return _Message(fields, None)
    if text[:1] in b"{[":
        try:
            return _Message(fields, json.loads(text))
        except (ValueError, RecursionError):
            raise UnreadableError("body") from None
    return _Message(fields | _fields(content), None)


def _fields(raw: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(raw.decode(errors="replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise UnreadableError("body") from None


def _password(request: Request) -> str | None:
    """The password of HTTP Basic authentication (RFC 7617)."""
    scheme, _, credentials = headers_of(request.scope).get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(credentials, validate=True).decode().partition(":")[2] or None
    except ValueError:
        return None
