"""`/ws/tracking`: live points over a WebSocket, each answered once it is stored. Described in docs/tracking-stream.md."""

import asyncio
import contextlib
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID

from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send

from pp_core.kernel.call import Anonymous, BearerToken, Call
from pp_core.kernel.errors import DatabaseUnavailable, Internal, Invalid, Kind, NotSignedIn, Problem
from pp_core.kernel.logging import logger
from pp_core.kernel.policy import Door
from pp_core.runtime.streams import RECHECK_SECONDS, Stream, TrackOpened, Written, admit, open_stream
from pp_core.runtime.wiring import Runtime

from . import errors, frames
from .front import Front, correlation_id_of
from .metrics import Meters

PATH = "/ws/tracking"
INTRODUCTION_SECONDS: Final = 10.0
"""How long a socket that came without a token may take to show one."""
MOST_IN_FLIGHT: Final = 4000
"""Points and messages of one socket that wait for their commit; with more it is read no further until some are stored."""
DRAIN_SECONDS: Final = 5.0
"""What a socket that ends gets to hear of points that are being stored."""
OTHER_ACTIVITY, NOT_STORED = "other_activity", "not_stored"
FAILED, RESTARTING, LATER = 1011, 1012, 1013
"""Close codes of RFC 6455 and its registry; a problem of ours closes with 4000 and its HTTP status."""

_log = logger("pp_api.tracking")


class StreamSilent(Problem):
    """Nobody said who they are."""

    kind = Kind.UNAUTHENTICATED
    code = "tracking.nobody_there"


class FrameMalformed(Problem):
    """A frame cannot be read, and has no number to answer it by: `detail` says what is wrong with it."""

    kind = Kind.INVALID
    code = "tracking.frame_malformed"


def route(runtime: Runtime, front: Front, meters: Meters, *, recheck: float = RECHECK_SECONDS) -> WebSocketRoute:
    """The address, for the application. Senders are asked for their rights again each `recheck` seconds."""
    return WebSocketRoute(PATH, Tracking(runtime, front, meters, recheck))


class Tracking:
    """All sockets that points come by, as an ASGI application."""

    def __init__(self, runtime: Runtime, front: Front, meters: Meters, recheck: float) -> None:
        self._runtime = runtime
        self._front = front
        self._meters = meters
        self._recheck = recheck

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket until its sender goes, may no longer, or the server stops."""
        await receive()  # websocket.connect
        call = self._front.call(scope, Door.REST)
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if isinstance(call.credentials, Anonymous) and "token" in asked:
            call = replace(call, credentials=BearerToken(asked["token"][-1]))
        scope["query_string"] = b""  # it may hold the token: nothing behind this, such as a log, is to see it
        await send({"type": "websocket.accept", "headers": [(b"x-request-id", correlation_id_of(scope).encode())]})
        socket = _Socket(self._runtime, call, receive, send)
        self._meters.tracks.inc()
        try:
            await socket.serve(asked.get("activity", [None])[-1], self._recheck)
        finally:
            self._meters.tracks.dec()


class _Gone(Exception):  # noqa: N818 - nothing is wrong with it
    """The sender hung up."""


class _Socket:
    """One sender."""

    def __init__(self, runtime: Runtime, call: Call, receive: Receive, send: Send) -> None:
        self._runtime = runtime
        self._ingest = runtime.ingest
        self._call = call
        self._receive = receive
        self._send = send
        self._activity_id: UUID | None = None
        self._stream: Stream | None = None
        self._over: asyncio.Future[Problem | None] = asyncio.get_running_loop().create_future()
        self._out: list[str] = []
        self._something = asyncio.Event()
        self._in_flight = 0
        self._calm = asyncio.Event()
        self._calm.set()
        self._settled = asyncio.Event()
        self._settled.set()
        self._last_words = False
        self._warned = False

    # -- what the stream tells -----------------------------------------------------------------------------------------------

    def end(self, problem: Problem | None) -> None:
        """Take no more, because of `problem` (None: the sender hung up)."""
        if not self._over.done():
            self._over.set_result(problem)

    def changed(self) -> None:
        """Tell the sender what the activity comes to."""
        if self._stream is not None:
            self._say("live", _figures(self._stream))

    # -- the life of a socket ------------------------------------------------------------------------------------------------

    async def serve(self, activity: str | None, recheck: float) -> None:
        """From the introduction to the close frame."""
        speaking = asyncio.create_task(self._speak(), name="track: speak")
        hearing: list[asyncio.Task[None]] = []
        try:
            try:
                opened = await self._open(activity)
            except Problem as problem:
                self.end(problem)
            except _Gone:
                self.end(None)
            else:
                self._say("opened", _opening(opened, self._stream))
                hearing = [
                    asyncio.create_task(self._listen(), name="track: listen"),
                    asyncio.create_task(self._look_again(recheck), name="track: recheck"),
                ]
            why = await self._over
            for task in hearing:
                task.cancel()
            if why is not None:
                await self._say_goodbye(why, speaking)
        finally:
            if self._stream is not None:
                self._stream.detach(self)
            for task in (speaking, *hearing):
                task.cancel()
            await asyncio.gather(speaking, *hearing, return_exceptions=True)

    async def _open(self, activity: str | None) -> TrackOpened:
        try:
            self._activity_id = None if activity is None else UUID(activity)
        except ValueError as error:
            wrong = "should be an activity's id"
            raise Invalid(fields=[{"field": "activity", "problem": wrong}], summary=f"activity: {wrong}") from error
        if isinstance(self._call.credentials, Anonymous):
            await self._hear_introduction()
        self._stream, opened = await open_stream(self._runtime, self._call, self._activity_id)
        self._activity_id = opened.activity_id
        self._stream.attach(self)
        return opened

    async def _hear_introduction(self) -> None:
        """The first message of a browser's socket, which cannot set a header."""
        try:
            async with asyncio.timeout(INTRODUCTION_SECONDS):
                said = frames.read(await self._next())
        except TimeoutError as error:
            raise StreamSilent from error
        except frames.UnreadableError as error:
            raise FrameMalformed(detail=str(error)) from error
        if not isinstance(said, frames.Token):
            raise NotSignedIn
        self._call = replace(self._call, credentials=BearerToken(said.token))
        self._activity_id = said.activity_id or self._activity_id

    async def _listen(self) -> None:
        try:
            while True:
                text = await self._next()
                try:
                    said = frames.read(text)
                except frames.UnreadableError as error:
                    self._refuse_frame(error)
                    continue
                if isinstance(said, frames.Token):
                    self._call = replace(self._call, credentials=BearerToken(said.token))
                    await self._ask_again()
                    continue
                self._take(said)
                if self._in_flight >= MOST_IN_FLIGHT:
                    await self._calm.wait()
                if self._ingest.is_full:
                    await self._ingest.room()
        except _Gone:
            self.end(None)
        except Problem as problem:
            self.end(problem)
        except Exception:
            _log.exception("a socket failed", correlation_id=self._call.correlation_id)
            self.end(Internal(correlation_id=self._call.correlation_id))

    async def _next(self) -> str:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise _Gone
        text: str | None = message.get("text")
        return bytes(message["bytes"]).decode("utf-8", "replace") if text is None else text

    def _take(self, message: frames.Points) -> None:
        stream = self._stream
        assert stream is not None
        if message.activity_id is not None and message.activity_id != self._activity_id:
            self._put(frames.refused(message.seq, OTHER_ACTIVITY))
            return
        rejected: list[tuple[int, str]] = list(message.rejected)
        good = message.points
        if good:
            good, refused = self._ingest.judge(stream, good)
            places = message.places
            rejected += refused if places is None else [(places[at], why) for at, why in refused]
            self._warn(stream)
        if not good:
            self._put(frames.acknowledged(message, rejected, ()))
            return
        weight = len(good) + 1
        self._in_flight += weight
        self._settled.clear()
        if self._in_flight >= MOST_IN_FLIGHT:
            self._calm.clear()
        self._ingest.put(stream, good, lambda outcome: self._answer(message, rejected, weight, outcome))

    def _answer(
        self, message: frames.Points, rejected: list[tuple[int, str]], weight: int, outcome: Written | Problem
    ) -> None:
        self._in_flight -= weight
        if self._in_flight < MOST_IN_FLIGHT:
            self._calm.set()
        if not self._in_flight:
            self._settled.set()
        if isinstance(outcome, Written):
            self._put(frames.acknowledged(message, rejected, outcome.duplicates, outcome.cut_off))
        elif isinstance(outcome, Internal):
            self._put(frames.refused(message.seq, NOT_STORED))
        else:
            self.end(outcome)

    def _warn(self, stream: Stream) -> None:
        """One hint when half of what may be sent at once is used up; again only after it had recovered."""
        if stream.hurried and not self._warned:
            most, seconds = self._runtime.ingest.rate
            self._say("hint", {"slow_down": True, "points_a_second": round(most / seconds, 2)})
        self._warned = stream.hurried

    def _refuse_frame(self, error: frames.UnreadableError) -> None:
        if error.seq is not None:
            self._put(frames.refused(error.seq, frames.MALFORMED, str(error)))
        else:
            self._say_problem(FrameMalformed(detail=str(error)))

    async def _look_again(self, seconds: float) -> None:
        """Whoever was signed out, lost the right or deleted the activity sends no more."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self._ask_again()
            except DatabaseUnavailable:
                continue  # while it is away nothing is written either
            except Problem as problem:
                self.end(problem)
                return

    async def _ask_again(self) -> None:
        opened = await admit(self._runtime, self._call, self._activity_id)
        if self._stream is not None:
            self._stream.cap = opened.cap

    # -- speaking ------------------------------------------------------------------------------------------------------------

    def _put(self, text: str) -> None:
        self._out.append(text)
        self._something.set()

    def _say(self, kind: str, what: Any) -> None:
        self._put(frames.told(kind, what))

    def _say_problem(self, problem: Problem) -> None:
        self._say("error", errors.details(problem, self._call.language, self._call.correlation_id))

    async def _speak(self) -> None:
        """Send what there is to say, in its order, until the last words: several things at once as one frame, an array.

        Who does not read is found out by the server's pings.
        """
        try:
            while self._out or not self._last_words:
                await self._something.wait()
                self._something.clear()
                texts, self._out = self._out, []
                if texts:
                    text = texts[0] if len(texts) == 1 else f"[{','.join(texts)}]"
                    await self._send({"type": "websocket.send", "text": text})
        except OSError:  # uvicorn's ClientDisconnected
            self.end(None)

    async def _say_goodbye(self, problem: Problem, speaking: "asyncio.Task[None]") -> None:
        """Let what is being stored be answered, then say why it ends."""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._settled.wait()
                self._last_words = True
                self._say_problem(problem)
                await asyncio.shield(speaking)
                await self._send({"type": "websocket.close", "code": close_code(problem), "reason": problem.code})


def close_code(problem: Problem) -> int:
    """The code of the close frame for a problem: 4000 and its HTTP status, but for the server's own troubles."""
    status = errors.status_of(problem)
    if status == 503:
        return RESTARTING if problem.code == "tracking.server_stopping" else LATER
    return FAILED if status == 500 else 4000 + status


def _opening(opened: TrackOpened, stream: Stream | None) -> dict[str, Any]:
    assert stream is not None
    return {
        "activityId": opened.activity_id,
        "status": opened.status,
        "sport": opened.sport,
        "started_at": opened.started_at,
        "last_ts": opened.last_ts,
        "points": opened.points,
        "cap": opened.cap,
        "interval_s": stream.wished_interval_s,
        "distance_m": round(opened.distance_m, 1),
        "moving_s": round(opened.moving_s),
    }


def _figures(stream: Stream) -> dict[str, Any]:
    found = stream.figures()
    kilometres = found.distance_m / 1000
    return {
        "status": stream.status,
        "distance_m": round(found.distance_m, 1),
        "moving_s": round(found.moving_s),
        "elapsed_s": round(found.elapsed_s),
        "pace_s_per_km": round(found.moving_s / kilometres) if kilometres >= 0.05 else None,
        "speed": found.speed,
        "points": found.points,
        "interval_s": found.interval_s,
    }
