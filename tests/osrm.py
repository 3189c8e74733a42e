"""A small server that speaks OSRM's match service over a socket, and knows one street: a meridian.

It answers as OSRM 5.27 does: coordinates are longitude and latitude, `tidy` leaves points out, a line is a polyline of six
decimals.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np

from pp_core.tracking.rules.simplify import polyline_encoded

Places = list[tuple[float, float]]
Reply = tuple[int, bytes]


@dataclass(frozen=True)
class Asked:
    """One question: means, places (latitude, longitude) and what else it said."""

    means: str
    places: Places
    options: dict[str, str]


def polyline6(places: Sequence[tuple[float, float]]) -> str:
    """With six decimals: what five make of ten times the degrees."""
    lat, lon = np.array(places).T
    return polyline_encoded(lat * 10, lon * 10)


def matched(places: Places, street: float | None, *, confidence: float = 0.9) -> dict[str, Any]:
    """Everybody went along one meridian (None: where they say); every second point between the ends is tidied away."""
    on_it = [(lat, lon if street is None else street) for lat, lon in places]
    ends = (0, len(places) - 1)
    points = [
        {"location": [lon, lat], "matchings_index": 0, "waypoint_index": place, "name": "Ngong Road", "hint": "x"}
        if place in ends or place % 2 == 0
        else None
        for place, (lat, lon) in enumerate(on_it)
    ]
    matching = {
        "geometry": polyline6(on_it), "confidence": confidence, "distance": 1.0, "duration": 1.0, "weight": 1.0,
        "weight_name": "duration", "legs": [],
    }  # fmt: skip
    return {"code": "Ok", "matchings": [matching], "tracepoints": points}


def told(answer: Any, status: int = 200) -> Reply:
    """An answer in JSON."""
    return status, json.dumps(answer).encode()


def refused(code: str) -> Callable[[Asked], Reply]:
    """What OSRM says when it has no answer."""
    return lambda asked: told({"code": code, "message": "Could not match the trace."}, 400)


def street(lon: float, **more: Any) -> Callable[[Asked], Reply]:
    """What it says when everybody went along a meridian."""
    return lambda asked: told(matched(asked.places, lon, **more))


@dataclass
class Osrm:
    """A running server: `answer` makes each answer, `asked` is what was asked, `silent` that it never answers."""

    answer: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)
    silent: bool = False
    address: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            target = urlsplit(head.split(b" ")[1].decode())
            service, version, means, places = target.path.split("/")[-4:]
            assert (service, version) == ("match", "v1"), target.path
            pairs = [each.split(",") for each in unquote(places).split(";")]
            options = {name: values[0] for name, values in parse_qs(target.query).items()}
            self.asked.append(Asked(means, [(float(lat), float(lon)) for lon, lat in pairs], options))
            if self.silent:
                await reader.read()  # until whoever asks has had enough
                return
            status, body = self.answer(self.asked[-1])
            more = "Location: http://127.0.0.1:9/\r\n" if status == 302 else ""
            writer.write(
                f"HTTP/1.1 {status} X\r\n{more}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            )
            writer.write(body)
            await writer.drain()
        finally:
            writer.close()


@asynccontextmanager
async def running_osrm() -> AsyncIterator[Osrm]:
    """One on a free port of this machine."""
    osrm = Osrm(refused("NoMatch"))
    server = await asyncio.start_server(osrm.serve, "127.0.0.1", 0, limit=1 << 20)
    osrm.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield osrm
        server.close()
