"""USSD as Africa's Talking and the network behind it run it: sessions, callbacks to our server, and their ends.

Source: Africa's Talking documentation, USSD: handling sessions and end-of-session notification. Replies are plain text that
begin with `CON ` or `END `; an HTTP error, an empty body or anything else before the prefix ends the session. Nothing is
documented about repeats: a callback is posted once, unless a fault asks for more.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Coroutine, MutableSequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import httpx

from pp_bots.simulator.africastalking.faults import FaultKind, Faults
from pp_bots.simulator.africastalking.operators import BACK, MORE, OPERATORS, operator_of, pages, room, units
from pp_bots.simulator.africastalking.sessions import (
    Hop,
    Screen,
    SessionStatus,
    UssdRefused,
    UssdSession,
    UssdSettings,
)

METADATA = "at-ussd-hop-metadata"
LONGEST_METADATA = 99
PREFIXES = ("CON ", "END ")
SPOILT = "Connection problem or invalid MMI code."
LOST = "No network signal."
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back from one posting of a callback."""

    body: str
    seconds: float
    error: str | None
    content_type: str = ""
    metadata: str | None = None


class UssdNetwork:
    """The gateway with its phones' sessions; an async context manager that owns a connection pool and its tasks.

    `transport` reaches our server some other way than by a socket.
    """

    def __init__(
        self,
        settings: UssdSettings | None = None,
        faults: Faults | None = None,
        *,
        log: MutableSequence[dict[str, Any]] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings = settings or UssdSettings()
        self.faults = faults or Faults()
        self.log: MutableSequence[dict[str, Any]] = deque(maxlen=_REMEMBERED) if log is None else log
        self._transport = transport
        self._sessions: dict[str, UssdSession] = {}
        self._by_phone: dict[str, UssdSession] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        # A crowd of phones at once is the gateway's everyday; the pool must not be what limits it.
        self._client = httpx.AsyncClient(
            timeout=None,  # noqa: S113 - each call has its own
            trust_env=False,
            transport=self._transport,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=200),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self._by_phone.values():
            if session.timer is not None:
                session.timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self._client is not None
        await self._client.aclose()

    async def dial(self, phone: str, dialled: str | None = None, *, network: str | None = None) -> Screen:
        """Dial a service code, or `*384*77*1*2#` to give the first inputs with it; what runs on this phone ends.

        Raises `UssdRefused` for a code that leads nowhere.
        """
        code, text = self.settings.read_dialled(dialled or self.settings.service_codes[0])
        chosen = network or self.settings.network_code
        if chosen is not None and chosen not in OPERATORS:
            raise UssdRefused(f"{chosen} is no network; use one of {', '.join(OPERATORS)}", 400)
        running = self._by_phone.get(phone)
        if running is not None and running.status is None:
            self._end(running, SessionStatus.INCOMPLETE)
        operator = OPERATORS[chosen] if chosen is not None else operator_of(phone)
        session = UssdSession(phone, code, operator, text, asyncio.get_running_loop().time())
        self._remember(session)
        return await self._hop(session)

    async def answer(self, session_id: str, text: str) -> Screen:
        """Type something in a running session; the network itself turns the pages of what was too long for it."""
        session = self._running(session_id)
        if not text:
            raise UssdRefused("a phone sends no empty answer", 400)
        if len(text) > session.operator.typed:
            raise UssdRefused(f"{session.operator.name} takes {session.operator.typed} characters at most", 400)
        if text == MORE and session.page + 1 < len(session.pages):
            return self._turn(session, session.page + 1)
        if text == BACK and session.page > 0:
            return self._turn(session, session.page - 1)
        session.text = f"{session.text}*{text}" if session.text else text
        return await self._hop(session)

    async def hang_up(self, session_id: str) -> None:
        """End a session from the phone; one that is over stays as it is."""
        session = self._known(session_id)
        if session.status is None:
            self._end(session, SessionStatus.INCOMPLETE)

    async def finished(self) -> None:
        """Wait until every notification and repeat has been posted."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def sessions(self, phone: str | None = None) -> list[UssdSession]:
        """List what is remembered, oldest first."""
        return [each for each in self._sessions.values() if phone in (None, each.phone)]

    def session(self, session_id: str) -> UssdSession:
        """One session; `UssdRefused` when there is none."""
        return self._known(session_id)

    def stats(self) -> dict[str, Any]:
        """Counts, what was wrong with our answers, and how long they took in milliseconds."""
        listed = list(self._sessions.values())
        hops = [hop for session in listed for hop in session.hops]
        took = sorted(hop.seconds * 1000 for hop in hops)
        return {
            "sessions": len(listed),
            "open": sum(each.status is None for each in listed),
            "ended": dict(Counter(each.status.value for each in listed if each.status is not None)),
            "callbacks": len(hops),
            "errors": sum(len(hop.errors) for hop in hops),
            "longestReply": max((hop.units for hop in hops), default=0),
            "millis": {name: _percentile(took, share) for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))},
        }

    # Turns

    async def _hop(self, session: UssdSession) -> Screen:
        """Post what was typed so far and show what comes back."""
        self._stop_clock(session)
        take = self.faults.take
        early, drop, late = take(FaultKind.USSD_END_EARLY), take(FaultKind.USSD_DROP), take(FaultKind.USSD_TIMEOUT)
        twin, again, later = take(FaultKind.USSD_TWIN), take(FaultKind.USSD_REPEAT), take(FaultKind.USSD_LATE_REPEAT)
        hop = Hop(session.text, datetime.now(UTC))
        metadata = next((each.metadata for each in reversed(session.hops) if each.metadata), None)
        session.hops.append(hop)
        form = session.as_callback()
        session.busy = True
        try:
            posting = [self._spawn(self._call(form, metadata)) for _ in range(1 + (twin.times if twin else 0))]
            if early is not None:
                self._end(session, SessionStatus.INCOMPLETE)
            answers = sorted(await asyncio.gather(*posting), key=lambda each: each.seconds)
            answers += [await self._call(form, metadata) for _ in range(again.times if again else 0)]
        finally:
            session.busy = False
        if later is not None:
            self._spawn(self._repeat(hop, form, metadata, answers[0].body, later.seconds, later.times))
        answer = answers[0]
        self._note(hop, session, answer)
        _compare(hop, answer.body, answers[1:])
        if session.status is not None:
            return self._shown(session, hop, None, LOST)
        if drop is not None:
            self._end(session, SessionStatus.INCOMPLETE)
            return self._shown(session, hop, None, LOST)
        error = "no answer in time" if late is not None else answer.error or _malformed(answer.body)
        if error is not None:
            hop.errors.append(error)
            self._end(session, SessionStatus.FAILED, error)
            return self._shown(session, hop, None, SPOILT)
        return self._render(session, hop, answer.body)

    def _render(self, session: UssdSession, hop: Hop, body: str) -> Screen:
        prefix, text = body[:3], body[4:]
        session.pages, session.page = pages(text, session.operator), 0
        if prefix == "END":
            self._end(session, SessionStatus.SUCCESS)
        elif asyncio.get_running_loop().time() - session.began >= self.settings.session_limit:
            self._end(session, SessionStatus.INCOMPLETE, "the session took too long")
            return self._shown(session, hop, None, SPOILT)
        else:
            self._start_clock(session)
        return self._shown(session, hop, prefix, session.pages[0])

    def _turn(self, session: UssdSession, page: int) -> Screen:
        """Show another page of what the network had to cut; our server hears nothing of it."""
        session.page = page
        self._start_clock(session)
        return self._shown(session, None, "CON", session.pages[page])

    def _shown(self, session: UssdSession, hop: Hop | None, prefix: str | None, text: str) -> Screen:
        return Screen(
            session=session.id,
            phone=session.phone,
            service_code=session.service_code,
            operator=session.operator.name,
            input=None if hop is None else hop.text,
            prefix=prefix,
            text=text,
            reply=session.hops[-1].reply if prefix else None,
            page=session.page + 1 if prefix else 1,
            pages=max(len(session.pages), 1) if prefix else 1,
            ended=session.status is not None,
            status=None if session.status is None else session.status.value,
            errors=() if hop is None else tuple(hop.errors),
        )

    def _note(self, hop: Hop, session: UssdSession, answer: _Answer) -> None:
        """Keep the answer, with what a real network would only half forgive."""
        hop.reply, hop.seconds, hop.units = answer.body or None, answer.seconds, units(answer.body)
        if answer.error is not None:
            return
        most = room(answer.body, session.operator)
        if hop.units > most:
            hop.errors.append(f"{hop.units} characters where {session.operator.name} shows {most}")
        if not answer.content_type.startswith("text/plain"):
            hop.errors.append(f"content type {answer.content_type or 'missing'} instead of text/plain")
        if answer.metadata is not None:
            if len(answer.metadata) > LONGEST_METADATA or "|" in answer.metadata:
                hop.errors.append(f"{METADATA} may hold {LONGEST_METADATA} characters and no |")
            else:
                hop.metadata = answer.metadata

    # Time

    def _start_clock(self, session: UssdSession) -> None:
        self._stop_clock(session)
        loop = asyncio.get_running_loop()
        idle = session.operator.idle if self.settings.idle_limit is None else self.settings.idle_limit
        left = session.began + self.settings.session_limit - loop.time()
        reason = "the phone was silent too long" if idle <= left else "the session took too long"
        session.timer = loop.call_later(max(0.0, min(idle, left)), self._end, session, SessionStatus.INCOMPLETE, reason)

    @staticmethod
    def _stop_clock(session: UssdSession) -> None:
        if session.timer is not None:
            session.timer.cancel()
            session.timer = None

    def _end(self, session: UssdSession, status: SessionStatus, error: str | None = None) -> None:
        """End a session and tell our server in the background."""
        self._stop_clock(session)
        session.status, session.error, session.ended = status, error, asyncio.get_running_loop().time()
        if self._by_phone.get(session.phone) is session:
            del self._by_phone[session.phone]
        if self.settings.ended_url is not None:
            twice = self.faults.take(FaultKind.USSD_END_TWICE)
            self._spawn(self._notify(self.settings.ended_url, session, 1 + (twice.times if twice else 0)))

    # Posting

    async def _notify(self, url: str, session: UssdSession, times: int) -> None:
        form = session.as_notification(self.settings.cost, asyncio.get_running_loop().time())
        for _ in range(times):
            await self._post(url, form, {})

    async def _repeat(
        self, hop: Hop, form: dict[str, str], metadata: str | None, body: str, after: float, times: int
    ) -> None:
        await asyncio.sleep(after)
        _compare(hop, body, [await self._call(form, metadata) for _ in range(times)])

    async def _call(self, form: dict[str, str], metadata: str | None) -> _Answer:
        if self.settings.callback_url is None:
            return _Answer("", 0.0, "no callback URL")
        return await self._post(self.settings.callback_url, form, {} if metadata is None else {METADATA: metadata})

    async def _post(self, url: str, form: dict[str, str], headers: dict[str, str]) -> _Answer:
        assert self._client is not None, "the network is not open"
        attempt: dict[str, Any] = {
            "url": url,
            "form": form,
            "at": datetime.now(UTC).isoformat(),
            "status": None,
            "error": None,
        }
        self.log.append(attempt)
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self.settings.patience):
                response = await self._client.post(url, data=form, headers=headers)
        except TimeoutError:
            attempt["error"] = "TimeoutError"
            return _Answer("", loop.time() - began, f"no answer within {self.settings.patience:g} s")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            attempt["error"] = type(error).__name__
            return _Answer("", loop.time() - began, f"no answer: {type(error).__name__}")
        attempt["status"] = response.status_code
        wrong = None if response.is_success else f"HTTP {response.status_code}"
        return _Answer(
            response.text,
            loop.time() - began,
            wrong,
            response.headers.get("content-type", ""),
            response.headers.get(METADATA),
        )

    # Sessions

    def _remember(self, session: UssdSession) -> None:
        self._sessions[session.id] = self._by_phone[session.phone] = session
        if len(self._sessions) > _REMEMBERED:
            oldest = next((each for each in self._sessions.values() if each.status is not None), None)
            if oldest is not None:
                del self._sessions[oldest.id]

    def _known(self, session_id: str) -> UssdSession:
        session = self._sessions.get(session_id)
        if session is None:
            raise UssdRefused(f"there is no session {session_id}", 404)
        return session

    def _running(self, session_id: str) -> UssdSession:
        session = self._known(session_id)
        if session.status is not None:
            raise UssdRefused(f"the session is over: {session.status}")
        if session.busy:
            raise UssdRefused("the last answer is still on its way")
        return session

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _malformed(body: str) -> str | None:
    if not body:
        return "empty answer"
    if not body.startswith(PREFIXES):
        return f"the answer begins neither with 'CON ' nor with 'END ': {body[:20]!r}"
    return None


def _compare(hop: Hop, body: str, others: list[_Answer]) -> None:
    """A repeat must be answered with the same words."""
    hop.errors += [f"the repeat was answered differently: {each.body[:40]!r}" for each in others if each.body != body]


def _percentile(ordered: list[float], share: float) -> float:
    return round(ordered[max(0, min(len(ordered) - 1, round(share * len(ordered)) - 1))], 1) if ordered else 0.0
