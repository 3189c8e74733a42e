"""Asks an operator's own server which streets somebody went: OSRM, or what speaks its match service.

Source: OSRM HTTP API 5.27, "Match service" and "Responses" (project-osrm.org/docs).

What an answer means is decided here, once:

- **Matched** is `code` Ok: each of `matchings` from the first to the last of `tracepoints` that names it. Points between may be
  null, because `tidy` leaves out those that say nothing new.
- **No street** is NoMatch or NoSegment.
- **Final** is any other code (TooBig: the server takes fewer points than we are told) and what no such service answers.
- **Later** is no connection, no whole answer within `TIMEOUT`, HTTP 429 and any 5xx. A server that failed like this is left
  alone for `REST` seconds, so that many activities do not each wait for it.

The address is the operator's and nobody else's: redirects are not followed, proxies of the environment not used, and places
stand in no message of an error. httpx logs addresses at INFO, which `kernel.logging` keeps out.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

import httpx

from pp_core.kernel.ports import MatchError, Matching

TIMEOUT = 5.0
"""Seconds that one question may take from beginning to end."""
REST = 60.0
AT_ONCE = 2
"""Questions at a time: a worker has other things to do."""
MOST_BYTES = 2_000_000
_EMPTY = frozenset({"NoMatch", "NoSegment"})
_LONGEST_CODE = 40


class OsrmMatcher:
    """The `MapMatcher` port on one server. `{profile}` in its address becomes `foot` or `bike`; `close` when done."""

    def __init__(self, address: str, most: int, *, seconds: float = TIMEOUT, rest: float = REST) -> None:
        self._address = address.rstrip("/")
        self._most = most
        self._seconds = seconds
        self._rest = rest
        self._client: httpx.AsyncClient | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._failed_at: float | None = None

    @property
    def most(self) -> int:
        """Points that one question may hold (osrm-routed's `--max-matching-size`)."""
        return self._most

    async def close(self) -> None:
        """Hang up. A later question connects again."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    async def match(
        self, means: str, *, places: Sequence[tuple[float, float]], seconds: Sequence[int], radiuses: Sequence[float]
    ) -> tuple[Matching, ...]:
        """See `ports.MapMatcher`, and the module for what each answer becomes."""
        url = (
            f"{self._address.replace('{profile}', means)}/match/v1/{means}/"
            + ";".join(f"{lon:.6f},{lat:.6f}" for lat, lon in places)
            + f"?timestamps={';'.join(str(each) for each in seconds)}"
            + f"&radiuses={';'.join(f'{each:.0f}' for each in radiuses)}"
            + "&geometries=polyline6&overview=full&tidy=true"
        )
        async with self._turns:
            if self._failed_at is not None and time.monotonic() - self._failed_at < self._rest:
                raise MatchError("the server did not answer a short while ago")
            try:
                async with asyncio.timeout(self._seconds):
                    answer = await self._ask(url)
            except (TimeoutError, httpx.HTTPError) as error:
                self._failed_at = time.monotonic()
                # What httpx says may quote the address, and with it every place.
                raise MatchError(f"the server does not answer: {type(error).__name__}") from None
            except MatchError as error:
                self._failed_at = None if error.final else time.monotonic()
                raise
            self._failed_at = None
        return _read(answer, len(places))

    async def _ask(self, url: str) -> bytes:
        async with self._open().stream("GET", url) as response:
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.status_code >= 500:
                raise MatchError(f"the server answers HTTP {response.status_code}")
            # A question that cannot be answered is told with 400 and a code.
            if response.status_code not in (httpx.codes.OK, httpx.codes.BAD_REQUEST):
                raise MatchError(f"the server answers HTTP {response.status_code}", final=True)
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise MatchError(f"the answer is larger than {MOST_BYTES} bytes", final=True)
            return bytes(body)

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._seconds, follow_redirects=False, trust_env=False)
        return self._client


def _read(answer: bytes, count: int) -> tuple[Matching, ...]:
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        raise MatchError("the answer is no JSON", final=True) from None
    code = told.get("code") if isinstance(told, dict) else None
    word = code if isinstance(code, str) and code.isalnum() else "no code of OSRM's"
    if word in _EMPTY:
        return ()
    if word != "Ok":
        hint = "; PP_MAP_MATCHING_POINTS is more than it takes" if code == "TooBig" else ""
        raise MatchError(f"the server answers {word[:_LONGEST_CODE]}{hint}", final=True)
    try:
        return _matchings(told, count)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise MatchError("the answer is not of OSRM's shape", final=True) from None


def _matchings(told: dict[str, Any], count: int) -> tuple[Matching, ...]:
    matchings, points = told["matchings"], told["tracepoints"]
    if not isinstance(matchings, list) or not isinstance(points, list) or len(points) != count:
        raise ValueError
    spans: dict[int, tuple[int, int]] = {}
    for place, point in enumerate(points):
        if point is None:
            continue
        index = point["matchings_index"]
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(matchings):
            raise ValueError
        spans[index] = (spans.get(index, (place, place))[0], place)
    return tuple(_matching(matchings[index], *spans[index]) for index in sorted(spans))


def _matching(told: dict[str, Any], first: int, last: int) -> Matching:
    line, confidence = told["geometry"], told["confidence"]
    if not isinstance(line, str) or isinstance(confidence, bool) or not isinstance(confidence, int | float):
        raise TypeError
    return Matching(first=first, last=last, line=line, confidence=float(confidence))
